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

import msgspec

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


def as_document(result: "JudgedPicture | Failed", *, heatmap: bool = False) -> dict[str, object]:
    """The JSON form of a result; names are those of a verdict's. See docs/judge.md."""
    from marbleline.domain.defect_regions import find_regions
    from marbleline.domain.model import CLASSES
    from marbleline.domain.region import masks_text, shape_text
    from marbleline.domain.strangest_patch import patch_in_picture
    from marbleline.domain.verdict import heatmap_of, windows_in_picture
    from marbleline.operations.judge import Failed

    path = str(result.path)
    if isinstance(result, Failed):
        return {"path": path, "error": {"reason": result.reason, "detail": result.detail}}
    manifest, prediction = result.answer.manifest, result.prediction
    document: dict[str, object] = {
        "path": path,
        "decision": result.judgement.decision.value,
        "defect": result.judgement.defect,
        "reasons": list(result.judgement.reasons),
        "scores": {
            name: round(float(score), 6) for name, score in zip(CLASSES, prediction.scores, strict=True)
        },
        "anomaly": round(prediction.anomaly, 6),
        "faulty_probability": round(result.judgement.faulty_probability, 6),
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
        "quality": msgspec.structs.asdict(result.quality),
        "thresholds": msgspec.structs.asdict(manifest.thresholds),
        "model": {
            "name": manifest.name,
            "version": manifest.version,
            "digest": manifest.digest,
            "runtime": result.answer.runtime,
        },
    }
    if result.region is not None:
        document["region"] = shape_text(result.region.outline)
        document["masks"] = masks_text(result.region.masks)
    windows = windows_in_picture(prediction.windows, result.width, result.height, result.region)
    if windows is not None:
        document["windows"] = msgspec.structs.asdict(windows)
    cells = heatmap_of(prediction.heatmap, result.region)
    regions = find_regions(cells.grid(), result.judgement.decision, result.judgement.defect)
    document["defects"] = msgspec.to_builtins(regions)
    if regions and (patch := patch_in_picture(prediction.strangest, result.region)) is not None:
        document["strangest"] = msgspec.to_builtins(patch)
    if heatmap:
        document["heatmap"] = {
            "rows": cells.rows,
            "columns": cells.columns,
            "cells": base64.b64encode(cells.cells).decode(),
        }
    return document


def _as_json(heatmap: bool) -> "Callable[[JudgedPicture | Failed], str]":
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
