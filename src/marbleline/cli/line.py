"""``marbleline line``: all workers on this machine, and what happens, on the terminal."""

import argparse
import os
import socket
import sys
import threading
import time
import urllib.error
import urllib.request
import webbrowser
from contextlib import suppress
from pathlib import Path
from typing import Any

from marbleline.cli.options import add_settings, settings_of
from marbleline.cli.process import start
from marbleline.errors import SettingError
from marbleline.settings import Settings


def add(subparsers: Any) -> None:
    """The command's flags."""
    parser = subparsers.add_parser(
        "line",
        help="run a whole line on this machine: cameras, encoder, publisher, console",
        description="Runs a whole line on this machine, one process per worker, and starts again what dies. "
        "Ctrl-C stops the cameras, finishes what is on its way, stops the rest and prints the ledger.",
        epilog="Exit code: 0 the ledger balances, 1 it does not, 2 usage.",
    )
    parser.add_argument(
        "--cameras",
        type=_count,
        metavar="N",
        help="N cameras with the same settings (default: 1, or the [[cameras]] of the --config file)",
    )
    parser.add_argument(
        "--images",
        type=Path,
        metavar="FOLDER",
        help="replay the pictures of a folder; short for --source folder:FOLDER",
    )
    parser.add_argument(
        "--encoders", type=_count, default=1, metavar="N", help="encoder processes (default: 1)"
    )
    parser.add_argument(
        "--publishers", type=_count, default=1, metavar="N", help="publisher processes (default: 1)"
    )
    parser.add_argument("--duration", type=_seconds, metavar="SECONDS", help="stop by itself after so long")
    parser.add_argument(
        "--drain",
        type=_seconds,
        default=30,
        metavar="SECONDS",
        help="how long to finish what is on its way when stopping (default: 30)",
    )
    parser.add_argument("--no-console", action="store_true", help="run no console")
    parser.add_argument(
        "--open", action="store_true", help="open the console in the browser, if there is a screen"
    )
    parser.add_argument("--quiet", action="store_true", help="don't print verdicts")
    add_settings(parser, "line", "camera", "encoder", "publisher", "webhook", "console")
    parser.set_defaults(run=run)


def run(args: argparse.Namespace) -> int:
    """Run until stopped; 1 if the ledger doesn't balance at the end."""
    from marbleline import wiring
    from marbleline.cli.ledger import as_table
    from marbleline.domain.model import load_manifest, read_file
    from marbleline.domain.version_labels import stable_version
    from marbleline.line import Crew, Plan, locked, supervise
    from marbleline.telemetry.commentary import comment

    changes = {"source": f"folder:{args.images}"} if args.images else {}
    if args.images and not args.images.is_dir():
        raise SettingError(f"--images {args.images}: there is no such folder")
    settings = settings_of(args, **changes)
    if settings.log_format == "text" and settings.log_level == "info":
        settings = settings.with_(log_level="warning")  # the terminal is for verdicts
    plan = Plan(
        cameras=_cameras(settings, args.cameras),
        encoders=args.encoders,
        publishers=args.publishers,
        console=not args.no_console,
        webhook=bool(settings.webhooks),
    )
    version = stable_version(settings.model)
    manifest = load_manifest(version)
    for name in manifest.files:
        if name.endswith(".tflite"):
            read_file(version, manifest, name)  # a corrupt one is refused now, not by each publisher in turn
    stop = start(settings, "line")
    with locked(settings.data):
        _say(
            f"Line {settings.line}: {len(plan.cameras)} camera(s),"
            f" model {manifest.name} version {manifest.version}, data in {settings.data}"
        )
        if plan.console:
            settings = settings.with_(console_port=_free_port(settings.console_host, settings.console_port))
        broker = wiring.make_broker(settings, "line")
        feed = broker.subscribe(["verdict.#"], bound=1000)
        crew = Crew(settings, plan)
        over = threading.Event()
        talk = threading.Thread(target=comment, args=(feed, _say, over, args.quiet), name="commentary")
        talk.start()
        try:
            if plan.console:
                threading.Thread(target=_announce, args=(settings, args.open, over), daemon=True).start()
            supervise(crew, stop, time.monotonic() + args.duration if args.duration else None)
        finally:
            _say("Stopping: cameras first, then what is on its way ...")
            crew.stop(cameras=True)
            _drain(settings, crew, args.drain)
            over.set()
            talk.join()
            crew.stop(cameras=False)
            feed.close()
            broker.close()
        ledger = wiring.count_ledger(settings)
        if crew.restarts:
            _say(f"Workers started again: {crew.restarts}")
        print(as_table(ledger), flush=True)
    return 0 if ledger.balanced else 1


def _cameras(settings: Settings, count: int | None) -> list[dict[str, Any]]:
    if count is None and settings.cameras:
        return list(settings.cameras)
    if count is None or count == 1:
        return [{"camera": settings.camera}]
    return [{"camera": f"camera-{number}", "seed": settings.seed + number} for number in range(1, count + 1)]


def _drain(settings: Settings, crew: Any, seconds: float) -> None:
    """Wait until the queues are empty, at most so long, looking after the workers meanwhile."""
    from marbleline import wiring
    from marbleline.errors import Unavailable
    from marbleline.ports.topology import is_webhook

    until = time.monotonic() + seconds
    broker = wiring.make_broker(settings, "line-drain")
    try:
        while time.monotonic() < until:
            crew.look_after()
            try:
                # A receiver that is away keeps nobody here; what it wasn't told is told at the next start.
                if not any(depth.total for name, depth in broker.depths().items() if not is_webhook(name)):
                    return
            except Unavailable as error:
                _say(f"Waiting for the broker: {error}")
            time.sleep(0.1)
        _say(f"Not all was finished within {seconds:g} s; the rest is safe and goes on at the next start.")
    finally:
        broker.close()


def _announce(settings: Settings, wanted: bool, over: threading.Event) -> None:
    """Say where the console is once it answers, and open it if a screen is there."""
    address = f"http://{settings.console_host}:{settings.console_port}"
    until = time.monotonic() + 60
    while not over.wait(0.2) and time.monotonic() < until:
        try:
            with urllib.request.urlopen(f"{address}/_stcore/health", timeout=1):  # noqa: S310 - our own console
                break
        except (urllib.error.URLError, OSError):
            continue
    else:
        return
    _say(f"Console: {address}")
    screen = sys.platform == "darwin" or os.environ.get("DISPLAY") or os.environ.get("WAYLAND_DISPLAY")
    if wanted and screen:
        webbrowser.open(address)


def _free_port(host: str, port: int) -> int:
    """The port, or the next free one of the following twenty."""
    for candidate in range(port, port + 20):
        with socket.socket() as probe:
            probe.setsockopt(socket.SOL_SOCKET, socket.SO_REUSEADDR, 1)
            try:
                probe.bind((host, candidate))
            except OSError:
                continue
            return candidate
    return port


def _count(text: str) -> int:
    if not text.isdecimal() or not 1 <= int(text) <= 64:
        raise argparse.ArgumentTypeError(f"is {text!r}: allowed is a whole number from 1 to 64")
    return int(text)


def _seconds(text: str) -> float:
    try:
        seconds = float(text)
    except ValueError:
        seconds = -1.0
    if not 0 <= seconds <= 10**9:
        raise argparse.ArgumentTypeError(f"is {text!r}: allowed is a number of seconds, 0 or more")
    return seconds


def _say(text: str) -> None:
    # A terminal that was closed must not keep the line from stopping in order.
    with suppress(OSError):
        print(text, file=sys.stderr, flush=True)
