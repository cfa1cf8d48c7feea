"""Which frames a look for drift takes, and what they are compared with."""

import json
from pathlib import Path
from typing import Final

from marbleline.domain.model import load_version
from marbleline.domain.verdict import Verdict
from marbleline.errors import ModelError
from marbleline.ports.store import Store, VerdictQuery
from marbleline.training.drift import Drift, Reference, look, reference_of

REFERENCE_FILE: Final = "reference.json"
HOUR_US: Final = 3_600 * 1_000_000
# Frames before the span that make a reference of the line's own.
LEAST: Final = 200
_MOST: Final = 2_000
_RECENT: Final = 100
_DAYS: Final = 7


def look_at(store: Store, model: Path, line: str, camera: str, since: int, *, own: bool) -> Drift | None:
    """What has drifted on a camera since a moment, or in its newest 100 frames, whichever shows more.

    ``own``: compared with the camera's frames of the 7 days before that the same version judged, and with
    the version's ``reference.json`` only where these are too few. Else always with the latter.
    None where there is nothing to look at, or to compare with. Raises StoreUnavailable.
    """
    span = store.search(VerdictQuery(line=line, camera=camera, since=since), _MOST)
    if not span:
        return None
    span = [one for one in span if one.model.version == span[0].model.version]
    reference = (_before(store, span[-1]) if own else None) or _of_version(model, span[0].model.version)
    if reference is None:
        return None
    whole, newest = look(span, reference), look(span[:_RECENT], reference)
    return whole if len(whole.found) >= len(newest.found) else newest


def _before(store: Store, first: Verdict) -> Reference | None:
    frame = first.frame
    query = VerdictQuery(
        line=frame.line,
        camera=frame.camera,
        model_version=first.model.version,
        since=frame.captured_at - _DAYS * 24 * HOUR_US,
        until=frame.captured_at - 1,
    )
    before = store.search(query, _MOST)
    return reference_of(before) if len(before) >= LEAST else None


def _of_version(model: Path, version: int) -> Reference | None:
    try:
        folder = load_version(model, version)[0]
        fields = json.loads((folder / REFERENCE_FILE).read_text(encoding="utf-8"))
    except (FileNotFoundError, ModelError):
        return None
    return Reference.from_document(fields)
