"""``marbleline drift``: whether the cameras still see what they saw."""

import argparse
import json
from dataclasses import asdict
from typing import TYPE_CHECKING, Any

from marbleline.cli import EXIT_DECLINED
from marbleline.cli.options import add_settings, configuration_of_a_line
from marbleline.settings.line import LineSettings, ModelSettings

if TYPE_CHECKING:
    from marbleline.training.monitor.drift import Drift


def add(subparsers: Any) -> None:
    """The command's flags."""
    parser = subparsers.add_parser(
        "drift",
        help="compare the last hour's pictures and scores with those before",
        description="Compares the last hour of each camera, and its newest 100 frames by themselves, with "
        "earlier frames that the same version judged: brightness, contrast and sharpness of "
        "the pictures, anomaly, probability of a fault, share sent to review. A shift beyond "
        "chance raises the alarm drift on the console, with its cause in words. The alarm is "
        "cleared when a later run finds no drift.",
        epilog="Exit code: 0 no drift, 1 the store is unavailable, 2 usage, 3 drift. Run it once an "
        "hour, or more often. Example: marbleline drift --against version",
    )
    parser.add_argument("--hours", type=float, default=1.0, metavar="N", help="hours to check (default: 1)")
    parser.add_argument(
        "--against",
        choices=("before", "version"),
        default="before",
        help="before: the line's own frames of the 7 days before (default); version: the reference file of "
        "the model version, which also shows a drift slower than a week",
    )
    parser.add_argument("--json", action="store_true", help="print one JSON object")
    add_settings(parser, "line")
    parser.set_defaults(run=run)


def run(args: argparse.Namespace) -> int:
    """Look at each camera, tell, and raise or clear its alarm."""
    from marbleline.bootstrap.adapters import open_store
    from marbleline.domain.clock import now
    from marbleline.domain.product_repository import ModelRepository
    from marbleline.training.monitor.drift_alarm import alarm_of
    from marbleline.training.monitor.drift_comparison import HOUR_US, compare_recent

    configuration = configuration_of_a_line(args)
    line = configuration.read(LineSettings).line
    models = ModelRepository(configuration.read(ModelSettings).model)
    store = open_store(configuration)
    at = now()
    found: dict[str, Drift | None] = {}
    try:
        for report in store.cameras():
            since = at - round(args.hours * HOUR_US)
            seen = compare_recent(store, models, line, report.camera, since, own=args.against == "before")
            found[report.camera] = seen
            if seen is not None:
                store.put_alarms([alarm_of(line, report.camera, seen, at)])
    finally:
        store.close()
    _print(found, as_json=args.json)
    return EXIT_DECLINED if any(drift.found for drift in found.values() if drift is not None) else 0


def _print(found: "dict[str, Drift | None]", *, as_json: bool) -> None:
    from marbleline.training.monitor.drift_alarm import in_words
    from marbleline.training.monitor.drift_comparison import LEAST

    if as_json:
        print(json.dumps({camera: drift and asdict(drift) for camera, drift in found.items()}))
        return
    for camera, drift in found.items():
        if drift is None:
            print(f"{camera}: nothing to compare with yet ({LEAST} frames before the span are needed)")
            continue
        print(f"{camera}, {drift.frames} frames: {'DRIFT' if drift.found else 'as before'}")
        for shift in drift.shifts:
            mark = "!" if shift.drifted else " "
            figures = f"PSI {shift.psi:6.2f} (limit {shift.limit:.2f})"
            print(
                f"  {mark} {shift.feature:<19}{figures}  {in_words(shift) if shift.drifted else ''}".rstrip()
            )
