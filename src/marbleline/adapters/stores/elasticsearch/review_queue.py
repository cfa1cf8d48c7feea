"""The review queue: one small document per slab that was sent to review or labelled, with its state.

Elasticsearch can't ask for verdicts without a label: that is a join. So the state is worked out when a
verdict or a label is written, and a page of the queue is one search, whatever its length. See
``docs/decisions/0230-the-review-queue-in-the-store.md``.
"""

import json
from collections.abc import Iterable, Mapping, Sequence
from typing import Any, Final

from marbleline.adapters.stores.elasticsearch.bulk import Bulk, Write
from marbleline.adapters.stores.elasticsearch.connection import ElasticsearchConnection
from marbleline.adapters.stores.elasticsearch.names import Names
from marbleline.adapters.stores.elasticsearch.queries import Body
from marbleline.adapters.stores.elasticsearch.reading import Reading, buckets
from marbleline.domain.decision import Decision
from marbleline.domain.label import Label
from marbleline.domain.review import ReviewState, certainty, review_state
from marbleline.domain.verdict import Verdict
from marbleline.errors import StoreUnavailable
from marbleline.ports.review_queue import ReviewCounts, ReviewOrder, ReviewPlace, ReviewQuery

_AT_ONCE: Final = 500
_SORTS: Final[Mapping[ReviewOrder, list[Body]]] = {
    ReviewOrder.OLDEST: [{"frame_id": "asc"}],
    ReviewOrder.NEWEST: [{"frame_id": "desc"}],
    ReviewOrder.UNSURE: [{"certainty": "asc"}, {"frame_id": "asc"}],
}


class ElasticsearchReviewQueue:
    """Keeps ``ports.review_queue.ReviewQueue``. Raises StoreUnavailable from every method."""

    def __init__(
        self, bulk: Bulk, reading: Reading, names: Names, connection: ElasticsearchConnection
    ) -> None:
        self._bulk = bulk
        self._reading = reading
        self._names = names
        self._connection = connection

    def review_page(self, query: ReviewQuery, limit: int, after: ReviewPlace | None = None) -> list[Verdict]:
        """See the port."""
        alias = self._names.alias("review_queue")
        self._reading.refresh([alias])
        unsure = query.order is ReviewOrder.UNSURE
        terms = {"line": query.line, "state": query.state.value}
        body: Body = {
            "query": {"bool": {"filter": [{"term": {name: value}} for name, value in terms.items()]}},
            "sort": _SORTS[query.order],
            "size": limit,
            "track_total_hits": False,
        }
        if after is not None:
            body["search_after"] = [after.certainty, after.frame_id] if unsure else [after.frame_id]
        found = [str(source["frame_id"]) for source in self._reading.documents(alias, body)]
        verdicts = self._many("verdicts", found)
        return [Verdict.from_document(verdicts[one]) for one in found if one in verdicts]

    def review_counts(self, line: str) -> ReviewCounts:
        """See the port."""
        alias = self._names.alias("review_queue")
        self._reading.refresh([alias])
        states = {"terms": {"field": "state", "size": len(ReviewState)}}
        body: Body = {
            "query": {"bool": {"filter": [{"term": {"line": line}}]}},
            "size": 0,
            "track_total_hits": False,
            "aggs": {"state": states},
        }
        _, figures = self._reading.figures(alias, body)
        found = {name: count for name, count, _ in buckets(figures.get("state"))}
        kept = (ReviewState.WAITING, ReviewState.DISPUTED, ReviewState.SETTLED)
        return ReviewCounts(*(found.get(state, 0) for state in kept))

    def complete_review_queue(self, verdicts: Sequence[Verdict], labels: Sequence[Label]) -> int:
        """See the port."""
        sent = {one.frame.frame_id for one in verdicts if one.decision is Decision.REVIEW}
        kept = {write.document_id for write in self._bulk.write_small(self._review_entries(verdicts))}
        new = sorted(sent - kept)
        said = [label for found in self._labels_of(new).values() for label in found] if new else []
        self._queue_labels([*said, *labels])
        return len(new)

    def _review_entries(self, verdicts: Iterable[Verdict]) -> list[Write]:
        """What lets those wait that were sent to review. Again, or after a label, it changes nothing."""
        return [
            Write(self._names.review_queue_of(one.frame.frame_id), one.frame.frame_id, _encode(_entry(one)))
            for one in verdicts
            if one.decision is Decision.REVIEW
        ]

    def _queue_labels(self, labels: Iterable[Label]) -> None:
        """Work out the state of the slabs that these labels are on. Again, it changes nothing.

        Of two writers who work out the same slab's, the one that saw more labels stays.
        """
        newest = {one.frame_id: one for one in labels}
        frame_ids = list(newest)
        for start in range(0, len(frame_ids), _AT_ONCE):
            chunk = frame_ids[start : start + _AT_ONCE]
            known = self._many("review_queue", chunk)
            self._bulk.write_small(
                Write(
                    self._names.review_queue_of(frame_id),
                    frame_id,
                    _encode(_labelled(known.get(frame_id), newest[frame_id], said)),
                    version=len(said) + 1,
                )
                for frame_id, said in self._labels_of(chunk).items()
            )

    def _labels_of(self, frame_ids: Sequence[str]) -> dict[str, list[Label]]:
        alias = self._names.alias("labels")
        self._reading.refresh([alias])
        found: dict[str, list[Label]] = {}
        last: str | None = None
        while True:
            body: Body = {
                "query": {"bool": {"filter": [{"terms": {"frame_id": list(frame_ids)}}]}},
                "sort": [{"label_id": "asc"}],
                "size": _AT_ONCE,
                "track_total_hits": False,
                **({} if last is None else {"search_after": [last]}),
            }
            page = [Label.from_document(source) for source in self._reading.documents(alias, body)]
            for label in page:
                found.setdefault(label.frame_id, []).append(label)
            if len(page) < _AT_ONCE:
                return found
            last = page[-1].label_id

    def _many(self, kind: str, frame_ids: Sequence[str]) -> dict[str, Mapping[str, Any]]:
        """The sources of these frames' documents as last written; those that are not there are left out."""
        of = {"verdicts": self._names.verdicts_of, "review_queue": self._names.review_queue_of}[kind]
        found = {}
        for start in range(0, len(frame_ids), _AT_ONCE):
            wanted = [{"_index": of(one), "_id": one} for one in frame_ids[start : start + _AT_ONCE]]
            for document in self._connection.demand("POST", "/_mget", {"docs": wanted})["docs"]:
                error = document.get("error", {})
                if error and error.get("type") != "index_not_found_exception":
                    raise StoreUnavailable(f"store: a document of {kind} can't be read: {error}"[:400])
                if document.get("found"):
                    found[str(document["_id"])] = document["_source"]
        return found


def _entry(verdict: Verdict) -> dict[str, object]:
    return {
        "frame_id": verdict.frame.frame_id,
        "line": verdict.frame.line,
        "certainty": certainty(verdict.faulty_probability),
        "state": ReviewState.WAITING.value,
    }


def _labelled(known: Mapping[str, Any] | None, label: Label, said: Sequence[Label]) -> dict[str, object]:
    """``known``: the slab's entry, None before its verdict is on record and for one not sent to review."""
    state = review_state(said, sent=label.shown.decision is Decision.REVIEW)
    return {
        "frame_id": label.frame_id,
        "line": label.line,
        "certainty": 0.0 if known is None else known["certainty"],
        "state": state.value,
    }


def _encode(entry: Mapping[str, object]) -> bytes:
    return json.dumps(entry, separators=(",", ":")).encode()
