"""``marbleline ledger``: count what was captured, judged, pending and dead-lettered."""

import argparse
import json
import sys
import time
from dataclasses import asdict
from typing import TYPE_CHECKING, Any

from marbleline.cli.arguments import seconds
from marbleline.cli.audit import print_audit
from marbleline.cli.options import add_settings, configuration_of_a_line
from marbleline.cli.table import aligned
from marbleline.errors import Unavailable
from marbleline.settings.configuration import Configuration

if TYPE_CHECKING:
    from collections.abc import Callable

    from marbleline.domain.blind_time import BlindTime
    from marbleline.domain.ledger import Ledger, LedgerEntry

_COLUMNS = ("captured", "judged", "pending", "dead_lettered", "discarded", "duplicates", "gaps")
_SLAB_COLUMNS = ("triggers", "judged", "pending", "missed", "lost")


def add(subparsers: Any) -> None:
    """The command's flags."""
    parser = subparsers.add_parser(
        "ledger",
        help="count captured, judged, pending and dead-lettered frames",
        description="Counts, per camera, what spools, broker and store durably hold. The ledger balances "
        "if every captured frame is judged, pending or dead-lettered, none is missing (gaps) "
        "and none is counted twice (duplicates). So it is with slabs, per station: triggers = judged + "
        "pending + missed, and none lost. With --watch it also prints STALLED when "
        "frames are pending and none was processed for a minute. The time that a camera was blind stands "
        "behind its counts: slabs that were never captured are in none of them.",
        epilog="Exit code: 0 balanced, with --audit nothing missing; 1 not balanced, something "
        "missing, or the count failed; 2 usage.",
    )
    parser.add_argument("--json", action="store_true", help="print one JSON object, with --watch one a line")
    parser.add_argument(
        "--watch",
        nargs="?",
        type=seconds(0.1, 3600),
        const=2.0,
        metavar="SECONDS",
        help="count repeatedly, every 2 seconds by default, until Ctrl-C",
    )
    parser.add_argument(
        "--audit",
        action="store_true",
        help="compare the cameras' own logs, which Filebeat ships to Elasticsearch, with the record",
    )
    parser.add_argument(
        "--hours",
        type=float,
        default=24.0,
        help="with --audit: how far back (default: 24)",
    )
    parser.add_argument(
        "--logs",
        default="filebeat-*",
        metavar="INDEX",
        help="with --audit: index of the logs (default: filebeat-*)",
    )
    add_settings(parser, "line")
    parser.set_defaults(run=run)


def run(args: argparse.Namespace) -> int:
    """Print the ledger; 1 if it doesn't balance."""
    configuration = configuration_of_a_line(args)
    if args.audit:
        return print_audit(configuration, args.logs, args.hours, args.json)
    if args.watch is None:
        return _print_ledger(configuration, args.json)
    return _watch(configuration, args.json, args.watch)


def _watch(configuration: Configuration, json_lines: bool, every_s: float) -> int:
    """Count until interrupted; the exit code is that of the last count."""
    from marbleline.domain.ledger_progress import LedgerProgress

    code, progress = 0, LedgerProgress()
    try:
        while True:
            if sys.stdout.isatty() and not json_lines:
                print("\x1b[H\x1b[2J", end="")
            try:
                code = _print_ledger(configuration, json_lines, progress.marked)
            except Unavailable as error:
                code = 1
                print(f"marbleline: can't be counted now: {error}", file=sys.stderr, flush=True)
            time.sleep(every_s)
    except KeyboardInterrupt:
        return code


def _print_ledger(
    configuration: Configuration,
    json_lines: bool,
    marked: "Callable[[Ledger], Ledger]" = lambda ledger: ledger,
) -> int:
    """Count and print once; the command's exit code. Raises Unavailable."""
    from marbleline.bootstrap.ledger import count_ledger

    ledger = marked(count_ledger(configuration))
    print(as_json(ledger) if json_lines else as_table(ledger), flush=True)
    return 0 if ledger.balanced else 1


def as_json(ledger: "Ledger") -> str:
    """One JSON object: ``cameras`` by name, ``total``, ``balanced``, and ``slabs``, a list of stations.

    ``stalled`` is null after one count.
    """
    from marbleline.domain.clock import to_iso

    cameras = {
        entry.camera: {
            **_counts(entry),
            "balanced": entry.balanced,
            "blind_time": _blind_json(entry.blind_time),
        }
        for entry in ledger.entries
    }
    total = {**_counts(ledger.total()), "balanced": ledger.balanced}
    return json.dumps(
        {
            "counted_at": to_iso(ledger.counted_at),
            "balanced": ledger.balanced,
            "cameras": cameras,
            "total": total,
            "slabs": [{**asdict(entry), "balanced": entry.balanced} for entry in ledger.slabs],
        }
    )


def as_table(ledger: "Ledger") -> str:
    """A table for people, one line a camera and one of all; if there are slabs, one line a station."""
    if not ledger.entries:
        return "No frame was captured yet."
    rows = [("camera", *(name.replace("_", "-") for name in _COLUMNS), "")]
    for entry in (*ledger.entries, *((ledger.total(),) if len(ledger.entries) > 1 else ())):
        verdict = "balanced" if entry.balanced else "NOT BALANCED"
        if entry.stalled:
            verdict += ", STALLED: what is pending does not move"
        if entry.blind_time is not None:
            verdict += _blind_words(entry.blind_time)
        rows.append((entry.camera, *(str(getattr(entry, name)) for name in _COLUMNS), verdict))
    tables = [aligned(rows, range(1, len(_COLUMNS) + 1))]
    if ledger.slabs:
        tables.append(
            aligned(
                [
                    ("station", *_SLAB_COLUMNS, ""),
                    *(
                        (
                            entry.station or entry.line,
                            *(str(getattr(entry, name)) for name in _SLAB_COLUMNS),
                            "balanced" if entry.balanced else "NOT BALANCED",
                        )
                        for entry in ledger.slabs
                    ),
                ],
                range(1, len(_SLAB_COLUMNS) + 1),
            )
        )
    return "\n".join(tables)


def _blind_words(blind: "BlindTime") -> str:
    """``, blind for 218.4 s (rollout 218.4 s), about 1092 pictures``; empty if it never was."""
    if blind.missed is not None:
        return f", {blind.missed} of {blind.triggers} triggers missed" + _blind_seconds(blind)
    about = f", about {blind.missed_about} pictures" if blind.missed_about else ""
    return _blind_seconds(blind) + about


def _blind_seconds(blind: "BlindTime") -> str:
    causes = {cause.value.replace("_", " "): seconds for cause, seconds in blind.by_cause_s.items()}
    if blind.unreported_s:
        causes["no report"] = blind.unreported_s
    if not causes:
        return ""
    return f", blind for {blind.total_s:.1f} s ({', '.join(f'{one} {s:.1f} s' for one, s in causes.items())})"


def _blind_json(blind: "BlindTime | None") -> dict[str, object] | None:
    from marbleline.domain.clock import to_iso

    if blind is None or blind.since is None:
        return None
    return {
        "since": to_iso(blind.since),
        "total_s": round(blind.total_s, 3),
        "by_cause_s": {cause.value: round(seconds, 3) for cause, seconds in blind.by_cause_s.items()},
        "unreported_s": round(blind.unreported_s, 3),
        "interval_s": blind.interval_s,
        "missed_about": blind.missed_about,
        "triggers": blind.triggers,
        "missed": blind.missed,
    }


def _counts(entry: "LedgerEntry") -> dict[str, int | bool | None]:
    return {name: value for name, value in asdict(entry).items() if name in (*_COLUMNS, "stalled")}
