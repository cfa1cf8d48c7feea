"""The store's file made anew from what a damaged one still holds."""

import sqlite3
from collections import Counter
from contextlib import closing
from dataclasses import dataclass
from pathlib import Path

from marbleline.adapters.sqlite.checksums import Value
from marbleline.adapters.sqlite.opening import connect
from marbleline.adapters.sqlite.pages import read_file
from marbleline.adapters.sqlite.salvage import Salvaged, salvage
from marbleline.adapters.sqlite.schema import bring_up_to_date
from marbleline.adapters.stores.sqlite.schema import SCHEMA
from marbleline.adapters.stores.sqlite.store import insert_verdict
from marbleline.domain.verdict import Verdict
from marbleline.errors import WireError

FrameKey = tuple[str, int]
"""Camera and sequence."""


@dataclass(frozen=True, slots=True)
class RebuiltStore:
    """``names``: frame ids in indexes and rows, damaged ones too, by camera and sequence.

    ``confirmed``  frames that at least two places name: they have been there
    ``pictures``   frames whose picture some place names, whether it could be read or not
    """

    salvaged: Salvaged
    names: dict[FrameKey, str]
    confirmed: frozenset[FrameKey]
    pictures: frozenset[FrameKey]


def rebuild_store(path: Path, fresh: Path) -> RebuiltStore:
    """Make ``fresh`` of what ``path`` holds. Raises OSError, sqlite3.Error (of the new file: no space).

    Verdicts are made again of their documents, so that both agree.
    """
    file = read_file(path)
    # Of the same pages: where the file's own list of tables is lost, a new one tells where they begin.
    with closing(connect(fresh, file.page_bytes)) as connection:
        bring_up_to_date(connection, SCHEMA)
        connection.execute("BEGIN")
        # Frames are not referred to by their number, and a wrong one must not push out another's.
        salvaged = salvage(file, connection, SCHEMA, skipped=("verdicts",))
        documents = salvaged.kept["documents"]
        for number in [row[0] for row in connection.execute("SELECT id FROM documents ORDER BY id")]:
            if not _verdict_of(connection, number):
                connection.execute("DELETE FROM documents WHERE id = ?", (number,))
                documents -= 1
                salvaged.gone["documents"] += 1
        salvaged.kept["documents"] = salvaged.kept["verdicts"] = documents
        connection.execute("COMMIT")
    return _rebuilt_from(salvaged)


def _verdict_of(connection: sqlite3.Connection, number: int) -> bool:
    (document,) = connection.execute("SELECT document FROM documents WHERE id = ?", (number,)).fetchone()
    try:
        return insert_verdict(Verdict.from_json(document), connection, number) is not None
    except WireError:
        return False


def _rebuilt_from(salvaged: Salvaged) -> RebuiltStore:
    places: Counter[FrameKey] = Counter()
    pictures: set[FrameKey] = set()
    names: dict[FrameKey, str] = {}
    for index, of in (("frames_by_sequence", "frames"), ("verdicts_by_sequence", "verdicts")):
        ids = {entry[-1]: entry[0] for entry in salvaged.named[f"sqlite_autoindex_{of}_1"] if len(entry) == 2}
        for entry in salvaged.named[index]:
            if len(entry) == 3 and (key := _key(entry[0], entry[1])) is not None:
                places[key] += 1
                _name(names, key, ids.get(entry[2]))
                if of == "frames":
                    pictures.add(key)
    for of in ("frames", "verdicts"):
        for row in salvaged.wrong[of]:
            if (key := _key(row.get("camera"), row.get("sequence"))) is not None:
                places[key] += 1
                _name(names, key, row.get("frame_id"))
                if of == "frames":
                    pictures.add(key)
    confirmed = frozenset(key for key, count in places.items() if count > 1)
    return RebuiltStore(salvaged, names, confirmed, frozenset(pictures))


def _key(camera: Value, sequence: Value) -> FrameKey | None:
    return (camera, sequence) if isinstance(camera, str) and isinstance(sequence, int) else None


def _name(names: dict[FrameKey, str], key: FrameKey, frame_id: Value) -> None:
    if isinstance(frame_id, str):
        names.setdefault(key, frame_id)
