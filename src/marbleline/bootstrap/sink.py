"""The worker that tells other systems of verdicts and alarms: a queue and a loop for each receiver."""

import threading
from contextlib import ExitStack, closing
from functools import partial

from marbleline.adapters.sinks.registry import ReceiverSettings
from marbleline.bootstrap.adapters import open_broker, open_sink, open_store
from marbleline.bootstrap.process import Loop, run_loops
from marbleline.domain.clock import now
from marbleline.errors import SettingError
from marbleline.pipeline.consumer import Batching, consume
from marbleline.pipeline.sink import publish_alarms, sending
from marbleline.ports.sink import Sink
from marbleline.ports.topology import sink_queue_name
from marbleline.settings.configuration import Configuration
from marbleline.settings.kinds import pairs
from marbleline.settings.line import LineSettings
from marbleline.settings.report import ReportSettings
from marbleline.settings.sink import SinkSettings


def run(configuration: Configuration, sinks: dict[str, Sink], stop: threading.Event) -> None:
    """Tell each receiver until told to stop."""
    settings = configuration.read(SinkSettings)
    line, give_up_s = configuration.read(LineSettings), settings.sink_give_up_s
    events = line.sink_events
    with ExitStack() as opened:
        loops: dict[str, Loop] = {
            f"tell {name}": partial(
                consume,
                opened.enter_context(closing(open_broker(configuration, f"sink-{name}"))),
                sink_queue_name(name),
                sending(name, opened.enter_context(closing(sink)), events, give_up_s, now),
                Batching(1),
                stop,
            )
            for name, sink in sinks.items()
        }
        # Who tells of no alarms has no need of the store.
        if "alarm" in events:
            store = opened.enter_context(closing(open_store(configuration)))
            broker = opened.enter_context(closing(open_broker(configuration, "sink-alarms")))
            loops["alarms"] = partial(
                publish_alarms, store, broker, line.line, list(sinks), give_up_s, now, stop
            )
        run_loops(configuration, loops, stop)


def open_sinks(configuration: Configuration) -> dict[str, Sink]:
    """Every receiver that ``sinks`` names.

    Raises SettingError if there is none, or a secret is nobody's.
    """
    receivers = configuration.read(LineSettings).sinks
    if not receivers:
        raise SettingError(
            "sinks is empty: name whom to tell, as NAME=https://..., mqtts://... or smtps://..."
        )
    # The receivers of reports have their secrets in the same setting.
    names = {receiver.name for receiver in (*receivers, *configuration.read(ReportSettings).report_to)}
    try:
        strangers = set(pairs(configuration.read(ReceiverSettings).sink_secrets)) - names
    except ValueError as error:
        raise SettingError(f"sink_secrets: allowed is {error}") from None
    if strangers:
        raise SettingError(f"sink_secrets: there is no sink {', '.join(sorted(strangers))}")
    return {one.name: open_sink(configuration, one.name, one.address) for one in receivers}
