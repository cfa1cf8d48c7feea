"""``marbleline dead-letters``: list, show, replay or drop frames that could not be processed."""

import argparse
import json
import sys
from collections import Counter
from collections.abc import Callable, Sequence
from pathlib import Path
from typing import TYPE_CHECKING, Any

from marbleline.cli.options import add_settings, settings_of_a_line
from marbleline.domain.reasons import REASONS
from marbleline.errors import BrokerFull, SettingError

if TYPE_CHECKING:
    from marbleline.ports.broker import Broker, DeadLetter
    from marbleline.workers.dead_letters import Choice


def add(subparsers: Any) -> None:
    """The command's flags."""
    parser = subparsers.add_parser(
        "dead-letters",
        help="list, show, replay or drop frames that could not be processed",
        description="What can't be processed is put away with its reason. Once the cause is gone it can be "
        "sent round again with the same frame_id, or given up; the ledger counts it once either way.",
        epilog="Exit code: 0 done, 1 the broker is away or a queue is full, 2 usage or no such letter.",
    )
    actions = parser.add_subparsers(title="actions", metavar="ACTION", required=True)
    for name, act, text in (
        ("list", _list, "what there is, oldest first"),
        ("show", _show, "one letter whole, and its picture"),
        ("replay", _replay, "send letters back to the queue that each came from"),
        ("drop", _drop, "give letters up for good"),
    ):
        action = actions.add_parser(name, help=text, description=text[0].upper() + text[1:] + ".")
        ids = {"list": "*", "show": 1}.get(name, "*")
        action.add_argument("ids", nargs=ids, metavar="ID", help="a letter's id, as `list` prints it")
        if name != "show":
            action.add_argument(
                "--reason", choices=sorted(REASONS), metavar="REASON", help="only of this reason"
            )
            action.add_argument("--camera", metavar="NAME", help="only of this camera")
        if name in ("replay", "drop"):
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
    from marbleline import wiring

    settings = settings_of_a_line(args)
    broker = wiring.make_broker(settings, "dead-letters")
    try:
        code: int = args.act(broker, args)
    finally:
        broker.close()
    return code


def _list(broker: "Broker", args: argparse.Namespace) -> int:
    from marbleline.workers.dead_letters import choose

    reasons: Counter[str] = Counter()
    for letter in choose(broker, _choice(args)):
        reasons[letter.reason] += 1
        print(json.dumps(_as_dict(letter)) if args.json else _as_line(letter), flush=True)
    if not args.json:
        parts = ", ".join(f"{count} {reason}" for reason, count in reasons.most_common())
        print(f"{reasons.total()} dead letters{': ' + parts if parts else ''}")
    return 0


def _show(broker: "Broker", args: argparse.Namespace) -> int:
    from marbleline.workers.dead_letters import choose, meaning

    letter = next(choose(broker, _choice(args), bodies=True), None)
    if letter is None:
        raise SettingError(
            f"dead letter {args.ids[0]}: there is none; `marbleline dead-letters list` shows them"
        )
    if args.json:
        print(json.dumps(_as_dict(letter)))
    else:
        fields = {**_as_dict(letter), "meaning": meaning(letter.reason)}
        for name, value in fields.items():
            print(f"{name:<13} {value}")
    if args.save is not None:
        args.save.write_bytes(letter.message.body)
        print(f"{len(letter.message.body)} bytes written to {args.save}", file=sys.stderr)
    return 0


def _replay(broker: "Broker", args: argparse.Namespace) -> int:
    from marbleline.workers.dead_letters import replayable

    chosen = _chosen(broker, args)
    again = [letter for letter in chosen if replayable(letter)]
    if len(again) < len(chosen):
        print(
            f"{len(chosen) - len(again)} left where they are: no picture of theirs was kept", file=sys.stderr
        )
    return _act(again, broker.replay, "replayed", dry_run=args.dry_run)


def _drop(broker: "Broker", args: argparse.Namespace) -> int:
    return _act(_chosen(broker, args), broker.drop, "dropped", dry_run=args.dry_run)


def _chosen(broker: "Broker", args: argparse.Namespace) -> "list[DeadLetter]":
    from marbleline.workers.dead_letters import choose

    if not (args.ids or args.reason or args.camera or args.all):
        raise SettingError("say which: by ID, --reason, --camera, or --all")
    return list(choose(broker, _choice(args)))


def _act(
    letters: "Sequence[DeadLetter]", act: Callable[[Sequence[str]], int], done: str, *, dry_run: bool
) -> int:
    from marbleline.workers.dead_letters import in_batches

    if dry_run:
        for letter in letters:
            print(_as_line(letter))
        print(f"{len(letters)} would be {done}")
        return 0
    count = 0
    try:
        for some in in_batches(act, [letter.letter_id for letter in letters]):
            count += some
    except BrokerFull as error:
        print(f"{count} {done}; the rest later: {error}", file=sys.stderr)
        return 1
    print(f"{count} {done}")
    return 0


def _choice(args: argparse.Namespace) -> "Choice":
    from marbleline.workers.dead_letters import Choice

    return Choice(tuple(args.ids), getattr(args, "reason", None), getattr(args, "camera", None))


def _as_dict(letter: "DeadLetter") -> dict[str, object]:
    from marbleline.domain.clock import to_iso

    headers = letter.message.headers
    return {
        "id": letter.letter_id,
        "at": to_iso(letter.at),
        "queue": letter.queue,
        "reason": letter.reason,
        "detail": letter.detail,
        "frame_id": letter.message.message_id,
        "camera": headers.get("camera"),
        "sequence": headers.get("sequence"),
        "slab_id": headers.get("slab_id"),
        "origin": headers.get("origin"),
    }


def _as_line(letter: "DeadLetter") -> str:
    from marbleline.domain.clock import to_iso

    headers = letter.message.headers
    where = f"{headers.get('camera')} #{headers.get('sequence')}"
    return f"{letter.letter_id}  {to_iso(letter.at)[:19]}Z  {where:<16} {letter.reason:<16} {letter.detail}"
