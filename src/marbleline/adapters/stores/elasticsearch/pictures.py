"""What retention asks and does."""

import json
from collections.abc import Mapping, Sequence
from typing import Any, Final

from marbleline.adapters.stores.elasticsearch.connection import ElasticsearchConnection, unavailable
from marbleline.adapters.stores.elasticsearch.names import Names
from marbleline.adapters.stores.elasticsearch.queries import Body, between
from marbleline.adapters.stores.elasticsearch.reading import Reading
from marbleline.domain.clock import from_iso
from marbleline.domain.decision import Decision
from marbleline.errors import StoreUnavailable
from marbleline.ports.frames import KeptPicture

_AT_ONCE: Final = 500
_GONE: Final = (200, 404)


class ElasticsearchPictures:
    """Keeps those promises of ``ports.frames.Frames`` that retention asks for."""

    def __init__(self, connection: ElasticsearchConnection, reading: Reading, names: Names) -> None:
        self._connection = connection
        self._reading = reading
        self._names = names

    def pictures(self, until: int, limit: int, after: str | None = None) -> list[KeptPicture]:
        """See the port."""
        alias = self._names.alias("frames")
        self._reading.refresh([alias])
        body: Body = {
            "query": {"bool": {"filter": between(None, until)}},
            "sort": [{"frame_id": "asc"}],
            "size": limit,
            "track_total_hits": False,
            "_source": ["frame.frame_id", "frame.captured_at", "frame.size"],
            **({} if after is None else {"search_after": [after]}),
        }
        found = [source["frame"] for source in self._reading.documents(alias, body)]
        decisions = self._decisions([str(source["frame_id"]) for source in found])
        return [
            KeptPicture(
                str(source["frame_id"]),
                from_iso(source["captured_at"]),
                int(source["size"]),
                decisions.get(source["frame_id"]),
            )
            for source in found
        ]

    def picture_bytes(self) -> int:
        """See the port."""
        alias = self._names.alias("frames")
        self._reading.refresh([alias])
        asked = {"size": 0, "track_total_hits": False, "aggs": {"bytes": {"sum": {"field": "frame.size"}}}}
        _, figures = self._reading.figures(alias, asked)
        return int(figures.get("bytes", {}).get("value", 0))

    def forget_pictures(self, frame_ids: Sequence[str]) -> None:
        """See the port."""
        for start in range(0, len(frame_ids), _AT_ONCE):
            chunk = frame_ids[start : start + _AT_ONCE]
            actions = [{"delete": {"_index": self._names.frames_of(one), "_id": one}} for one in chunk]
            answer = self._connection.bulk(
                "".join(json.dumps(one) + "\n" for one in actions).encode(), {"timeout": "10s"}
            )
            if not answer.ok:
                raise unavailable("a bulk delete", answer)
            for item in answer.body["items"]:
                if item["delete"]["status"] not in _GONE:
                    raise StoreUnavailable(f"store: a picture could not be removed: {item['delete']}"[:400])

    def _decisions(self, frame_ids: list[str]) -> dict[str, Decision]:
        """The decisions of those that have a verdict, as last written."""
        if not frame_ids:
            return {}
        wanted = [
            {"_index": self._names.verdicts_of(one), "_id": one, "_source": ["decision"]} for one in frame_ids
        ]
        found: Mapping[str, Any] = self._connection.demand("POST", "/_mget", {"docs": wanted})
        decisions = {}
        for document in found["docs"]:
            error = document.get("error", {})
            if error and error.get("type") != "index_not_found_exception":
                raise StoreUnavailable(f"store: a verdict can't be read: {error}"[:400])
            if document.get("found"):
                decisions[str(document["_id"])] = Decision(document["_source"]["decision"])
        return decisions
