"""Questions asked of one alias, and an alias that nothing was written to yet."""

from collections.abc import Iterable, Iterator, Mapping
from typing import Any, Final
from urllib.parse import quote

from marbleline.adapters.stores.elasticsearch.connection import ElasticsearchConnection, Response, unavailable
from marbleline.errors import StoreUnavailable

# Half an answer would be a wrong count: better none.
_WHOLE: Final = {"allow_partial_search_results": "false"}
_DOCUMENTS: Final = {**_WHOLE, "filter_path": "hits.hits._source"}
_FIGURES: Final = {**_WHOLE, "filter_path": "hits.total,aggregations"}
_LONGEST_ID: Final = 512  # bytes; Elasticsearch's own bound


class Reading:
    """Raises StoreUnavailable from every method."""

    def __init__(self, connection: ElasticsearchConnection) -> None:
        self._connection = connection

    def refresh(self, aliases: Iterable[str]) -> None:
        """Let searches see all that has been written until now."""
        for alias in aliases:
            answer = self._connection.call("POST", f"/{alias}/_refresh")
            if _nothing(answer):
                continue
            if not answer.ok:
                raise unavailable(f"POST /{alias}/_refresh", answer)
            if answer.body["_shards"]["failed"]:
                raise StoreUnavailable(f"store: not every shard of {alias} could be refreshed")

    def documents(self, alias: str, body: Mapping[str, Any]) -> list[Mapping[str, Any]]:
        """The sources of what a search finds."""
        found = self._search(alias, body, _DOCUMENTS)
        return [hit["_source"] for hit in found.get("hits", {}).get("hits", [])]

    def figures(self, alias: str, body: Mapping[str, Any]) -> tuple[int, Mapping[str, Any]]:
        """How many a search finds (0 if it doesn't ask), and its aggregations ({} if there is no index)."""
        found = self._search(alias, body, _FIGURES)
        return found.get("hits", {}).get("total", {}).get("value", 0), found.get("aggregations", {})

    def document(self, alias: str, document_id: str, fields: str = "") -> Mapping[str, Any] | None:
        """The source of one document as last written, refreshed or not; ``fields``: only these."""
        if not 0 < len(document_id.encode(errors="replace")) <= _LONGEST_ID:
            return None
        params = {"_source_includes": fields} if fields else {}
        answer = self._connection.call("GET", f"/{alias}/_doc/{_quoted(document_id)}", None, params)
        if answer.status == 404:
            return None
        if not answer.ok:
            raise unavailable(f"GET /{alias}/_doc/{document_id}", answer)
        source: Mapping[str, Any] = answer.body["_source"]
        return source

    def many(self, alias: str, ids: list[str]) -> Iterator[Mapping[str, Any] | None]:
        """The sources of documents as last written, in order; None for one that isn't there."""
        found = self._connection.demand("POST", f"/{alias}/_mget", {"ids": ids})
        for document_id, document in zip(ids, found["docs"], strict=True):
            if "error" in document:
                raise unavailable(f"GET /{alias}/_doc/{document_id}", Response(0, document))
            yield document.get("_source")

    def _search(self, alias: str, body: Mapping[str, Any], params: Mapping[str, str]) -> Mapping[str, Any]:
        answer = self._connection.call("POST", f"/{alias}/_search", body, params)
        if _nothing(answer):
            return {}
        if not answer.ok:
            raise unavailable(f"a search in {alias}", answer)
        found: Mapping[str, Any] = answer.body
        return found


def buckets(aggregation: Mapping[str, Any] | None) -> Iterator[tuple[str, int, Mapping[str, Any]]]:
    """Name, count and the rest of each bucket of a ``terms`` aggregation."""
    for bucket in (aggregation or {}).get("buckets", ()):
        yield bucket["key"], bucket["doc_count"], bucket


def _nothing(answer: Response) -> bool:
    return answer.status == 404 and answer.kind == "index_not_found_exception"


def _quoted(document_id: str) -> str:
    return quote(document_id, safe="")
