"""Component and index templates, and the indices behind the aliases that are written to."""

import logging
from collections.abc import Mapping
from typing import Any, Final

from marbleline.adapters.stores.elasticsearch.connection import (
    ElasticsearchConnection,
    reason_of,
    unavailable,
)
from marbleline.adapters.stores.elasticsearch.lifecycle import Keep, policy_settings
from marbleline.adapters.stores.elasticsearch.names import Names
from marbleline.adapters.stores.elasticsearch.schema import TEMPLATE_VERSION, mappings, settings

log = logging.getLogger(__name__)

# Above what Elastic's own templates and most people's have.
_PRIORITY: Final = 500
_MANAGED: Final = {"managed_by": "marbleline"}


class Indices:
    """Makes what a write needs, when it is first needed, and again if it is gone."""

    def __init__(self, connection: ElasticsearchConnection, names: Names, keep: Keep) -> None:
        self._connection = connection
        self._names = names
        self._keep = keep
        self._templates: set[str] = set()
        self._open: set[str] = set()

    @property
    def opened(self) -> frozenset[str]:
        """The aliases that were written to."""
        return frozenset(self._open)

    def open(self, alias: str) -> None:
        """Make sure that an alias stands and its index has our mapping. Raises StoreUnavailable.

        Costs nothing from the second time on. An index is made through its alias only, never by a
        write: one that came about without our template would analyse pictures as text.
        """
        if alias in self._open:
            return
        kind = self._names.kind_of(alias)
        if kind not in self._templates:
            self._put_templates(kind)
        found = self._connection.call("GET", f"/_alias/{alias}")
        if found.ok:
            self._add_fields(alias, kind)
        elif found.status == 404:
            self._create(alias, kind)
        else:
            raise unavailable(f"GET /_alias/{alias}", found)
        self._open.add(alias)

    def forget(self, alias: str) -> None:
        """An alias turned out to be gone, perhaps with all else: make it again at the next ``open``."""
        self._open.discard(alias)
        self._templates.clear()

    def _put_templates(self, kind: str) -> None:
        """Put a kind's templates and life cycle policy. Again, it changes nothing."""
        name = self._names.alias(kind)
        path = f"/_component_template/{name}"
        there = _version(self._connection.call("GET", path).body)
        if there > TEMPLATE_VERSION:
            log.info("store.newer_template", extra={"template": name, "version": there})
        else:
            template = {
                "settings": _merged(
                    settings(kind), policy_settings(self._connection, name, kind, self._keep)
                ),
                "mappings": mappings(kind),
            }
            body = {"template": template, "version": TEMPLATE_VERSION, "_meta": _MANAGED}
            self._connection.demand("PUT", path, body)
        custom = f"{name}@custom"
        body = {
            "index_patterns": [f"{name}-*"],
            # What an operator wants otherwise (shards, replicas, codec, policy) goes into the second.
            "composed_of": [name, custom],
            "ignore_missing_component_templates": [custom],
            "priority": _PRIORITY,
            "version": TEMPLATE_VERSION,
            "_meta": _MANAGED,
        }
        self._connection.demand("PUT", f"/_index_template/{name}", body)
        self._templates.add(kind)

    def _create(self, alias: str, kind: str) -> None:
        """Make the first index of an alias. The number leaves room for a reindexed one behind the alias."""
        index = f"{alias}-000001"
        aliases: dict[str, object] = {self._names.alias(kind): {}, alias: {"is_write_index": True}}
        made = self._connection.call("PUT", f"/{index}", {"aliases": aliases})
        if not made.ok and made.kind != "resource_already_exists_exception":
            raise unavailable(f"making index {index}", made)

    def _add_fields(self, alias: str, kind: str) -> None:
        answer = self._connection.call("PUT", f"/{alias}/_mapping", mappings(kind))
        if answer.status == 400:
            # Someone's own mapping may well be meant; documents that don't fit it are rejected one by one.
            cause = reason_of(answer.body["error"])
            log.error("store.mapping_differs", extra={"alias": alias, "cause": cause})
        elif not answer.ok:
            raise unavailable(f"PUT /{alias}/_mapping", answer)


def _version(body: Any) -> int:
    found = body.get("component_templates") if isinstance(body, Mapping) else None
    return int(found[0]["component_template"].get("version", 0)) if found else 0


def _merged(first: Mapping[str, Any], second: Mapping[str, Any]) -> dict[str, Any]:
    return {"index": {**first["index"], **second}}
