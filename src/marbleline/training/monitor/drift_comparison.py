"""Which frames a look for drift takes, and what they are compared with."""

import json
from pathlib import Path
from typing import Final

from msgspec.structs import replace

from marbleline.domain.decision import DRIFTED, by_thresholds
from marbleline.domain.model import load_version
from marbleline.domain.product_repository import PRODUCT_FILE, ModelRepository, read_product
from marbleline.domain.verdict import Verdict
from marbleline.errors import ModelError, UnknownProduct
from marbleline.ports.verdicts import VerdictQuery, Verdicts
from marbleline.training.monitor.drift import Drift, Reference, measure_drift, reference_of

REFERENCE_FILE: Final = "reference.json"
HOUR_US: Final = 3_600 * 1_000_000
# Frames before the span that make a reference of the line's own.
LEAST: Final = 200
_MOST: Final = 2_000
_RECENT: Final = 100
_DAYS: Final = 7


def compare_recent(
    store: Verdicts, models: ModelRepository, line: str, camera: str, since: int, *, own: bool
) -> Drift | None:
    """What has drifted on a camera since a moment, or in its newest 100 frames, whichever shows more.

    Only frames of the product that the newest one is of count, and they are compared with that product's own.

    ``own``: compared with the camera's frames of the 7 days before that the same version judged, and with
    the version's ``reference.json`` only where these are too few. Else always with the latter.
    None where there is nothing to look at, or to compare with. Raises StoreUnavailable.
    """
    span = store.search(VerdictQuery(line=line, camera=camera, since=since), _MOST)
    if not span:
        return None
    product, version = span[0].frame.product, span[0].model.version
    span = [one for one in span if (one.frame.product, one.model.version) == (product, version)]
    reference = (_before(store, span[-1]) if own else None) or _of_version(models, product, version)
    if reference is None:
        return None
    span = [as_without_drift(one) for one in span]
    whole, newest = measure_drift(span, reference), measure_drift(span[:_RECENT], reference)
    return whole if len(whole.found) >= len(newest.found) else newest


def _before(store: Verdicts, first: Verdict) -> Reference | None:
    frame = first.frame
    query = VerdictQuery(
        line=frame.line,
        camera=frame.camera,
        product=frame.product,
        model_version=first.model.version,
        since=frame.captured_at - _DAYS * 24 * HOUR_US,
        until=frame.captured_at - 1,
    )
    before = store.search(query, _MOST)
    return reference_of(map(as_without_drift, before)) if len(before) >= LEAST else None


def as_without_drift(verdict: Verdict) -> Verdict:
    """The verdict as it would be if no drift had been raised.

    Frames that went to review for drift alone would look like a shift of the share of reviews, and the alarm
    would keep itself raised.
    """
    if verdict.reasons != (DRIFTED,):
        return verdict
    decision, reasons = by_thresholds(verdict.faulty_probability, verdict.anomaly, verdict.thresholds)
    return replace(verdict, decision=decision, reasons=reasons)


def _of_version(models: ModelRepository, product: str, version: int) -> Reference | None:
    try:
        model = models.folder(product)
        path = load_version(model, version)[0] / REFERENCE_FILE
        if own := _own_reference(model):
            path = model / own
        fields = json.loads(path.read_text(encoding="utf-8"))
    except (FileNotFoundError, ModelError, UnknownProduct):
        return None
    return Reference.from_document(fields)


def _own_reference(model: Path) -> str:
    """The file that the product names as its reference, empty if it names none."""
    return read_product(model).drift_reference if (model / PRODUCT_FILE).is_file() else ""
