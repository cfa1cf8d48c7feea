"""``marbleline dead-letters``: list, show, replay or discard messages that could not be processed."""

import argparse
import json
import sys
from collections import Counter
from collections.abc import Callable, Sequence
from pathlib import Path
from typing import TYPE_CHECKING, Any

from marbleline.cli.options import add_settings, configuration_of_a_line
from marbleline.domain.reasons import REASONS
from marbleline.errors import BrokerFull, SettingError

if TYPE_CHECKING:
    from marbleline.operations.dead_letters import DeadLetterFilter
    from marbleline.ports.dead_letters import DeadLetter, DeadLetters


def add(subparsers: Any) -> None:
    """The command's flags."""
    parser = subparsers.add_parser(
        "dead-letters",
        help="list, show, replay or discard messages that could not be processed",
        description="A message that can't be processed becomes a dead letter with a reason. When the "
        "cause is removed, replay it: it is published again with the same frame_id. Or "
        "discard it. The ledger counts the frame once either way.",
        epilog="Exit code: 0 done, 1 the broker is unavailable or a queue is full, 2 usage or no "
        "such dead letter.",
    )
    actions = parser.add_subparsers(title="actions", metavar="ACTION", required=True)
    for name, act, text in (
        ("list", _list, "what there is, oldest first"),
        ("show", _show, "one letter whole, and its picture"),
        ("replay", _replay, "send letters back to the queue that each came from"),
        ("discard", _discard, "discard dead letters; their pictures are deleted"),
    ):
        action = actions.add_parser(name, help=text, description=text[0].upper() + text[1:] + ".")
        ids = {"list": "*", "show": 1}.get(name, "*")
        action.add_argument("ids", nargs=ids, metavar="ID", help="a letter's id, as `list` prints it")
        if name != "show":
            action.add_argument(
                "--reason", choices=sorted(REASONS), metavar="REASON", help="only of this reason"
            )
            action.add_argument("--camera", metavar="NAME", help="only of this camera")
        if name in ("replay", "discard"):
            action.add_argument("--all", action="store_true", help="all of them, if nothing else is given")
            action.add_argument("--dry-run", action="store_true", help="only say which they would be")
        else:
            action.add_argument("--json", action="store_true", help="print one JSON object a line")
        if name == "show":
            action.add_argument(
                "--save", type=Path, metavar="FILE", help="write its picture's bytes to a file"
            )
        add_settings(action, "line")
        action.set_defaults(run=run, act=act)


def run(args: argparse.Namespace) -> int:
    """Do the action."""
    from marbleline.bootstrap.adapters import open_broker

    configuration = configuration_of_a_line(args)
    broker = open_broker(configuration, "dead-letters")
    try:
        code: int = args.act(broker, args)
    finally:
        broker.close()
    return code


def _list(broker: "DeadLetters", args: argparse.Namespace) -> int:
    from marbleline.operations.dead_letters import choose

    reasons: Counter[str] = Counter()
    for dead_letter in choose(broker, _choice(args)):
        reasons[dead_letter.reason] += 1
        print(json.dumps(_as_dict(dead_letter)) if args.json else _as_line(dead_letter), flush=True)
    if not args.json:
        parts = ", ".join(f"{count} {reason}" for reason, count in reasons.most_common())
        print(f"{reasons.total()} dead letters{': ' + parts if parts else ''}")
    return 0


def _show(broker: "DeadLetters", args: argparse.Namespace) -> int:
    from marbleline.operations.dead_letters import choose, meaning

    dead_letter = next(choose(broker, _choice(args), bodies=True), None)
    if dead_letter is None:
        raise SettingError(
            f"dead letter {args.ids[0]}: there is none; `marbleline dead-letters list` shows them"
        )
    if args.json:
        print(json.dumps(_as_dict(dead_letter)))
    else:
        fields = {**_as_dict(dead_letter), "meaning": meaning(dead_letter.reason)}
        for name, value in fields.items():
            print(f"{name:<13} {value}")
    if args.save is not None:
        args.save.write_bytes(dead_letter.message.body)
        print(f"{len(dead_letter.message.body)} bytes written to {args.save}", file=sys.stderr)
    return 0


def _replay(broker: "DeadLetters", args: argparse.Namespace) -> int:
    from marbleline.operations.dead_letters import replayable

    chosen = _chosen(broker, args)
    again = [dead_letter for dead_letter in chosen if replayable(dead_letter)]
    if len(again) < len(chosen):
        print(
            f"{len(chosen) - len(again)} left where they are: no picture of theirs was kept", file=sys.stderr
        )
    return _act(again, broker.replay, "replayed", dry_run=args.dry_run)


def _discard(broker: "DeadLetters", args: argparse.Namespace) -> int:
    return _act(_chosen(broker, args), broker.discard, "discarded", dry_run=args.dry_run)


def _chosen(broker: "DeadLetters", args: argparse.Namespace) -> "list[DeadLetter]":
    from marbleline.operations.dead_letters import choose

    if not (args.ids or args.reason or args.camera or args.all):
        raise SettingError("say which: by ID, --reason, --camera, or --all")
    return list(choose(broker, _choice(args)))


def _act(
    dead_letters: "Sequence[DeadLetter]", act: Callable[[Sequence[str]], int], done: str, *, dry_run: bool
) -> int:
    from marbleline.operations.dead_letters import in_batches

    if dry_run:
        for dead_letter in dead_letters:
            print(_as_line(dead_letter))
        print(f"{len(dead_letters)} would be {done}")
        return 0
    count = 0
    try:
        for some in in_batches(act, [dead_letter.dead_letter_id for dead_letter in dead_letters]):
            count += some
    except BrokerFull as error:
        print(f"{count} {done}; the rest later: {error}", file=sys.stderr)
        return 1
    print(f"{count} {done}")
    return 0


def _choice(args: argparse.Namespace) -> "DeadLetterFilter":
    from marbleline.operations.dead_letters import DeadLetterFilter

    return DeadLetterFilter(tuple(args.ids), getattr(args, "reason", None), getattr(args, "camera", None))


def _as_dict(dead_letter: "DeadLetter") -> dict[str, object]:
    from marbleline.domain.clock import to_iso

    headers = dead_letter.message.headers
    return {
        "id": dead_letter.dead_letter_id,
        "at": to_iso(dead_letter.at),
        "queue": dead_letter.queue,
        "reason": dead_letter.reason,
        "detail": dead_letter.detail,
        "frame_id": dead_letter.message.message_id,
        "camera": headers.get("camera"),
        "sequence": headers.get("sequence"),
        "slab_id": headers.get("slab_id"),
        "origin": headers.get("origin"),
    }


def _as_line(dead_letter: "DeadLetter") -> str:
    from marbleline.domain.clock import to_iso

    headers = dead_letter.message.headers
    where = f"{headers.get('camera')} #{headers.get('sequence')}"
    at = f"{to_iso(dead_letter.at)[:19]}Z"
    return f"{dead_letter.dead_letter_id}  {at}  {where:<16} {dead_letter.reason:<16} {dead_letter.detail}"
