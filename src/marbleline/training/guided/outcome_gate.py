"""The gate of a version that was learnt from labels: what slabs held out say, against the risk targets.

The gate of a retrained version compares it with the stable one on pictures that neither was taught with. A
learnt version has a claim instead, for each side, and the gate asks whether the labels support it. It writes
the same file, so that ``marbleline promote`` goes by it.
"""

import json
from pathlib import Path

from marbleline.domain.durable_file import replace_file
from marbleline.domain.model import ManifestCheck, load_version, read_file
from marbleline.errors import ModelError
from marbleline.training.evaluate.gate import CandidateGateResult, Check
from marbleline.training.evaluate.gate_file import GATE_FILE
from marbleline.training.guided.outcome import Outcome, Side, read_outcome


def gate_learnt(
    product: Path,
    version: int,
    least_decided: float,
    *,
    check: ManifestCheck | None = None,
) -> CandidateGateResult:
    """Hold a learnt version of the product of a folder against its targets, and keep the word as gate.json.

    ``least_decided`` is the expected share of slabs that it has to decide. Its files are read and their
    hashes compared first. ``check`` as for ``load_manifest``.
    Raises ModelError if a file is not right, or the version was not learnt from labels.
    """
    where, manifest = load_version(product, version, check)
    for name in manifest.files:
        read_file(where, manifest, name)
    outcome = read_outcome(where)
    if outcome is None:
        raise ModelError(
            f"{where}: was not learnt from labels; its gate is that of `marbleline retrain`, which made it"
        )
    result = judge_outcome(outcome, least_decided)
    document = {"version": version, "reasons": result.reasons, **result.to_document()}
    path = where / GATE_FILE
    try:
        replace_file(path, json.dumps(document, indent=2).encode() + b"\n")
    except OSError as error:
        raise ModelError(f"{path}: can't be written: {error.strerror}") from error
    return result


def judge_outcome(outcome: Outcome, least_decided: float) -> CandidateGateResult:
    """Three checks: the labels support the target of either side, and enough slabs are decided."""
    decided = outcome.decided.value or 0.0
    checks = (
        _supported("escapes", "faulty", outcome.escapes_side, outcome.confidence),
        _supported("overkill", "good", outcome.overkill_side, outcome.confidence),
        Check(
            "slabs held out: decided",
            decided >= least_decided,
            f"{decided:.1%} at {outcome.prevalence:.0%} faulty slabs, at least {least_decided:.0%} asked for",
        ),
    )
    figures = {
        "decided": decided,
        "escapes_expected": outcome.escapes_side.expected,
        "escapes_claimed": outcome.escapes_side.claimed,
        "overkill_expected": outcome.overkill_side.expected,
        "overkill_claimed": outcome.overkill_side.claimed,
    }
    return CandidateGateResult(all(check.passed for check in checks), checks, figures)


def _supported(name: str, truth: str, side: Side, confidence: float) -> Check:
    detail = (
        f"{side.labels} labels of {truth} slabs let expect {side.expected:.1%}, target {side.target:.1%}; at "
        f"{confidence:.0%} confidence no more than {side.claimed:.1%}"
    )
    return Check(f"slabs held out: {name} within the target", side.supported, detail)
