"""``marbleline judge``: judge pictures or folders of them, without a line."""

import argparse
import base64
import json
import sys
import time
from collections import Counter
from collections.abc import Callable, Iterable, Iterator
from dataclasses import asdict
from pathlib import Path
from typing import TYPE_CHECKING, Any

from marbleline.cli.options import add_settings, settings_of

if TYPE_CHECKING:
    from marbleline.workers.judging import Failed, Judged

_COLOURS = {"good": "32", "faulty": "31;1", "review": "33", "error": "35"}
_HEADING = f"{'decision':<8}  {'defect':<6}  {'faulty':>6}  {'anomaly':>7}  {'strongest':>11}  picture"


def add(subparsers: Any) -> None:
    """The command's flags."""
    parser = subparsers.add_parser(
        "judge",
        help="judge pictures without a line",
        description="Judges pictures, and folders of them with all that lies below. Each picture's line "
        "comes as soon as it is judged, in order: the decision, the likeliest defect, the probability that "
        "the slab is faulty, how unlike a good slab it looks, and where (x,y in pixels).",
        epilog="Exit code: 0 all were judged, 1 some could not be, 2 usage.",
    )
    parser.add_argument("paths", nargs="+", type=Path, metavar="PATH", help="a picture or a folder")
    parser.add_argument("--json", action="store_true", help="print one JSON object a line")
    parser.add_argument("--heatmap", action="store_true", help="with --json: add the whole heat map")
    parser.add_argument(
        "--jobs",
        type=_jobs,
        metavar="N",
        help="pictures judged at once (default: the cores of this machine, up to 4)",
    )
    add_settings(parser, "model", "max_frame_bytes", "max_pixels")
    parser.set_defaults(run=run)


def run(args: argparse.Namespace) -> int:
    """Judge and print; 1 if a path could not be judged."""
    from marbleline import wiring
    from marbleline.domain.quality import Gate
    from marbleline.workers.judging import Failed, judge_all

    settings = settings_of(args, classifier="")
    jobs = args.jobs or min(wiring.usable_cores(), 4)
    results = judge_all(
        args.paths, lambda: wiring.make_classifier(settings), wiring.limits(settings), Gate(), jobs
    )
    counts: Counter[str] = Counter()
    show = _as_json(args.heatmap) if args.json else _as_row(colour=sys.stdout.isatty())
    if not args.json:
        # A name may hold bytes that are no text.
        sys.stdout.reconfigure(errors="backslashreplace")  # type: ignore[union-attr]
        print(_HEADING, flush=True)
    started = time.monotonic()
    for result in _with_progress(results):
        counts["error" if isinstance(result, Failed) else result.ruling.decision.value] += 1
        print(show(result), flush=True)
    if not args.json:
        print(_summary(counts, time.monotonic() - started), flush=True)
    return 1 if counts["error"] else 0


def as_document(result: "Judged | Failed", *, heatmap: bool = False) -> dict[str, object]:
    """The JSON form of a result; names are those of a verdict's. See docs/judge.md."""
    from marbleline.domain.model import CLASSES
    from marbleline.domain.verdict import heatmap_of
    from marbleline.workers.judging import Failed

    path = str(result.path)
    if isinstance(result, Failed):
        return {"path": path, "error": {"reason": result.reason, "detail": result.detail}}
    manifest, prediction = result.answer.manifest, result.prediction
    document: dict[str, object] = {
        "path": path,
        "decision": result.ruling.decision.value,
        "defect": result.ruling.defect,
        "reasons": list(result.ruling.reasons),
        "scores": {
            name: round(float(score), 6) for name, score in zip(CLASSES, prediction.scores, strict=True)
        },
        "anomaly": round(prediction.anomaly, 6),
        "faulty_probability": round(result.ruling.faulty_probability, 6),
        "heatmap_peak": {
            name: round(value, 6) if isinstance(value, float) else value
            for name, value in asdict(result.peak).items()
        },
        "picture": {
            "sha256": result.sha256,
            "width": result.width,
            "height": result.height,
            "media_type": result.media_type,
        },
        "quality": asdict(result.quality),
        "thresholds": asdict(manifest.thresholds),
        "model": {
            "name": manifest.name,
            "version": manifest.version,
            "digest": manifest.digest,
            "runtime": result.answer.runtime,
        },
    }
    if heatmap:
        cells = heatmap_of(prediction.heatmap)
        document["heatmap"] = {
            "rows": cells.rows,
            "columns": cells.columns,
            "cells": base64.b64encode(cells.cells).decode(),
        }
    return document


def _as_json(heatmap: bool) -> "Callable[[Judged | Failed], str]":
    return lambda result: json.dumps(as_document(result, heatmap=heatmap))


def _as_row(*, colour: bool) -> "Callable[[Judged | Failed], str]":
    from marbleline.workers.judging import Failed

    def word(name: str) -> str:
        padded = f"{name:<8}"
        return f"\x1b[{_COLOURS[name]}m{padded}\x1b[0m" if colour else padded

    def row(result: "Judged | Failed") -> str:
        # A name with a line break in it must not look like two lines.
        path = "".join(
            one if one.isprintable() or "\udc80" <= one <= "\udcff" else repr(one)[1:-1]
            for one in str(result.path)
        )
        if isinstance(result, Failed):
            return f"{word('error')}  {path}: {result.reason}: {result.detail}"
        ruling, peak = result.ruling, result.peak
        where = f"{peak.x:.0f},{peak.y:.0f}" if ruling.defect else ""
        figures = f"{ruling.faulty_probability:>6.3f}  {result.prediction.anomaly:>7.3f}  {where:>11}"
        why = f"  ({', '.join(ruling.reasons)})" if ruling.reasons else ""
        return f"{word(ruling.decision.value)}  {ruling.defect or '':<6}  {figures}  {path}{why}"

    return row


def _with_progress(results: "Iterable[Judged | Failed]") -> "Iterator[Judged | Failed]":
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


def _jobs(text: str) -> int:
    if not text.isdecimal() or not 1 <= int(text) <= 64:
        raise argparse.ArgumentTypeError(f"{text!r}: allowed is a whole number from 1 to 64")
    return int(text)
