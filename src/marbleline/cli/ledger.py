"""``marbleline ledger``: count what was captured, judged, pending and dead-lettered."""

import argparse
import json
from dataclasses import asdict
from typing import TYPE_CHECKING, Any

from marbleline.cli.options import add_settings, settings_of

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
        epilog="Exit code: 0 balanced, 1 not balanced or not to be counted, 2 usage.",
    )
    parser.add_argument("--json", action="store_true", help="print one JSON object")
    add_settings(parser, "line")
    parser.set_defaults(run=run)


def run(args: argparse.Namespace) -> int:
    """Print the ledger; 1 if it doesn't balance."""
    from marbleline import wiring

    ledger = wiring.count_ledger(settings_of(args))
    print(as_json(ledger) if args.json else as_table(ledger))
    return 0 if ledger.balanced else 1


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
