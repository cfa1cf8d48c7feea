"""Index lifecycle management where the server has it: old indices are deleted whole, nothing else.

No rollover: see ``docs/decisions/0011-index-name-from-the-document-id.md``. Without it (or without the
privilege) indices stay until someone deletes them; their names tell their age.
"""

import logging
from collections.abc import Mapping
from dataclasses import dataclass
from typing import Any, Final

from marbleline.adapters.stores.elasticsearch.connection import ElasticsearchConnection, unavailable

log = logging.getLogger(__name__)

# An index's age counts from its first document. Its last one comes this much later.
_PERIOD_DAYS: Final = {"frames": 1, "verdicts": 31, "shadow_verdicts": 31, "review_queue": 31}
# 400 and 405: the server has no such endpoint. 403: the user may not.
_WITHOUT: Final = (400, 403, 405)


@dataclass(frozen=True, slots=True)
class Keep:
    """How many days pictures and verdicts are kept at least; 0 keeps them for ever."""

    frames_days: int = 0
    verdicts_days: int = 0

    def days(self, kind: str) -> int:
        """Days of a kind; 0 for kinds that are kept for ever."""
        days = {
            "frames": self.frames_days,
            "verdicts": self.verdicts_days,
            "shadow_verdicts": self.verdicts_days,
            "review_queue": self.verdicts_days,
        }
        return days.get(kind, 0)


def policy_settings(connection: ElasticsearchConnection, name: str, kind: str, keep: Keep) -> dict[str, Any]:
    """Put the policy of a kind of that name; the index settings that refer to it, or none.

    A policy that was made for the same number of days is left as it is, with whatever an operator
    added to it. Raises StoreUnavailable.
    """
    if not keep.days(kind):
        return {}
    path = f"/_ilm/policy/{name}"
    answer = connection.call("GET", path)
    if answer.status == 404 or (answer.ok and _kept(answer.body, name) != keep.days(kind)):
        answer = connection.call("PUT", path, _policy(kind, keep.days(kind)))
    if answer.status in _WITHOUT:
        log.warning("store.no_lifecycle", extra={"kind": kind, "status": answer.status})
        return {}
    if not answer.ok:
        raise unavailable(f"setting up {path}", answer)
    return {"lifecycle": {"name": name}}


def _policy(kind: str, days: int) -> dict[str, Any]:
    phases = {
        "hot": {"min_age": "0ms", "actions": {"set_priority": {"priority": 100}}},
        "delete": {"min_age": f"{days + _PERIOD_DAYS[kind]}d", "actions": {"delete": {}}},
    }
    return {"policy": {"phases": phases, "_meta": {"managed_by": "marbleline", "keep_days": days}}}


def _kept(body: Any, name: str) -> int | None:
    policy = body.get(name, {}).get("policy", {}) if isinstance(body, Mapping) else {}
    days = policy.get("_meta", {}).get("keep_days")
    return int(days) if days is not None else None
