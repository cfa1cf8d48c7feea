"""The ledger's marks: one small document per camera and sequence that has a verdict.

Counting distinct sequences of millions of verdicts exactly is slow, and Elasticsearch's ``cardinality``
is an estimate at any size. So the work is done when a verdict is written: its mark has camera and
sequence as id, which can be created once. A second verdict with that number (of another frame, since a
frame's own verdict is there already) gets a mark of its own, called extra. Two counts then say all.
See ``docs/decisions/0012-exact-counts-by-marker-documents.md``.
"""

import json
from collections.abc import Iterable

from marbleline.adapters.stores.elasticsearch import documents
from marbleline.adapters.stores.elasticsearch.bulk import Bulk, Write
from marbleline.adapters.stores.elasticsearch.reading import Reading
from marbleline.domain.frame import Frame
from marbleline.errors import StoreUnavailable


class Marks:
    """``writes`` go out once their verdicts are written, then ``put_extras`` of those that were kept."""

    def __init__(self, bulk: Bulk, reading: Reading, alias: str) -> None:
        self._bulk = bulk
        self._reading = reading
        self._alias = alias

    def writes(self, frames: Iterable[Frame]) -> list[Write]:
        """The marks of these frames, which have a verdict. Again, they change nothing."""
        return [Write(self._alias, documents.mark_id(one), documents.from_mark(one)) for one in frames]

    def put_extras(self, kept: Iterable[Write]) -> None:
        """Mark once more what has a number that is marked already, where that is another frame's.

        ``kept``: of a bulk with ``writes``, what was not written. Again, it changes nothing.
        Raises StoreUnavailable.
        """
        there = [write for write in kept if write.alias == self._alias]
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
        self._bulk.write_small(extras)
