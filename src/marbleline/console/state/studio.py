"""What the page about models shows: versions with their reports, a comparison, and who did what."""

import io
from dataclasses import dataclass
from functools import lru_cache
from itertools import chain
from pathlib import Path
from typing import Final

from PIL import Image

from marbleline.console.state.actions import PageStore
from marbleline.console.state.images import data_uri
from marbleline.console.state.product_actions import ProductActions
from marbleline.domain.clock import from_iso
from marbleline.domain.model import Manifest, load_manifest, versions_in
from marbleline.domain.product_log import read_log
from marbleline.operations.products import summary_of
from marbleline.training.evaluate.gate_file import GateReport, read_gate
from marbleline.training.guided.outcome import Outcome, read_outcome
from marbleline.training.monitor.promotion import history
from marbleline.training.monitor.shadow import Comparison, compare, pairs

COMPARED: Final = 100
"""Slabs on which two versions are compared."""

MOST_EVENTS: Final = 50
_KEEP_S: Final = 30.0
_WIDEST: Final = 240


@dataclass(frozen=True, slots=True)
class Version:
    """One version of a product's models: its labels, and what is known of it."""

    number: int
    labels: tuple[str, ...]
    judges: bool
    manifest: Manifest
    gate: GateReport | None
    outcome: Outcome | None


@dataclass(frozen=True, slots=True)
class ModelEvent:
    """Who did what and when (microseconds UTC).

    ``action``  promote, rollback, created, learnt, targets or switched
    ``before``, ``after``  the versions called stable, or the one that was made; None where there is none
    ``escapes``, ``overkill``  the targets that were set
    """

    at: int
    by: str
    action: str
    before: int | None = None
    after: int | None = None
    escapes: float | None = None
    overkill: float | None = None


def versions(product_actions: ProductActions, product: str) -> list[Version]:
    """The versions of a product, newest first. Raises ModelError."""
    folder = product_actions.place.repository.path / product
    summary = summary_of(folder)
    return [
        Version(
            number,
            summary.labels.get(number, ()),
            number == summary.stable,
            load_manifest(where),
            read_gate(where),
            read_outcome(where),
        )
        for number, where in sorted(versions_in(folder).items(), reverse=True)
    ]


def comparison(product_actions: ProductActions, product: str, version: int) -> Comparison | None:
    """A version as shadow beside verdicts of the same slabs; None without any. Raises StoreUnavailable."""

    def read(store: PageStore) -> Comparison | None:
        found = pairs(store, version, None, COMPARED, product)
        return compare(found) if found else None

    return product_actions.actions.store.query_cached(("compare", product, version), _KEEP_S, read)


def events(product_actions: ProductActions, product: str) -> list[ModelEvent]:
    """The newest events of a product and its versions, newest first. Raises ModelError, StoreUnavailable."""
    folder = product_actions.place.repository.path / product
    moves = (
        ModelEvent(from_iso(one.at), one.by, one.action, one.before, one.after) for one in history(folder)
    )
    logged = (
        ModelEvent(
            one.at,
            one.by,
            one.action.value,
            after=one.version,
            escapes=one.escapes,
            overkill=one.overkill,
        )
        for one in read_log(folder)
    )
    line = product_actions.place.line
    changes = product_actions.actions.store.query_cached(
        ("changes", line), _KEEP_S, lambda store: store.product_changes(line, MOST_EVENTS)
    )
    # Each camera follows by a change of its own: the switch counts once.
    switches = {
        one.switch.switch_id: ModelEvent(one.switch.at, one.switch.by, "switched")
        for one in changes
        if one.switch.product == product
    }
    found = sorted(chain(moves, logged, switches.values()), key=lambda one: one.at, reverse=True)
    return found[:MOST_EVENTS]


@lru_cache(maxsize=64)
def small_picture(path: Path) -> str | None:
    """A picture of a report as an address, made small; None if it can't be shown."""
    try:
        with Image.open(path) as image:
            image.thumbnail((_WIDEST, _WIDEST))
            buffer = io.BytesIO()
            image.convert("RGB").save(buffer, format="JPEG", quality=80)
    except Exception:  # Pillow's decoders raise a dozen types; each means: no picture
        return None
    return data_uri("image/jpeg", buffer.getvalue())
