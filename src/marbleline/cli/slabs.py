"""``marbleline slabs``: list slab verdicts, and show one with its tiles and defects."""

import argparse
import json
import sys
from contextlib import closing
from typing import TYPE_CHECKING, Any

from marbleline.cli.options import add_settings, configuration_of_a_line

if TYPE_CHECKING:
    from marbleline.domain.slab import SlabVerdict


def add(subparsers: Any) -> None:
    """The command's flags."""
    parser = subparsers.add_parser(
        "slabs",
        help="list slab verdicts, or show one with its tiles and defects",
        description="Lists the newest slab verdicts, or shows those of one slab: tiles, defects, grade.",
        epilog="Exit code: 0 found, 1 there is no such slab, 2 usage. Example: marbleline slabs show B-1204",
    )
    actions = parser.add_subparsers(dest="action", required=True, metavar="ACTION")
    list_parser = actions.add_parser("list", help="the newest slab verdicts, one a line")
    list_parser.add_argument("--limit", type=int, default=20, metavar="N", help="how many (default: 20)")
    list_parser.add_argument("--decision", choices=["good", "faulty", "review"], help="only these")
    show_parser = actions.add_parser("show", help="one slab's verdicts")
    show_parser.add_argument("slab_id", metavar="SLAB", help="its slab id, or its slab verdict id")
    for action in (list_parser, show_parser):
        action.add_argument("--json", action="store_true", help="print the documents, one a line")
        add_settings(action, "line")
    parser.set_defaults(run=run)


def run(args: argparse.Namespace) -> int:
    """Print what was asked for; 1 if there is no such slab."""
    from marbleline.bootstrap.adapters import open_store
    from marbleline.domain.decision import Decision
    from marbleline.ports.slab_verdicts import SlabQuery

    with closing(open_store(configuration_of_a_line(args))) as store:
        if args.action == "list":
            decision = Decision(args.decision) if args.decision else None
            found = store.slab_verdicts(SlabQuery(decision=decision), args.limit)
        else:
            by_id = store.slab_verdict(args.slab_id)
            found = [by_id] if by_id else store.slab_verdicts(SlabQuery(slab_id=args.slab_id), 100)
    if args.action == "show" and not found:
        print(f"marbleline: there is no verdict on slab {args.slab_id}", file=sys.stderr)
        return 1
    for slab in found:
        if args.json:
            print(json.dumps(slab.to_document(), ensure_ascii=False))
        else:
            print(_line(slab) if args.action == "list" else _page(slab))
    return 0


def _line(slab: "SlabVerdict") -> str:
    from marbleline.domain.clock import to_iso

    what = " ".join(filter(None, [slab.decision.value, slab.defect, slab.grade and f"grade {slab.grade}"]))
    reasons = f"  {', '.join(slab.reasons)}" if slab.reasons else ""
    return (
        f"{to_iso(slab.triggered_at)[:23]}Z  {slab.slab_id}  {what}"
        f"  {slab.frames_seen}/{slab.frames_expected} tiles  {len(slab.defects)} defects{reasons}"
    )


def _page(slab: "SlabVerdict") -> str:
    from marbleline.domain.slab import SLAB_REASONS

    unit = "mm" if slab.unit == "mm" else "of the slab's side"
    digits = 1 if slab.unit == "mm" else 3
    reasons = [f"because {SLAB_REASONS[one]}" for one in slab.reasons if one in SLAB_REASONS]
    lines = [_line(slab), *reasons, f"size {slab.width:.{digits}f} x {slab.height:.{digits}f} {unit}"]
    for tile in slab.tiles:
        said = "missing" if tile.decision is None else f"{tile.decision.value} {tile.defect or ''}".strip()
        lines.append(
            f"  tile {tile.tile}: {said}{', late' if tile.late else ''}  {tile.frame_id or ''}".rstrip()
        )
    lines += [
        f"  {one.defect} {one.probability:.0%} at {one.x:.{digits}f}, {one.y:.{digits}f},"
        f" {one.width:.{digits}f} x {one.height:.{digits}f}, length {one.length:.{digits}f} {unit}"
        f" (to within {one.cell:.{digits}f}), on tile {', '.join(map(str, one.tiles))}"
        for one in slab.defects
    ]
    return "\n".join(lines)
