"""The tables of the store's file.

Verdicts lie apart from their documents, so that a search or count reads a hundred bytes for each that it
looks at, and whole documents only of those that it found.
"""

from typing import Final

from marbleline.adapters.sqlite import Schema

SCHEMA: Final = Schema(
    name="store",
    application_id=0x4D427374,  # "MBst"
    steps=(
        """
CREATE TABLE frames (
    frame_id TEXT NOT NULL UNIQUE,
    camera TEXT NOT NULL,
    sequence INTEGER NOT NULL,
    captured_at INTEGER NOT NULL,
    headers TEXT NOT NULL,
    image BLOB NOT NULL
);
CREATE INDEX frames_by_sequence ON frames (camera, sequence);
CREATE TABLE verdicts (
    id INTEGER PRIMARY KEY,
    frame_id TEXT NOT NULL UNIQUE,
    line TEXT NOT NULL,
    camera TEXT NOT NULL,
    sequence INTEGER NOT NULL,
    slab_id TEXT,
    captured_at INTEGER NOT NULL,
    decision TEXT NOT NULL,
    defect TEXT,
    faulty_probability REAL NOT NULL,
    model_version INTEGER NOT NULL,
    late INTEGER NOT NULL
);
CREATE TABLE documents (id INTEGER PRIMARY KEY, document BLOB NOT NULL);
CREATE INDEX verdicts_by_sequence ON verdicts (camera, sequence);
CREATE INDEX verdicts_by_camera ON verdicts (camera, frame_id, decision, defect);
CREATE INDEX verdicts_by_slab ON verdicts (slab_id, frame_id) WHERE slab_id IS NOT NULL;
CREATE INDEX verdicts_by_decision ON verdicts (decision, frame_id);
CREATE INDEX verdicts_by_defect ON verdicts (defect, frame_id) WHERE defect IS NOT NULL;
CREATE INDEX verdicts_by_time ON verdicts (captured_at, decision, defect, camera);
CREATE INDEX verdicts_late ON verdicts (frame_id) WHERE late = 1;
CREATE TABLE cameras (
    camera TEXT PRIMARY KEY,
    reported_at INTEGER NOT NULL,
    headers TEXT NOT NULL
) WITHOUT ROWID;
""",
        """
CREATE TABLE labels (
    label_id TEXT PRIMARY KEY,
    frame_id TEXT NOT NULL,
    line TEXT NOT NULL,
    camera TEXT NOT NULL,
    by TEXT NOT NULL,
    truth TEXT,
    at INTEGER NOT NULL,
    document TEXT NOT NULL
) WITHOUT ROWID;
CREATE INDEX labels_by_frame ON labels (frame_id, label_id);
CREATE TABLE opinions (
    opinion_id TEXT PRIMARY KEY,
    frame_id TEXT NOT NULL,
    kind TEXT NOT NULL,
    model_version INTEGER NOT NULL,
    captured_at INTEGER NOT NULL,
    document TEXT NOT NULL
);
CREATE INDEX opinions_by_frame ON opinions (frame_id, opinion_id);
CREATE INDEX opinions_by_version ON opinions (model_version, kind, opinion_id);
CREATE TABLE alarms (alarm_id TEXT PRIMARY KEY, at INTEGER NOT NULL, document TEXT NOT NULL) WITHOUT ROWID;
""",
    ),
)
