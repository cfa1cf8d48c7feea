"""Activates a version that was learnt from labels: what its outcome says stands for the gate's report."""

from pathlib import Path

from marbleline.domain.model import ManifestCheck, load_version
from marbleline.errors import ModelError
from marbleline.training.guided.outcome import read_outcome
from marbleline.training.monitor.promotion import Move, promote


def activate(product: Path, version: int, by: str, now: int, *, check: ManifestCheck | None = None) -> Move:
    """Promote a learnt version of the product of a folder.

    The gate compares a version with the stable one on pictures that both know; a version that was learnt from
    labels is measured on slabs held out instead, and its thresholds claim a risk.
    Raises ModelError if the version was not learnt so, and what ``promote`` raises.
    """
    where, manifest = load_version(product, version, check)
    if read_outcome(where) is None or manifest.thresholds.claims is None:
        raise ModelError(
            f"{where}: was not learnt from labels, so no risk is claimed of it; promote it by its gate's"
            " report, with `marbleline promote`"
        )
    return promote(product, version, by, now, force=True, check=check)
