"""Bulk writes: bounded requests, an answer per document, and what each answer means.

A document is the store's fault or its own. What its own fault is (400 of most kinds, too large) comes
back as a Rejection. What may pass (429, 5xx) is tried again for a while, then StoreUnavailable; what
passes only when someone acts (a read-only block, a missing privilege) is StoreUnavailable at once.
All writes are idempotent by id, so the caller may repeat a call that raised.
"""

import json
import time
from collections.abc import Callable, Iterable, Iterator, Mapping, Sequence
from dataclasses import dataclass, field
from typing import Any, Final

from marbleline.adapters.stores.elasticsearch.connection import (
    ElasticsearchConnection,
    Response,
    reason_of,
    unavailable,
)
from marbleline.adapters.stores.elasticsearch.indices import Indices
from marbleline.backoff import Backoff
from marbleline.errors import StoreUnavailable
from marbleline.ports.rejection import Rejection

# Bounds of one request: what Elasticsearch's guide calls a good size, and what one process holds twice.
MAX_BYTES: Final = 8_000_000
MAX_COUNT: Final = 500

_ANY_SIZE: Final = 2**31

_FIRST_PAUSE_S: Final = 0.1
_LONGEST_PAUSE_S: Final = 2.0
_PARAMS: Final = {
    "filter_path": "items.*.status,items.*.error",
    # The server's own patience with missing shards; the client waits longer than that.
    "timeout": "10s",
}
# A whole request of these kinds of 400 has a document that can't be; of any other, it was no fault of ours.
_WHOLE_FAULTS: Final = ("action_request_validation_exception", "x_content_parse_exception", "parse_exception")
# Status 400 of a document, but no fault of its own.
_STORE_FAULTS: Final = ("index_closed_exception",)
_STORE_REASONS: Final = ("no write index is defined",)


@dataclass(frozen=True, slots=True)
class Write:
    """``version`` None: the first document of this id stays. Else: the highest version stays."""

    alias: str
    document_id: str
    source: bytes = field(repr=False)
    version: int | None = None

    def action(self) -> bytes:
        """The line before the document. An alias that is gone is an error, never a new index."""
        target: dict[str, Any] = {"_index": self.alias, "_id": self.document_id, "require_alias": True}
        if self.version is None:
            return json.dumps({"create": target}).encode()
        return json.dumps(
            {"index": {**target, "version": self.version, "version_type": "external_gte"}}
        ).encode()


@dataclass(slots=True)
class BulkResult:
    """What became of a call's documents: those not named here were written."""

    rejections: list[Rejection] = field(default_factory=list)
    kept: list[Write] = field(default_factory=list)  # not written: one of this id (and version) is there


