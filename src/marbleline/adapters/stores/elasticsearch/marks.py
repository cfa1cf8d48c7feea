"""The ledger's marks: one small document per camera and sequence that has a verdict.

Counting distinct sequences of millions of verdicts exactly is slow, and Elasticsearch's ``cardinality``
is an estimate at any size. So the work is done when a verdict is written: its mark has camera and
sequence as id, which can be created once. A second verdict with that number (of another frame, since a
frame's own verdict is there already) gets a mark of its own, called extra. Two counts then say all.
See ``docs/decisions/0012-exact-counts-by-marker-documents.md``.
"""

import json
from collections.abc import Iterable
from typing import Final

from marbleline.adapters.stores.elasticsearch import documents
from marbleline.adapters.stores.elasticsearch.bulk import Bulk, BulkResult, Write
from marbleline.adapters.stores.elasticsearch.reading import Reading
from marbleline.domain.frame import Frame
from marbleline.errors import StoreUnavailable

# A mark is far smaller than anything that a server may refuse for its size.
_ANY_SIZE: Final = 2**31


class Marks:
    """Raises StoreUnavailable from its method."""

    def __init__(self, bulk: Bulk, reading: Reading, alias: str) -> None:
        self._bulk = bulk
        self._reading = reading
        self._alias = alias

    def put(self, frames: Iterable[Frame]) -> None:
        """Mark these frames as judged. Again, it changes nothing."""
        marks = [Write(self._alias, documents.mark_id(one), documents.from_mark(one)) for one in frames]
        there = self._write(marks).kept
        if not there:
            return
        extras = []
        first = self._reading.many(self._alias, [write.document_id for write in there])
        for write, source in zip(there, first, strict=True):
            if source is None:
                raise StoreUnavailable(f"store: the mark {write.document_id} is being written by another")
            mark = json.loads(write.source)
            if mark["frame_id"] != source["frame_id"]:
                extras.append(Write(self._alias, mark["frame_id"], documents.from_extra(mark)))
        self._write(extras)

    def _write(self, marks: list[Write]) -> BulkResult:
        report = self._bulk.write(marks, _ANY_SIZE)
        if report.rejections:
            first = report.rejections[0]
            raise StoreUnavailable(f"store: {self._alias} refuses mark {first.document_id}: {first.reason}")
        return report
