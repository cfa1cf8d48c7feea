"""The slab worker: its broker, its rules, and the store that it asks what is on record."""

import threading
from contextlib import ExitStack, closing
from functools import partial

from marbleline.bootstrap.adapters import open_broker, open_store
from marbleline.bootstrap.process import run_loops
from marbleline.bootstrap.slab_rules import SlabRulesReader, calibration_folder
from marbleline.domain.clock import now
from marbleline.errors import SettingError
from marbleline.operations.calibration_files import read_calibrations
from marbleline.pipeline.calibration_watch import watch_calibrations
from marbleline.pipeline.slab import run_slab_worker
from marbleline.pipeline.slabs_in_flight import SlabsInFlight
from marbleline.settings.configuration import Configuration
from marbleline.settings.line import LineSettings


def run(configuration: Configuration, stop: threading.Event) -> None:
    """Fold the line's slabs until told to stop.

    Raises SettingError unless the line has slabs: its other workers would not fill the queue.
    """
    line = configuration.read(LineSettings)
    if not line.slabs:
        raise SettingError(
            "slabs is false: set it to true for all workers of the line, or run no slab worker"
        )
    with ExitStack() as opened:
        broker = opened.enter_context(closing(open_broker(configuration, "slab")))
        store = opened.enter_context(closing(open_store(configuration)))
        slabs = SlabsInFlight(SlabRulesReader(configuration), now)
        loop = partial(run_slab_worker, broker, line.line, slabs, store.which_slabs_judged, stop)
        alarms = opened.enter_context(closing(open_store(configuration)))
        read = partial(read_calibrations, calibration_folder(configuration))
        watch = partial(watch_calibrations, alarms, line.line, read, now, stop)
        run_loops(configuration, {"slab": loop, "calibrations": watch}, stop)
