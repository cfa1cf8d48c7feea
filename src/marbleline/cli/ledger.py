"""``marbleline ledger``: count what was captured, judged, pending and dead-lettered."""

import argparse
import json
import sys
import time
from dataclasses import asdict
from typing import TYPE_CHECKING, Any

from marbleline.cli.audit import tell_audit
from marbleline.cli.options import add_settings, settings_of_a_line
from marbleline.errors import Unavailable
from marbleline.settings import Settings

if TYPE_CHECKING:
    from marbleline.domain.ledger import Ledger

_COLUMNS = ("captured", "judged", "pending", "dead_lettered", "dropped", "duplicates", "gaps")


def add(subparsers: Any) -> None:
    """The command's flags."""
    parser = subparsers.add_parser(
        "ledger",
        help="count what was captured, judged, pending and dead-lettered",
        description="Counts, per camera, what spools, broker and store durably hold. Balanced means that "
        "every captured frame is judged, pending or dead-lettered, none is missing (gaps) and none is "
        "counted twice (duplicates).",
        epilog="Exit code: 0 balanced, with --audit nothing missing; 1 not balanced, something missing, or "
        "not to be counted; 2 usage.",
    )
    parser.add_argument("--json", action="store_true", help="print one JSON object, with --watch one a line")
    parser.add_argument(
        "--watch",
        nargs="?",
        type=_seconds,
        const=2.0,
        metavar="SECONDS",
        help="count again and again, every 2 seconds unless said otherwise, until Ctrl-C",
    )
    parser.add_argument(
        "--audit",
        action="store_true",
        help="hold the cameras' own logs, which Filebeat ships past the broker, against the record",
    )
    parser.add_argument(
        "--hours",
        type=float,
        default=24.0,
        help="with --audit: how far back (default: 24)",
    )
    parser.add_argument(
        "--logs", default="filebeat-*", metavar="INDEX", help="with --audit: where the logs are (filebeat-*)"
    )
    add_settings(parser, "line")
    parser.set_defaults(run=run)


def run(args: argparse.Namespace) -> int:
    """Print the ledger; 1 if it doesn't balance."""
    settings = settings_of_a_line(args)
    if args.audit:
        return tell_audit(settings, args.logs, args.hours, args.json)
    if args.watch is None:
        return _tell(settings, args.json)
    return _watch(settings, args.json, args.watch)


def _watch(settings: Settings, json_lines: bool, every_s: float) -> int:
    """Count until interrupted; the exit code is that of the last count."""
    code = 0
    try:
        while True:
            if sys.stdout.isatty() and not json_lines:
                print("\x1b[H\x1b[2J", end="")
            try:
                code = _tell(settings, json_lines)
            except Unavailable as error:
                code = 1
                print(f"marbleline: can't be counted now: {error}", file=sys.stderr, flush=True)
            time.sleep(every_s)
    except KeyboardInterrupt:
        return code


def _tell(settings: Settings, as_one_object: bool) -> int:
    from marbleline import wiring

    ledger = wiring.count_ledger(settings)
    print(as_json(ledger) if as_one_object else as_table(ledger), flush=True)
    return 0 if ledger.balanced else 1


def _seconds(text: str) -> float:
    seconds = float(text)
    if not 0.1 <= seconds <= 3600:
        raise argparse.ArgumentTypeError("from 0.1 to 3600")
    return seconds


def as_json(ledger: "Ledger") -> str:
    """One JSON object: ``cameras`` by name, ``total`` and ``balanced``."""
    from marbleline.domain.clock import to_iso

    cameras = {entry.camera: {**_counts(entry), "balanced": entry.balanced} for entry in ledger.entries}
    total = {**_counts(ledger.total()), "balanced": ledger.balanced}
    return json.dumps(
        {
            "counted_at": to_iso(ledger.counted_at),
            "balanced": ledger.balanced,
            "cameras": cameras,
            "total": total,
        }
    )


def as_table(ledger: "Ledger") -> str:
    """A table for people, one line a camera and one of all."""
    if not ledger.entries:
        return "No frame was captured yet."
    rows = [("camera", *(name.replace("_", "-") for name in _COLUMNS), "")]
    for entry in (*ledger.entries, *((ledger.total(),) if len(ledger.entries) > 1 else ())):
        verdict = "balanced" if entry.balanced else "NOT BALANCED"
        rows.append((entry.camera, *(str(getattr(entry, name)) for name in _COLUMNS), verdict))
    widths = [max(len(row[column]) for row in rows) for column in range(len(rows[0]))]
    lines = []
    for row in rows:
        cells = [row[0].ljust(widths[0])]
        cells += [cell.rjust(width) for cell, width in zip(row[1:-1], widths[1:-1], strict=True)]
        lines.append("  ".join([*cells, row[-1]]).rstrip())
    return "\n".join(lines)


def _counts(entry: Any) -> dict[str, int]:
    return {name: value for name, value in asdict(entry).items() if name in _COLUMNS}
