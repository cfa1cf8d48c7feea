"""``marbleline report``: a shift as PDF, written to a file or sent."""

import argparse
import sys
from pathlib import Path
from typing import Any

from marbleline.cli import EXIT_DECLINED
from marbleline.cli.options import add_settings, configuration_of_a_line
from marbleline.errors import SettingError


def add(subparsers: Any) -> None:
    """The command's flags."""
    parser = subparsers.add_parser(
        "report",
        help="write or send the report of a shift as PDF",
        description="Writes the report of a shift as PDF (A4): rates by hour and of the last shifts as "
        "control charts, defects, cameras, overkill and escapes by labels, alarms. Shifts are those of "
        "console_shift_starts in console_time_zone.",
        epilog="Example: marbleline report --of last --report-language it --output shift.pdf. "
        "Exit code: 0 done, 1 the store is unavailable, or somebody did not get it, 2 usage, 3 nothing to "
        "send: no slab and no alarm in the shift. See docs/reports.md.",
    )
    parser.add_argument(
        "--of",
        default="last",
        metavar="SHIFT",
        help="last: the one that ended last (default); running; or a time in it, such as 2026-11-27T06:00",
    )
    parser.add_argument(
        "--output", type=Path, metavar="FILE", help="default: LINE-DATE-TIME.pdf here, with --send no file"
    )
    parser.add_argument("--send", action="store_true", help="send it to the receivers in report_to")
    add_settings(parser, "line", "report", "sink", "console_time_zone", "console_shift_starts")
    parser.set_defaults(run=run)


def run(args: argparse.Namespace) -> int:
    """Make the report, write it and send it. Raises SettingError, StoreUnavailable."""
    from marbleline.bootstrap.adapters import open_store
    from marbleline.bootstrap.report import make_report, open_receivers, send_report, shift_of
    from marbleline.domain.clock import now

    configuration = configuration_of_a_line(args)
    at = now()
    shift = shift_of(configuration, args.of, at)
    sinks = open_receivers(configuration) if args.send else {}
    store = open_store(configuration)
    try:
        figures, report = make_report(configuration, store, shift, at)
    finally:
        store.close()
    if args.output or not args.send:
        output: Path = args.output or Path(report.file_name)
        _write(output, report.pdf)
        print(f"{report.title}: {output}")
    if not args.send:
        return 0
    if figures.empty:
        print(f"{report.title}: no slab and no alarm, not sent")
        return EXIT_DECLINED
    failed = send_report(configuration, sinks, report)
    for name in sinks:
        print(f"{report.title}: {f'NOT sent to {name}' if name in failed else f'sent to {name}'}")
    for reason in failed.values():
        print(f"marbleline: {reason}", file=sys.stderr)
    return 1 if failed else 0


def _write(output: Path, pdf: bytes) -> None:
    try:
        output.write_bytes(pdf)
    except OSError as error:
        raise SettingError(f"--output {output}: can't be written: {error}") from error
