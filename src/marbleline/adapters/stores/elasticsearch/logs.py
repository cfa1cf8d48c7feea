"""What Filebeat shipped of the cameras' logs: the frames that they say were captured."""

from collections.abc import Iterator
from pathlib import Path
from typing import Any, Final

from marbleline.adapters.stores.elasticsearch.connection import ElasticsearchConnection
from marbleline.adapters.stores.elasticsearch.reading import Reading
from marbleline.domain.audit import Logged

_PAGE: Final = 10_000  # Elasticsearch's own bound on one answer


class ShippedLogs:
    """Reads the indices that Filebeat writes; changes nothing."""

    def __init__(self, url: str, index: str, ca_file: Path | None = None, api_key: str = "") -> None:
        """``index`` is a name or pattern such as ``filebeat-*``. Raises SettingError for a wrong address."""
        self._connection = ElasticsearchConnection(url, ca_file, api_key)
        self._reading = Reading(self._connection)
        self._index = index

    def captured(self, since: int, until: int) -> Iterator[Logged]:
        """Frames captured between two times (microseconds UTC), by id; one twice if its line is there twice.

        Sees what was shipped a while ago: it asks for no refresh, which takes rights that reading doesn't.
        Raises StoreUnavailable.
        """
        after = ""
        while True:
            found = self._reading.documents(self._index, _page(since, until, after))
            for source in found:
                frame = source["marbleline"]
                yield Logged(frame["frame_id"], frame["camera"], int(frame["sequence"]))
            if len(found) < _PAGE:
                return
            after = found[-1]["marbleline"]["frame_id"]

    def close(self) -> None:
        """Disconnect. Never raises."""
        self._connection.close()


def _page(since: int, until: int, after: str) -> dict[str, Any]:
    # An id begins with the time of capture, so that no other field has to be mapped as a time.
    ids = {"gte": _first_id(since), "lt": _first_id(until)}
    body: dict[str, Any] = {
        "query": {
            "bool": {
                "filter": [{"match": {"message": "frame.captured"}}, {"range": {"marbleline.frame_id": ids}}]
            }
        },
        "sort": [{"marbleline.frame_id": "asc"}],
        "size": _PAGE,
        "track_total_hits": False,
        "_source": ["marbleline.frame_id", "marbleline.camera", "marbleline.sequence"],
    }
    return {**body, "search_after": [after]} if after else body


def _first_id(at: int) -> str:
    digits = f"{at // 1000:012x}"
    return f"{digits[:8]}-{digits[8:]}"
