"""A whole line on one machine: what it checks first, its workers, and its end in order."""

import os
import socket
import sys
import threading
import time
import urllib.error
import urllib.request
import webbrowser
from collections.abc import Callable, Mapping
from contextlib import ExitStack
from dataclasses import dataclass, replace
from importlib.util import find_spec
from pathlib import Path
from typing import Final

from marbleline.adapters.classifiers.registry import CLASSIFIERS
from marbleline.adapters.sources.registry import SyntheticSettings
from marbleline.bootstrap.adapters import open_broker
from marbleline.bootstrap.camera_follower import following
from marbleline.bootstrap.drawn_product import commissioned
from marbleline.bootstrap.ledger import count_ledger
from marbleline.bootstrap.process import start
from marbleline.bootstrap.products import mixed_products
from marbleline.bootstrap.soft_gate import soft_gate
from marbleline.bootstrap.supervisor import LinePlan, Supervisor, locked, supervise
from marbleline.domain.ledger import Ledger
from marbleline.domain.model import Manifest, load_manifest, read_file
from marbleline.domain.version_labels import stable_version
from marbleline.errors import SettingError, Unavailable
from marbleline.ports.topology import is_sink_queue
from marbleline.settings.camera import CameraSettings
from marbleline.settings.configuration import Configuration
from marbleline.settings.console import ConsoleSettings
from marbleline.settings.line import LineSettings, ModelSettings, TelemetrySettings
from marbleline.settings.publisher import PublisherSettings
from marbleline.telemetry.terminal_reporter import comment

Say = Callable[[str], None]
_PLC_PORT: Final = 5020


@dataclass(frozen=True, slots=True)
class LineOptions:
    """How a line is run: what is no setting of any worker.

    ``cameras``     so many with the same settings; None: the [[cameras]] of the file, else one
    ``duration_s``  stop by itself after so long, None: never
    ``commission``  first teach a product with so many drawn slabs; 0: use the model as it is
    ``soft_gate``   run a soft PLC with a reject gate, and a gate station for it
    ``drain_s``     how long to finish what is on its way when stopping
    ``quiet``       tell of no verdict
    """

    cameras: int | None
    encoders: int
    publishers: int
    console: bool
    open_browser: bool
    duration_s: float | None
    drain_s: float
    commission: int
    soft_gate: bool
    quiet: bool


def run(configuration: Configuration, options: LineOptions, say: Say) -> Ledger:
    """Run until stopped; returns the ledger at the end. ``say`` tells what happens, line by line."""
    _check_installed(configuration, options)
    telemetry = configuration.read(TelemetrySettings)
    if telemetry.log_format == "text" and telemetry.log_level == "info":
        configuration = configuration.changed(log_level="warning")  # the terminal is for verdicts
    if options.commission:
        configuration = configuration.changed(model=str(commissioned(configuration, options.commission, say)))
    if options.soft_gate:
        configuration = configuration.changed(slabs="true")  # its triggers are slabs that the ledger counts
    line, model = configuration.read(LineSettings), configuration.read(ModelSettings).model
    assumed = _assumed(configuration, options.cameras)
    plan = LinePlan(
        cameras=[] if assumed else _cameras(configuration, options.cameras),
        encoders=options.encoders,
        publishers=options.publishers,
        console=options.console,
        sink=bool(line.sinks),
        slab=line.slabs,
    )
    manifest = _checked_model(model)
    stop = start(configuration, "line")
    with locked(line.data), ExitStack() as held:
        say(
            f"Line {line.line}: {len(plan.cameras) or 1} camera(s),"
            f" model {manifest.name} version {manifest.version}, data in {line.data}"
        )
        _warn_of_products(configuration, plan, say)
        if options.soft_gate:
            gate = soft_gate(line.data / "soft-plc", _free_port("127.0.0.1", _PLC_PORT), say)
            plan = replace(plan, gate=held.enter_context(gate))
        console = configuration.read(ConsoleSettings)
        port = _free_port(console.console_host, console.console_port) if plan.console else 0
        if plan.console:
            configuration = configuration.changed(console_port=str(port))
        broker = open_broker(configuration, "line")
        feed = broker.subscribe(["verdict.#"], max_length=1000)
        supervisor = Supervisor(configuration, plan)
        follower = held.enter_context(following(configuration, plan.commands(), assumed))
        over = threading.Event()
        reporter = threading.Thread(
            target=comment, args=(feed, say, over, options.quiet), name="terminal-reporter"
        )
        reporter.start()
        try:
            if plan.console:
                _announce_later(f"http://{console.console_host}:{port}", options.open_browser, say, over)
            until = options.duration_s and time.monotonic() + options.duration_s
            supervise(supervisor, stop, until, follower.follow)
        finally:
            try:
                _stop_capturing(configuration, supervisor, options.drain_s, say)
            finally:
                # Draining raises too if a worker refuses its settings; the others must not be left running.
                over.set()
                reporter.join()
                supervisor.stop(cameras=False)
                feed.close()
                broker.close()
        ledger = count_ledger(configuration)
        if supervisor.restarts:
            say(f"Worker restarts: {supervisor.restarts}")
    return ledger


