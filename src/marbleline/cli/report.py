"""``marbleline report``: a shift as PDF."""

import argparse
from pathlib import Path
from typing import Any

from marbleline.cli.options import add_settings, configuration_of_a_line
from marbleline.errors import SettingError


def add(subparsers: Any) -> None:
    """The command's flags."""
    parser = subparsers.add_parser(
        "report",
        help="write the report of a shift as PDF",
        description="Writes the report of a shift as PDF (A4): rates by hour and of the last shifts as "
        "control charts, defects, cameras, overkill and escapes by labels, alarms. Shifts are those of "
        "console_shift_starts in console_time_zone.",
        epilog="Example: marbleline report --of last --report-language it --output shift.pdf. "
        "Exit code: 0 done, 1 the store is unavailable, 2 usage.",
    )
    parser.add_argument(
        "--of",
        default="last",
        metavar="SHIFT",
        help="last: the one that ended last (default); running; or a time in it, such as 2026-11-27T06:00",
    )
    parser.add_argument("--output", type=Path, metavar="FILE", help="default: LINE-DATE-TIME.pdf here")
    add_settings(parser, "line", "report", "console_time_zone", "console_shift_starts")
    parser.set_defaults(run=run)


def run(args: argparse.Namespace) -> int:
    """Make the report and write it. Raises SettingError, StoreUnavailable."""
    from marbleline.bootstrap.adapters import open_store
    from marbleline.bootstrap.report import make_report, shift_of
    from marbleline.domain.clock import now

    configuration = configuration_of_a_line(args)
    at = now()
    shift = shift_of(configuration, args.of, at)
    store = open_store(configuration)
    try:
        report = make_report(configuration, store, shift, at)
    finally:
        store.close()
    output: Path = args.output or Path(report.name)
    try:
        output.write_bytes(report.pdf)
    except OSError as error:
        raise SettingError(f"--output {output}: can't be written: {error}") from error
    print(f"{report.title}: {output}")
    return 0
