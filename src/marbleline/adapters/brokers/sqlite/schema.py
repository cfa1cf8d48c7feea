"""The tables of the broker's file.

A message and its body are stored once; ``refs`` counts the entries, dead letters and feeds that need it. The
body is apart from the rest, so that no other change rewrites it. ``entries`` is clustered by queue and
state: waiting and taken entries lie each in one piece, so taking looks at nothing else, however long
the queue is.
"""

from typing import Final

from marbleline.adapters.sqlite import Schema

READY: Final = 0
TAKEN: Final = 1

REFERENCES: Final = (
    "SELECT message FROM entries UNION ALL SELECT message FROM dead_letters"
    " UNION ALL SELECT message FROM feeds"
)

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
CREATE TABLE dead_letters (
    id INTEGER PRIMARY KEY AUTOINCREMENT,
    queue TEXT NOT NULL,
    message INTEGER NOT NULL,
    reason TEXT NOT NULL,
    detail TEXT NOT NULL,
    at INTEGER NOT NULL
);
CREATE TABLE discarded (
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
        """
ALTER TABLE messages ADD COLUMN checksum INTEGER;
ALTER TABLE bodies ADD COLUMN checksum INTEGER;
ALTER TABLE dead_letters ADD COLUMN checksum INTEGER;
ALTER TABLE discarded ADD COLUMN checksum INTEGER;
""",
        """
CREATE TABLE product_switches (
    line TEXT PRIMARY KEY,
    switch_id TEXT NOT NULL,
    document BLOB NOT NULL,
    checksum INTEGER
) WITHOUT ROWID;
""",
        """
CREATE TABLE active_consumers (
    queue TEXT PRIMARY KEY, owner INTEGER NOT NULL, since INTEGER NOT NULL, until INTEGER NOT NULL
) WITHOUT ROWID;
""",
    ),
    checked={
        "messages": ("id", "published_at", "message_id", "key", "camera", "sequence", "headers"),
        "bodies": ("id", "body"),
        "dead_letters": ("queue", "message", "reason", "detail", "at"),
        "discarded": ("message_id", "camera", "sequence"),
        "product_switches": ("line", "switch_id", "document"),
    },
    contradictions={
        "messages without their body": (
            "SELECT count(*) FROM messages WHERE id NOT IN (SELECT id FROM bodies)"
        ),
        "entries, dead letters or feeds without their message": (
            f"SELECT count(*) FROM ({REFERENCES}) WHERE message NOT IN (SELECT id FROM messages)"  # noqa: S608
        ),
        "messages that are referred to more or less often than they say": (
            "SELECT count(*) FROM messages LEFT JOIN"  # noqa: S608
            f" (SELECT message, count(*) AS found FROM ({REFERENCES}) GROUP BY message) ON message = id"
            " WHERE refs <> coalesce(found, 0)"
        ),
        "queues that hold more or fewer entries than they say": (
            "SELECT count(*) FROM queues WHERE total <> (SELECT count(*) FROM entries WHERE queue = name)"
        ),
    },
)