def _check_installed(configuration: Configuration, options: LineOptions) -> None:
    """Raises SettingError naming the extra that the line's workers would miss one after the other."""
    missing = []
    embedded = CLASSIFIERS.find(configuration.read(PublisherSettings).classifier).embedded
    if embedded and find_spec("ai_edge_litert") is None:
        missing.append("LiteRT")
    if options.console and find_spec("streamlit") is None:
        missing.append("Streamlit (unless --no-console)")
    if missing:
        raise SettingError(f"the line needs {' and '.join(missing)}: pip install 'marbleline[demo]'")


def _checked_model(model: Path) -> Manifest:
    """What judges. A corrupt file is refused now, not by each publisher in turn. Raises ModelError."""
    version = stable_version(model)
    manifest = load_manifest(version)
    for name in manifest.files:
        if name.endswith(".tflite"):
            read_file(version, manifest, name)
    return manifest


def _assumed(configuration: Configuration, count: int | None) -> str:
    """The one camera of a line of which nobody said what cameras it has; empty if somebody did."""
    if count is not None or configuration.cameras or configuration.given.keys() & {"camera", "source"}:
        return ""
    return configuration.read(CameraSettings).camera


def _cameras(configuration: Configuration, count: int | None) -> list[Mapping[str, str]]:
    if count is None and configuration.cameras:
        return list(configuration.cameras)
    if count is None or count == 1:
        return [{"camera": configuration.read(CameraSettings).camera}]
    seed = configuration.read(SyntheticSettings).seed
    return [{"camera": f"camera-{number}", "seed": str(seed + number)} for number in range(1, count + 1)]


def _warn_of_products(configuration: Configuration, plan: LinePlan, say: Say) -> None:
    warning = mixed_products(configuration, plan.cameras) if plan.slab else ""
    if warning:
        say(warning)


def _stop_capturing(configuration: Configuration, supervisor: Supervisor, drain_s: float, say: Say) -> None:
    say("Stopping the cameras, then waiting for empty queues ...")
    supervisor.stop(cameras=True)
    _drain(configuration, supervisor, drain_s, say)


def _drain(configuration: Configuration, supervisor: Supervisor, seconds: float, say: Say) -> None:
    """Wait until the queues are empty, at most so long, looking after the workers meanwhile."""
    until = time.monotonic() + seconds
    broker = open_broker(configuration, "line-drain")
    try:
        while time.monotonic() < until:
            supervisor.restart_exited()
            try:
                # A receiver that is away keeps nobody here; what it wasn't told is told at the next start.
                if not any(depth.total for name, depth in broker.depths().items() if not is_sink_queue(name)):
                    return
            except Unavailable as error:
                say(f"Waiting for the broker: {error}")
            time.sleep(0.1)
        say(f"The queues were not empty within {seconds:g} s. Their messages are kept for the next start.")
    finally:
        broker.close()


def _announce_later(address: str, open_browser: bool, say: Say, over: threading.Event) -> None:
    threading.Thread(target=_announce, args=(address, open_browser, say, over), daemon=True).start()


def _announce(address: str, open_browser: bool, say: Say, over: threading.Event) -> None:
    """Say where the console is once it answers, and open it if a screen is there."""
    until = time.monotonic() + 60
    while not over.wait(0.2) and time.monotonic() < until:
        try:
            with urllib.request.urlopen(f"{address}/_stcore/health", timeout=1):  # noqa: S310 - our own console
                break
        except (urllib.error.URLError, OSError):
            continue
    else:
        return
    say(f"Console: {address}")
    screen = sys.platform == "darwin" or os.environ.get("DISPLAY") or os.environ.get("WAYLAND_DISPLAY")
    if open_browser and screen:
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