class Bulk:
    """Writes documents through the bulk API."""

    def __init__(
        self,
        connection: ElasticsearchConnection,
        indices: Indices,
        patience_s: float,
        sleep: Callable[[float], None] = time.sleep,
    ) -> None:
        """``patience_s``: how long, in pauses, one request's refused documents are tried again."""
        self._connection = connection
        self._indices = indices
        self._patience_s = patience_s
        self._sleep = sleep

    def write(self, writes: Iterable[Write | Rejection], most_bytes: int) -> BulkResult:
        """Write all, durably, in requests of bounded size. Raises StoreUnavailable.

        ``writes`` is taken a request's worth at a time; a Rejection in it is passed on. A document of more
        than ``most_bytes`` is rejected without being sent.
        """
        report = BulkResult()
        for request in _requests(writes, most_bytes, report):
            self._send(request, report)
        return report

    def write_small(self, writes: Iterable[Write]) -> list[Write]:
        """Write documents of our own, far smaller than anything that a server refuses for its size.

        Returns those that were kept as they are. Raises StoreUnavailable, also if a document is refused: its
        verdict or label is to be put again then.
        """
        report = self.write(writes, _ANY_SIZE)
        if report.rejections:
            first = report.rejections[0]
            raise StoreUnavailable(f"store: document {first.document_id} is refused: {first.reason}")
        return report.kept

    def _send(self, request: Sequence[Write], report: BulkResult) -> None:
        paused = 0.0
        backoff = Backoff(_FIRST_PAUSE_S, _LONGEST_PAUSE_S)
        while True:
            for alias in {write.alias for write in request}:
                self._indices.open(alias)
            answer = self._connection.bulk(_body(request), _PARAMS)
            if answer.status == 413 or (answer.status == 400 and answer.kind in _WHOLE_FAULTS):
                self._divide(request, answer, report)
                return
            request, refused = self._sort(request, answer, report)
            if refused is None:
                return
            pause = backoff.next_s()
            if paused + pause > self._patience_s:
                raise refused
            self._sleep(pause)
            paused += pause

    def _divide(self, request: Sequence[Write], answer: Response, report: BulkResult) -> None:
        """A request refused as a whole: find the document that it is about by halving."""
        if len(request) == 1:
            said = "too large for the server" if answer.status == 413 else reason_of(answer.body["error"])
            report.rejections.append(Rejection(request[0].document_id, said))
            return
        middle = len(request) // 2
        self._send(request[:middle], report)
        self._send(request[middle:], report)

    def _sort(
        self, request: Sequence[Write], answer: Response, report: BulkResult
    ) -> tuple[list[Write], StoreUnavailable | None]:
        """What is to be sent again, and why it was not taken (None if all is settled)."""
        if answer.status in _PASSING:
            return list(request), unavailable("a bulk write", answer)
        if not answer.ok:
            raise unavailable("a bulk write", answer)
        again: list[Write] = []
        refused: StoreUnavailable | None = None
        for write, item in zip(request, _items(answer, len(request)), strict=True):
            status = int(item.get("status", 0))
            error = item.get("error")
            if 200 <= status < 300:
                continue
            if status == 409:
                report.kept.append(write)
            elif status == 400 and not _store_fault(error):
                report.rejections.append(Rejection(write.document_id, reason_of(error)))
            else:
                refused = unavailable(f"a write to {write.alias}", Response(status, {"error": error}))
                if status == 404:
                    self._indices.forget(write.alias)
                elif status not in _PASSING or _blocked(error):
                    raise refused
                again.append(write)
        return again, refused


_PASSING: Final = (429, 500, 502, 503, 504)


def _requests(
    writes: Iterable[Write | Rejection], most_bytes: int, report: BulkResult
) -> Iterator[list[Write]]:
    request: list[Write] = []
    size = 0
    for write in writes:
        if isinstance(write, Rejection):
            report.rejections.append(write)
            continue
        bytes_ = len(write.source)
        if bytes_ > most_bytes:
            said = f"too large: {bytes_} bytes as a document, this server takes {most_bytes}"
            report.rejections.append(Rejection(write.document_id, said))
            continue
        if request and (size + bytes_ > MAX_BYTES or len(request) == MAX_COUNT):
            yield request
            request, size = [], 0
        request.append(write)
        size += bytes_
    if request:
        yield request


def _body(request: Sequence[Write]) -> bytes:
    lines = [line for write in request for line in (write.action(), write.source)]
    return b"\n".join((*lines, b""))


def _items(answer: Response, count: int) -> list[Mapping[str, Any]]:
    body = answer.body if isinstance(answer.body, Mapping) else {}
    items = [next(iter(item.values())) for item in body.get("items", [])]
    if len(items) != count:
        raise StoreUnavailable(f"store: a bulk write of {count} documents was answered for {len(items)}")
    return items


def _blocked(error: object) -> bool:
    return isinstance(error, Mapping) and error.get("type") == "cluster_block_exception"


def _store_fault(error: object) -> bool:
    if not isinstance(error, Mapping):
        return False
    reason = str(error.get("reason", ""))
    return error.get("type") in _STORE_FAULTS or reason.startswith(_STORE_REASONS)
