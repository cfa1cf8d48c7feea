"""``marbleline ledger --audit``: what cameras logged as captured, and what became of it."""

import json
from dataclasses import asdict
from typing import TYPE_CHECKING, Final

from marbleline.cli.table import aligned
from marbleline.settings.configuration import Configuration

if TYPE_CHECKING:
    from marbleline.domain.audit import AuditEntry

_MINUTE_US: Final = 60_000_000
_HEAD: Final = ("camera", "logged", "judged", "dead-lettered", "pending", "missing")
_NAMED: Final = 10


def print_audit(configuration: Configuration, index: str, hours: float, as_json: bool) -> int:
    """Print a line per camera; 1 if a frame is missing, or no log is there.

    The last minute is left out: its lines may not have been shipped, its frames not judged.
    """
    from marbleline.bootstrap import ledger
    from marbleline.domain.clock import now, to_iso

    until = now() - _MINUTE_US
    since = until - round(hours * 60) * _MINUTE_US
    entries = ledger.audit_ledger(configuration, index, since, until)
    missing = any(entry.missing for entry in entries)
    if as_json:
        found = {entry.camera: asdict(entry) for entry in entries}
        print(json.dumps({"since": to_iso(since), "until": to_iso(until), "cameras": found}))
    elif entries:
        print(_table(entries))
    else:
        print(f"{index} holds no frame.captured of the last {hours:g} hours. Does Filebeat ship the logs?")
    return 1 if missing or not entries else 0


def _table(entries: "tuple[AuditEntry, ...]") -> str:
    rows: list[tuple[str, ...]] = [_HEAD]
    for one in entries:
        figures = (one.logged, one.judged, one.dead_lettered, one.pending, len(one.missing))
        rows.append((one.camera, *map(str, figures)))
    lines = [aligned(rows, range(1, len(_HEAD)))]
    for one in entries:
        if one.missing:
            more = f" and {len(one.missing) - _NAMED} more" if len(one.missing) > _NAMED else ""
            lines.append(f"missing of {one.camera}: {', '.join(one.missing[:_NAMED])}{more}")
    return "\n".join(lines)
