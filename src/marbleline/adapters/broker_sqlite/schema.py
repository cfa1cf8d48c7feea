"""The tables of the broker's file.

A message and its body are stored once; ``refs`` counts the entries, letters and feeds that need it. The
body is apart from the rest, so that no other change rewrites it. ``entries`` is clustered by queue and
state: waiting and taken entries lie each in one piece, so taking looks at nothing else, however long
the queue is.
"""

from typing import Final

from marbleline.adapters.sqlite import Schema

READY: Final = 0
TAKEN: Final = 1

SCHEMA: Final = Schema(
    name="broker",
    application_id=0x4D426272,  # "MBbr"
    steps=(
        """
CREATE TABLE queues (name TEXT PRIMARY KEY, total INTEGER NOT NULL) WITHOUT ROWID;
CREATE TABLE messages (
    id INTEGER PRIMARY KEY AUTOINCREMENT,
    refs INTEGER NOT NULL,
    published_at INTEGER NOT NULL,
    message_id TEXT NOT NULL,
    key TEXT NOT NULL,
    camera TEXT,
    sequence INTEGER,
    headers TEXT NOT NULL
);
CREATE TABLE bodies (id INTEGER PRIMARY KEY, body BLOB NOT NULL);
CREATE TABLE entries (
    queue TEXT NOT NULL,
    state INTEGER NOT NULL,
    message INTEGER NOT NULL,
    count INTEGER NOT NULL DEFAULT 0,
    owner INTEGER,
    leased_at INTEGER,
    leased_until INTEGER,
    PRIMARY KEY (queue, state, message)
) WITHOUT ROWID;
CREATE TABLE letters (
    id INTEGER PRIMARY KEY AUTOINCREMENT,
    queue TEXT NOT NULL,
    message INTEGER NOT NULL,
    reason TEXT NOT NULL,
    detail TEXT NOT NULL,
    at INTEGER NOT NULL
);
CREATE TABLE dropped (
    message_id TEXT PRIMARY KEY,
    camera TEXT NOT NULL,
    sequence INTEGER NOT NULL
) WITHOUT ROWID;
CREATE TABLE subscribers (
    id INTEGER PRIMARY KEY AUTOINCREMENT,
    patterns TEXT NOT NULL,
    bound INTEGER NOT NULL,
    owner INTEGER NOT NULL,
    polled_at INTEGER NOT NULL
);
CREATE TABLE feeds (
    subscriber INTEGER NOT NULL,
    number INTEGER NOT NULL,
    message INTEGER NOT NULL,
    PRIMARY KEY (subscriber, number)
) WITHOUT ROWID;
""",
    ),
)
