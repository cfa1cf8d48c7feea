"""The tables of the store's file.

Verdicts lie apart from their documents, so that a search or count reads a hundred bytes for each that it
looks at, and whole documents only of those that it found. What columns there are follows from the messages'
declarations; how they are indexed is said here.
"""

from typing import Final

from marbleline.adapters.sqlite import Schema
from marbleline.adapters.stores.sqlite.columns import checked, columns
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

SCHEMA: Final = Schema(
    name="store",
    application_id=0x4D427374,  # "MBst"
    steps=(
        f"""
CREATE TABLE frames (
{columns(FrameRecord)}    document BLOB NOT NULL,
    image BLOB NOT NULL,
    UNIQUE (frame_id)
);
CREATE INDEX frames_by_sequence ON frames (camera, sequence);
CREATE TABLE verdicts (
    id INTEGER PRIMARY KEY,
{columns(Verdict)}    UNIQUE (frame_id)
);
CREATE TABLE documents (id INTEGER PRIMARY KEY, document BLOB NOT NULL);
CREATE INDEX verdicts_by_sequence ON verdicts (camera, sequence);
CREATE INDEX verdicts_by_camera ON verdicts (camera, frame_id, decision, defect);
CREATE INDEX verdicts_by_slab ON verdicts (slab_id, frame_id) WHERE slab_id IS NOT NULL;
CREATE INDEX verdicts_by_trigger ON verdicts (line, station, trigger) WHERE trigger IS NOT NULL;
CREATE INDEX verdicts_by_decision ON verdicts (decision, frame_id);
CREATE INDEX verdicts_by_defect ON verdicts (defect, frame_id) WHERE defect IS NOT NULL;
CREATE INDEX verdicts_by_time ON verdicts (captured_at, decision, defect, camera);
CREATE INDEX verdicts_late ON verdicts (frame_id) WHERE late = 1;
CREATE TABLE cameras (
{columns(CameraReport, key="camera")}    document BLOB NOT NULL
) WITHOUT ROWID;
CREATE TABLE labels (
{columns(Label, key="label_id")}    document BLOB NOT NULL
) WITHOUT ROWID;
CREATE INDEX labels_by_frame ON labels (frame_id, label_id);
CREATE TABLE shadow_verdicts (
{columns(ShadowVerdict, key="shadow_verdict_id")}    document BLOB NOT NULL
);
CREATE INDEX shadow_verdicts_by_frame ON shadow_verdicts (frame_id, shadow_verdict_id);
CREATE INDEX shadow_verdicts_by_version ON shadow_verdicts (model_version, kind, shadow_verdict_id);
CREATE TABLE alarms (
{columns(Alarm, key="alarm_id")}    document BLOB NOT NULL
) WITHOUT ROWID;
""",
        """
ALTER TABLE frames ADD COLUMN checksum INTEGER;
ALTER TABLE verdicts ADD COLUMN checksum INTEGER;
ALTER TABLE documents ADD COLUMN checksum INTEGER;
ALTER TABLE cameras ADD COLUMN checksum INTEGER;
ALTER TABLE labels ADD COLUMN checksum INTEGER;
ALTER TABLE shadow_verdicts ADD COLUMN checksum INTEGER;
ALTER TABLE alarms ADD COLUMN checksum INTEGER;
""",
        f"""
CREATE TABLE product_changes (
{columns(ProductChange, key="change_id")}    document BLOB NOT NULL,
    checksum INTEGER
) WITHOUT ROWID;
""",
        f"""
CREATE TABLE slab_verdicts (
{columns(SlabVerdict, key="slab_verdict_id")}    document BLOB NOT NULL,
    checksum INTEGER
);
CREATE INDEX slab_verdicts_by_time ON slab_verdicts (triggered_at, slab_verdict_id);
CREATE INDEX slab_verdicts_by_trigger ON slab_verdicts (line, station, trigger, frames_seen);
CREATE INDEX slab_verdicts_by_slab ON slab_verdicts (slab_id, triggered_at);
""",
        f"""
CREATE TABLE alarm_events (
{columns(AlarmEvent, key="event_id")}    document BLOB NOT NULL,
    checksum INTEGER
) WITHOUT ROWID;
CREATE INDEX alarm_events_by_alarm ON alarm_events (line, kind, subject, event_id);
""",
        """
CREATE INDEX labels_by_truth ON labels (line, frame_id, truth, "by");
""",
        f"""
CREATE TABLE camera_setups (
{columns(CameraSetup, key="setup_id")}    document BLOB NOT NULL,
    checksum INTEGER
) WITHOUT ROWID;
CREATE INDEX camera_setups_by_camera ON camera_setups (line, camera, setup_id);
""",
        f"""
CREATE TABLE guide_entries (
{columns(GuideEntry, key="entry_id")}    document BLOB NOT NULL,
    checksum INTEGER
);
CREATE INDEX guide_entries_by_topic ON guide_entries (product, topic, entry_id);
""",
    ),
    checked={
        "frames": checked(FrameRecord, "document", "image"),
        "verdicts": checked(Verdict),
        "documents": ("id", "document"),
        "cameras": checked(CameraReport, "document"),
        "labels": checked(Label, "document"),
        "shadow_verdicts": checked(ShadowVerdict, "document"),
        "alarms": checked(Alarm, "document"),
        "alarm_events": checked(AlarmEvent, "document"),
        "camera_setups": checked(CameraSetup, "document"),
        "guide_entries": checked(GuideEntry, "document"),
        "product_changes": checked(ProductChange, "document"),
        "slab_verdicts": checked(SlabVerdict, "document"),
    },
    contradictions={
        "verdicts without their document": (
            "SELECT count(*) FROM verdicts WHERE id NOT IN (SELECT id FROM documents)"
        ),
        "documents without their verdict": (
            "SELECT count(*) FROM documents WHERE id NOT IN (SELECT id FROM verdicts)"
        ),
    },
)
