"""``marbleline softplc``: a PLC in software with a belt of slabs, to try a gate station on."""

import argparse
import json
import signal
import sys
import threading
import time
from collections import Counter
from pathlib import Path
from typing import Any

from marbleline.cli.options import add_supervised


def add(subparsers: Any) -> None:
    """The command's flags."""
    parser = subparsers.add_parser(
        "softplc",
        help="run a PLC in software with a belt and a reject gate, to try a gate station on",
        description="Plays the PLC of docs/plc.md: slabs come along a belt, each gives a trigger, and the "
        "gate opens for those that the gate station calls good. The camera above its belt is the source "
        "belt:FOLDER. For the demo, for tests and for commissioning before the plant's PLC is there. Runs "
        "until SIGTERM or Ctrl-C, then says what passed.",
        epilog="Exit code: 0 stopped, 2 usage.",
    )
    parser.add_argument("folder", type=Path, help="keeps belt, pictures, log and last sequence")
    parser.add_argument("--host", default="127.0.0.1", help="address to listen on (default: 127.0.0.1)")
    parser.add_argument("--modbus", type=int, default=0, metavar="PORT", help="serve Modbus TCP here")
    parser.add_argument("--s7", type=int, default=0, metavar="PORT", help="serve S7 (data block 1) here")
    parser.add_argument("--rate", type=float, default=2.0, help="slabs per second (default: 2)")
    parser.add_argument(
        "--faulty-share", type=float, default=0.25, metavar="SHARE", help="of the slabs (default: 0.25)"
    )
    parser.add_argument("--seed", type=int, default=1, help="which slabs are faulty (default: 1)")
    parser.add_argument(
        "--resume", action="store_true", help="go on with the belt and the pictures in FOLDER"
    )
    parser.add_argument("--trusting", action="store_true", help=argparse.SUPPRESS)
    parser.add_argument("--tear-ms", type=float, default=0.0, help=argparse.SUPPRESS)
    add_supervised(parser)
    parser.set_defaults(run=run)


def run(args: argparse.Namespace) -> int:
    """Run until told to stop."""
    from marbleline.errors import SettingError
    from marbleline.softplc.belt import PITCH_MM, Belt, read_belt, write_belt
    from marbleline.softplc.log import read_events
    from marbleline.softplc.program import PlcLimits
    from marbleline.softplc.run import BELT, LOG, PlcServers, run_soft_plc

    if not args.modbus and not args.s7:
        raise SettingError("softplc: give --modbus PORT or --s7 PORT, where gate stations reach it")
    args.folder.mkdir(parents=True, exist_ok=True)
    if args.resume:
        belt = read_belt(args.folder / BELT)
    else:
        from marbleline.softplc.pictures import draw_pictures

        draw_pictures(args.folder / "pictures", args.seed)
        belt = Belt(
            start=time.monotonic(),
            speed_mm_s=args.rate * PITCH_MM,
            faulty_share=args.faulty_share,
            seed=args.seed,
        )
        write_belt(belt, args.folder / BELT)
        (args.folder / LOG).unlink(missing_ok=True)
    stop = threading.Event()
    for number in (signal.SIGTERM, signal.SIGINT):
        signal.signal(number, lambda *_: stop.set())
    if args.supervised:
        threading.Thread(target=_stop_with_parent, args=(stop,), daemon=True).start()
    limits = PlcLimits(gate_mm=belt.gate_mm, trusting=args.trusting)
    servers = PlcServers(args.host, args.modbus, args.s7, args.tear_ms / 1000)
    run_soft_plc(args.folder, belt, limits, servers, stop)
    events = [one for one in read_events(args.folder / LOG) if one["event"] == "gate"]
    counts = Counter(str(one["cause"]) for one in events)
    print(json.dumps({"passed": sum(bool(one["passed"]) for one in events), "causes": dict(counts)}))
    return 0


def _stop_with_parent(stop: threading.Event) -> None:
    while sys.stdin.buffer.read(1):
        pass
    stop.set()
