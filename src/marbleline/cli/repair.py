"""``marbleline repair``: save what is readable of damaged files, and say what is gone."""

import argparse
import json
from dataclasses import asdict
from typing import TYPE_CHECKING, Any, Final

from marbleline.cli.options import add_settings, configuration_of_a_line
from marbleline.settings.line import LineSettings

if TYPE_CHECKING:
    from marbleline.operations.repair import FileReport, RepairReport
    from marbleline.operations.repair_account import CameraAccount
    from marbleline.operations.review_queue import QueueReport

_NAMED: Final = 20


def add(subparsers: Any) -> None:
    """The command's flags."""
    parser = subparsers.add_parser(
        "repair",
        help="recover damaged files of the embedded broker and store; complete a server's review queue",
        description="Checks broker.db and store.db of a line that is stopped. Of a damaged file, it "
        "copies every row that is readable and correct into a new file, which replaces it; "
        "the damaged file is kept beside the new one. Frames that have their picture and lost "
        "their verdict are judged again at the next start; cameras publish the frames in "
        "their spools again. The report says per camera how many frames are lost, and which.",
        epilog="Exit code: 0 nothing was damaged, or nothing is lost; 1 something is lost, the "
        "repair failed, or the line runs; 2 usage. With --dry-run, the same for what would be "
        "done.",
    )
    parser.add_argument(
        "--dry-run", action="store_true", help="only report what would be recovered and what is lost"
    )
    parser.add_argument("--json", action="store_true", help="print one JSON object")
    add_settings(parser, "line", "sinks")
    parser.set_defaults(run=run)


def run(args: argparse.Namespace) -> int:
    """Repair, and print what became of the files and of each camera's frames."""
    from marbleline.bootstrap.repair import damaged_line
    from marbleline.bootstrap.supervisor import locked
    from marbleline.domain.clock import now
    from marbleline.operations.repair import repair

    configuration = configuration_of_a_line(args)
    with locked(configuration.read(LineSettings).data):
        line = damaged_line(configuration)
        try:
            report = repair(line, now(), dry_run=args.dry_run)
        finally:
            line.close()
    print(as_json(report) if args.json else as_text(report, dry_run=args.dry_run))
    return 0 if report.whole else 1


def as_json(report: "RepairReport") -> str:
    """One JSON object: ``damaged``, ``whole``, ``files``, ``cameras``, ``review_queue``.

    Sequences are [first, last] ranges.
    """
    from marbleline.operations.repair_account import ranges

    files = [
        {
            "name": file.name,
            "path": str(file.path),
            "problems": file.problems,
            "kept": file.salvaged.kept if file.salvaged else None,
            "gone": file.salvaged.gone if file.salvaged else None,
            "damaged_pages": file.salvaged.damaged if file.salvaged else 0,
            "aside": str(file.aside) if file.aside else None,
        }
        for file in report.files
    ]
    cameras = None
    if report.cameras is not None:
        cameras = [
            {
                **asdict(one),
                "gone": len(one.gone),
                "gone_sequences": ranges(list(one.gone)),
                "gone_frame_ids": {sequence: name for sequence, name in one.gone.items() if name},
                "pictures_gone": ranges(one.pictures_gone),
            }
            for one in report.cameras
        ]
    return json.dumps(
        {
            "damaged": report.damaged,
            "whole": report.whole,
            "files": files,
            "cameras": cameras,
            "review_queue": asdict(report.queue) if report.queue else None,
        }
    )


def as_text(report: "RepairReport", *, dry_run: bool) -> str:
    """For people: a paragraph a file, a paragraph a camera."""
    lines = [text for file in report.files for text in _file(file, dry_run)]
    if report.cameras is None:
        lines.append("The store is a server: `marbleline ledger` counts what is gone.")
        lines.append(_queue(report.queue))
    for camera in report.cameras or ():
        lines += _camera(camera)
    if report.damaged and not dry_run:
        lines.append("Start the line again; then `marbleline ledger`.")
    return "\n".join(lines)


def _file(file: "FileReport", dry_run: bool) -> list[str]:
    if not file.problems:
        return [f"{file.name} {file.path}: sound"]
    lines = [f"{file.name} {file.path}: damaged", *(f"  {text}" for text in file.problems[:5])]
    if file.salvaged is not None:
        kept, gone = sum(file.salvaged.kept.values()), sum(file.salvaged.gone.values())
        lines.append(
            f"  {kept} rows {'can be' if dry_run else 'were'} saved, {gone} are gone;"
            f" {file.salvaged.damaged} of {file.salvaged.pages} pages are damaged"
        )
        lines += [f"  {table}: {count} gone" for table, count in file.salvaged.gone.items() if count]
    if file.aside is not None:
        lines.append(f"  the damaged file is kept as {file.aside}")
    return lines


def _queue(one: "QueueReport | None") -> str:
    if one is None:
        return "review queue: a dry run does not look at it"
    return f"review queue: {one.added} of {one.reviews} slabs that were sent to review were not in it"


def _camera(one: "CameraAccount") -> list[str]:
    from marbleline.operations.repair_account import ranges

    lines = [
        f"{one.camera}: {one.captured} captured, {one.judged} judged, {one.under_way} under way,"
        f" {one.dead_lettered} dead-lettered, {one.again} to be judged again, {len(one.gone)} gone"
    ]
    if one.gone:
        lines.append(f"  gone are the sequences {_in_words(ranges(list(one.gone)))}")
        named = [name for name in one.gone.values() if name]
        lines += [f"    {name}" for name in named[:_NAMED]]
        if len(named) > _NAMED:
            lines.append(f"    and {len(named) - _NAMED} more: see --json")
    if one.pictures_gone:
        lines.append(
            f"  {len(one.pictures_gone)} judged frames have lost their picture:"
            f" {_in_words(ranges(one.pictures_gone))}"
        )
    return lines


def _in_words(found: list[tuple[int, int]]) -> str:
    texts = [str(first) if first == last else f"{first} to {last}" for first, last in found[:_NAMED]]
    more = f" and {len(found) - _NAMED} more ranges: see --json" if len(found) > _NAMED else ""
    return ", ".join(texts) + more
