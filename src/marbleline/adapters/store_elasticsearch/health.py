"""Whether the servers can be used, and what they take."""

from typing import Final

from marbleline.adapters.store_elasticsearch.connection import Connection
from marbleline.adapters.store_elasticsearch.names import Names
from marbleline.errors import StoreUnavailable

# Elasticsearch's own default of http.max_content_length, for servers that don't say.
_USUAL_BYTES: Final = 100 * 1024 * 1024
# The action line and its line ends.
_AROUND: Final = 4096


def most_bytes(connection: Connection) -> int:
    """The largest document that every node takes, in bytes. Raises StoreUnavailable.

    Asked for beforehand, because a server cuts the connection in the middle of a longer request, which
    looks like an outage.
    """
    path = "/_nodes/http"
    answer = connection.call("GET", path, None, {"filter_path": "nodes.*.http.max_content_length_in_bytes"})
    nodes = answer.body.get("nodes", {}).values() if answer.ok else ()
    limits = [int(node["http"]["max_content_length_in_bytes"]) for node in nodes if "http" in node]
    return min(limits, default=_USUAL_BYTES) - _AROUND


def check(connection: Connection, names: Names) -> None:
    """Returns if reading and writing works now. Raises StoreUnavailable with the cause."""
    ours = f"{names.prefix}-*"
    health = connection.demand("GET", f"/_cluster/health/{ours}", None, {"timeout": "1s"})
    if health["status"] == "red":
        raise StoreUnavailable(f"store: an index of {ours} has lost a shard (GET /_cluster/health/{ours})")
    blocks = connection.demand(
        "GET",
        f"/{ours}/_settings/index.blocks.*",
        None,
        {"flat_settings": "true", "allow_no_indices": "true"},
    )
    for index, found in blocks.items():
        for name, value in found["settings"].items():
            if str(value) == "true" and name != "index.blocks.metadata":
                raise StoreUnavailable(f"store: {index} has {name} (a full disk sets read_only_allow_delete)")
