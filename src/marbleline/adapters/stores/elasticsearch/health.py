"""Whether the servers can be used, and what they take."""

from collections.abc import Collection
from typing import Final

from marbleline.adapters.stores.elasticsearch.connection import ElasticsearchConnection, unavailable
from marbleline.adapters.stores.elasticsearch.names import Names
from marbleline.errors import StoreUnavailable

# Elasticsearch's own default of http.max_content_length, for servers that don't say.
_USUAL_BYTES: Final = 100 * 1024 * 1024
# The action line and its line ends.
_AROUND: Final = 4096

_FULL: Final = "index.blocks.read_only_allow_delete"
_READ_ONLY: Final = frozenset({"index.blocks.read_only", "index.blocks.write"})


def most_bytes(connection: ElasticsearchConnection) -> int:
    """The largest document that every node takes, in bytes. Raises StoreUnavailable.

    Asked for beforehand, because a server cuts the connection in the middle of a longer request, which
    looks like an outage.
    """
    path = "/_nodes/http"
    answer = connection.call("GET", path, None, {"filter_path": "nodes.*.http.max_content_length_in_bytes"})
    if answer.status in (401, 429) or answer.status >= 500:
        raise unavailable(f"GET {path}", answer)
    nodes = answer.body.get("nodes", {}).values() if answer.ok else ()
    limits = [int(node["http"]["max_content_length_in_bytes"]) for node in nodes]
    return min(limits, default=_USUAL_BYTES) - _AROUND


def check(connection: ElasticsearchConnection, names: Names, written: Collection[str]) -> None:
    """Returns if reading and writing works now. Raises StoreUnavailable with the cause.

    ``written`` are aliases that must be open to writes. An old index may be read-only by intent; only the
    block that a full disk sets counts everywhere.
    """
    ours = f"{names.prefix}-*"
    health = connection.demand("GET", f"/_cluster/health/{ours}", None, {"timeout": "1s"})
    if health["status"] == "red":
        raise StoreUnavailable(f"store: an index of {ours} has lost a shard (GET /_cluster/health/{ours})")
    path = f"/{ours}/_settings/index.blocks.*"
    for index, found in connection.demand("GET", path, None, {"flat_settings": "true"}).items():
        blocks = {name for name, value in found["settings"].items() if str(value) == "true"}
        if _FULL in blocks:
            raise StoreUnavailable(f"store: {index} is read-only, its disk is full or was ({_FULL})")
        if blocks & _READ_ONLY and index.rsplit("-", 1)[0] in written:
            raise StoreUnavailable(f"store: {index} is read-only ({', '.join(sorted(blocks))})")
