"""``marbleline drift``: whether the cameras still see what they saw."""

import argparse
import json
from dataclasses import asdict
from typing import TYPE_CHECKING, Any

from marbleline.cli import SAID_NO
from marbleline.cli.options import add_settings, settings_of_a_line

if TYPE_CHECKING:
    from marbleline.training.drift import Drift


def add(subparsers: Any) -> None:
    """The command's flags."""
    parser = subparsers.add_parser(
        "drift",
        help="compare what the cameras see and the model says with how it was",
        description="Compares the last hour of each camera, and its newest 100 frames by themselves, with "
        "the frames before that hour which the same version judged: brightness, contrast and sharpness of "
        "the pictures, anomaly and probability of a fault, share sent to review. What has drifted beyond "
        "chance raises the alarm drift on the console, with its cause in words; it is cleared once over.",
        epilog="Exit code: 0 no drift, 1 the store is away, 2 usage, 3 drift (it is there when it "
        "is run again too). Meant to be run once an hour, or more often. "
        "Example: marbleline drift --against version",
    )
    parser.add_argument("--hours", type=float, default=1.0, metavar="N", help="look at so many (default: 1)")
    parser.add_argument(
        "--against",
        choices=("before", "version"),
        default="before",
        help="before: the line's own frames of the 7 days before (default); version: the reference that came "
        "with the model version, which a slow drift can't take along",
    )
    parser.add_argument("--json", action="store_true", help="for machines")
    add_settings(parser, "line")
    parser.set_defaults(run=run)


def run(args: argparse.Namespace) -> int:
    """Look at each camera, tell, and raise or clear its alarm."""
    from marbleline import wiring
    from marbleline.domain.clock import now
    from marbleline.training.drift_alarm import alarm_of
    from marbleline.training.drift_watch import HOUR_US, look_at

    settings = settings_of_a_line(args)
    store = wiring.make_store(settings)
    at = now()
    found: dict[str, Drift | None] = {}
    try:
        for report in store.cameras():
            since = at - round(args.hours * HOUR_US)
            seen = look_at(
                store, settings.model, settings.line, report.camera, since, own=args.against == "before"
            )
            found[report.camera] = seen
            if seen is not None:
                store.put_alarms([alarm_of(settings.line, report.camera, seen, at)])
    finally:
        store.close()
    _print(found, as_json=args.json)
    return SAID_NO if any(drift.found for drift in found.values() if drift is not None) else 0


def _print(found: "dict[str, Drift | None]", *, as_json: bool) -> None:
    from marbleline.training.drift_alarm import in_words
    from marbleline.training.drift_watch import LEAST

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
