"""The mappings and index settings of every kind of document.

``dynamic: false`` throughout: a field that only a newer worker knows is kept and given back, but not
searched, until its declaration has it. ``strict`` would refuse the document, ``true`` would let the first
document decide what a field is.
"""

from collections.abc import Mapping
from typing import Final

from marbleline.adapters.stores.elasticsearch.mapping import WORD, Fields, properties
from marbleline.domain.alarm import Alarm
from marbleline.domain.alarm_event import AlarmEvent
from marbleline.domain.camera_setup import CameraSetup
from marbleline.domain.defect_guide import GuideEntry
from marbleline.domain.label import Label
from marbleline.domain.product_switch import ProductChange
from marbleline.domain.records import CameraReport, FrameRecord
from marbleline.domain.shadow_verdict import ShadowVerdict
from marbleline.domain.slab import SlabVerdict
from marbleline.domain.verdict import Verdict

# Raise it with every change of a declaration: an older worker that starts again leaves newer templates alone.
TEMPLATE_VERSION: Final = 13

_PROPERTIES: Final[Mapping[str, Fields]] = {
    "frames": properties(FrameRecord),
    "verdicts": properties(Verdict),
    "shadow_verdicts": properties(ShadowVerdict),
    "slab_verdicts": properties(SlabVerdict),
    "labels": properties(Label),
    "alarms": properties(Alarm),
    "alarm_events": properties(AlarmEvent),
    "product_changes": properties(ProductChange),
    "cameras": properties(CameraReport),
    "camera_setups": properties(CameraSetup),
    "guide_entries": properties(GuideEntry),
    "review_queue": {
        "frame_id": WORD,
        "line": WORD,
        "certainty": {"type": "double"},
        "state": WORD,
    },
    "judged": {
        "camera": WORD,
        "sequence": {"type": "long"},
        # Looked for, never sorted by: no column.
        "frame_id": {**WORD, "doc_values": False},
        "extra": {"type": "boolean"},
    },
}

_SETTINGS: Final[Fields] = {
    "index": {
        "number_of_shards": 1,
        # One copy on a single node, two where there are two nodes or more.
        "auto_expand_replicas": "0-1",
        # Stored when the answer comes: the promise of ``put_frames`` and ``put_verdicts``.
        "translog": {"durability": "request"},
    }
}
# Base64 shrinks to the size of what it holds under the better codec, at no more CPU: less is written.
_COMPACT: Final[Fields] = {"codec": "best_compression"}
# How often an index is refreshed, where not about once a second. Pictures are asked for by id, which sees
# them at once. Whoever asks for the others refreshes them first; once a second besides is for nobody, see
# docs/decisions/0333-what-is-refreshed-when-it-is-asked-for.md.
_REFRESHED_EVERY: Final[Mapping[str, str]] = {
    "frames": "30s",
    "judged": "30s",
    "review_queue": "30s",
    "shadow_verdicts": "30s",
    "cameras": "10s",  # Kibana shows them
}


def mappings(kind: str) -> Fields:
    """The mapping of a kind: one of ``names.KINDS``."""
    return {"dynamic": False, "properties": _PROPERTIES[kind]}


def settings(kind: str) -> Fields:
    """The index settings of a kind, without life cycle management."""
    found = dict(_SETTINGS["index"])
    if kind in ("frames", "verdicts", "shadow_verdicts", "slab_verdicts", "guide_entries"):
        found |= _COMPACT
    if kind in _REFRESHED_EVERY:
        found["refresh_interval"] = _REFRESHED_EVERY[kind]
    return {"index": found}
