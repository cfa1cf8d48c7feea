"""``marbleline judge``: judge pictures or folders of them, without a line."""

import argparse
import json
import sys
import time
from collections import Counter
from collections.abc import Callable, Iterable, Iterator
from pathlib import Path
from typing import TYPE_CHECKING, Any

from marbleline.cli.arguments import whole_number
from marbleline.cli.options import add_settings, configuration_of

if TYPE_CHECKING:
    from marbleline.operations.judge import Failed, JudgedPicture

_COLOURS = {"good": "32", "faulty": "31;1", "review": "33", "error": "35"}
_HEADING = f"{'decision':<8}  {'defect':<6}  {'faulty':>6}  {'anomaly':>7}  {'strongest':>11}  picture"


def add(subparsers: Any) -> None:
    """The command's flags."""
    parser = subparsers.add_parser(
        "judge",
        help="judge picture files without a line",
        description="Judges picture files, and all pictures in folders and their subfolders. Prints a "
        "line per picture as soon as it is judged, in order: decision, most probable defect, "
        "probability that the slab is faulty, anomaly, and the position of the most faulty "
        "cell (x,y in pixels).",
        epilog="Exit code: 0 all were judged, 1 some could not be, 2 usage.",
    )
    parser.add_argument("paths", nargs="+", type=Path, metavar="PATH", help="a picture or a folder")
    parser.add_argument("--json", action="store_true", help="print one JSON object a line")
    parser.add_argument("--heatmap", action="store_true", help="with --json: add the whole heat map")
    parser.add_argument(
        "--jobs",
        type=whole_number(1, 64),
        metavar="N",
        help="pictures judged at once (default: the cores of this machine, up to 4)",
    )
    add_settings(
        parser,
        "model",
        "model_public_key_file",
        "max_frame_bytes",
        "max_pixels",
        "max_decode_bytes",
        "region",
        "masks",
    )
    parser.set_defaults(run=run)


def run(args: argparse.Namespace) -> int:
    """Judge and print; 1 if a path could not be judged."""
    from marbleline.bootstrap.encoder import judged_region, picture_limits
    from marbleline.bootstrap.process import usable_cores
    from marbleline.bootstrap.products import open_product_classifier
    from marbleline.bootstrap.shipped_model import with_shipped_model
    from marbleline.domain.quality import QualityGate
    from marbleline.operations.judge import Failed, judge_all

    configuration = with_shipped_model(configuration_of(args, classifier=""))
    jobs = args.jobs or min(usable_cores(), 4)
    results = judge_all(
        args.paths,
        lambda: open_product_classifier(configuration),
        picture_limits(configuration),
        QualityGate(),
        jobs,
        judged_region(configuration),
    )
    counts: Counter[str] = Counter()
    show = _as_json(args.heatmap) if args.json else _as_row(colour=sys.stdout.isatty())
    if not args.json:
        # A name may hold bytes that are no text.
        sys.stdout.reconfigure(errors="backslashreplace")  # type: ignore[union-attr]
        print(_HEADING, flush=True)
    started = time.monotonic()
    for result in _with_progress(results):
        counts["error" if isinstance(result, Failed) else result.judgement.decision.value] += 1
        print(show(result), flush=True)
    if not args.json:
        print(_summary(counts, time.monotonic() - started), flush=True)
    return 1 if counts["error"] else 0


def _as_json(heatmap: bool) -> "Callable[[JudgedPicture | Failed], str]":
    from marbleline.operations.judge_document import as_document

    return lambda result: json.dumps(as_document(result, heatmap=heatmap))


def _as_row(*, colour: bool) -> "Callable[[JudgedPicture | Failed], str]":
    from marbleline.operations.judge import Failed

    def word(name: str) -> str:
        padded = f"{name:<8}"
        return f"\x1b[{_COLOURS[name]}m{padded}\x1b[0m" if colour else padded

    def row(result: "JudgedPicture | Failed") -> str:
        # A name with a line break in it must not look like two lines.
        path = "".join(
            one if one.isprintable() or "\udc80" <= one <= "\udcff" else repr(one)[1:-1]
            for one in str(result.path)
        )
        if isinstance(result, Failed):
            return f"{word('error')}  {path}: {result.reason}: {result.detail}"
        judgement, peak = result.judgement, result.peak
        where = f"{peak.x:.0f},{peak.y:.0f}" if judgement.defect else ""
        figures = f"{judgement.faulty_probability:>6.3f}  {result.prediction.anomaly:>7.3f}  {where:>11}"
        why = f"  ({', '.join(judgement.reasons)})" if judgement.reasons else ""
        return f"{word(judgement.decision.value)}  {judgement.defect or '':<6}  {figures}  {path}{why}"

    return row


def _with_progress(results: "Iterable[JudgedPicture | Failed]") -> "Iterator[JudgedPicture | Failed]":
    """Count on the terminal, where the results themselves don't go there."""
    shown = sys.stderr.isatty() and not sys.stdout.isatty()
    for number, result in enumerate(results, start=1):
        yield result
        if shown:
            print(f"\r{number} judged", end="", file=sys.stderr, flush=True)
    if shown:
        print(file=sys.stderr)


def _summary(counts: Counter[str], seconds: float) -> str:
    total = sum(counts.values())
    parts = ", ".join(f"{counts[name]} {name}" for name in ("good", "faulty", "review") if counts[name])
    failed = f"; {counts['error']} could not be judged" if counts["error"] else ""
    return f"{total} pictures in {seconds:.1f} s: {parts or 'none judged'}{failed}"
