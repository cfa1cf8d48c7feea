"""The recorders: loops of the encoder and the publisher that write what is on record to the store."""

import threading
from contextlib import ExitStack, closing
from functools import partial

from marbleline.bootstrap.adapters import open_broker, open_store
from marbleline.bootstrap.process import Loop
from marbleline.pipeline.consumer import consume
from marbleline.pipeline.receipts import FRAME, VERDICT, Receipts
from marbleline.pipeline.recorder import (
    FRAMES_AT_ONCE,
    VERDICTS_AT_ONCE,
    frame_recording_handler,
    slab_recording_handler,
    verdict_recording_handler,
)
from marbleline.ports.topology import FRAME_RECORDS, SLAB_RECORDS, VERDICT_RECORDS
from marbleline.settings.configuration import Configuration


def frame_recorder(
    configuration: Configuration, opened: ExitStack, stop: threading.Event, *, once: bool
) -> Loop:
    """Records frames and cameras' reports. ``opened`` closes its connections."""
    broker = opened.enter_context(closing(open_broker(configuration, "encoder-recorder")))
    store = opened.enter_context(closing(open_store(configuration)))
    record = frame_recording_handler(store, Receipts(broker, FRAME))
    return partial(consume, broker, FRAME_RECORDS.name, record, FRAMES_AT_ONCE, stop, once=once)


def verdict_recorder(
    configuration: Configuration, opened: ExitStack, stop: threading.Event, *, once: bool
) -> Loop:
    """Records verdicts. ``opened`` closes its connections."""
    broker = opened.enter_context(closing(open_broker(configuration, "publisher-recorder")))
    store = opened.enter_context(closing(open_store(configuration)))
    record = verdict_recording_handler(store, Receipts(broker, VERDICT))
    return partial(consume, broker, VERDICT_RECORDS.name, record, VERDICTS_AT_ONCE, stop, once=once)


def slab_recorder(
    configuration: Configuration, opened: ExitStack, stop: threading.Event, *, once: bool
) -> Loop:
    """Records slab verdicts. ``opened`` closes its connections."""
    broker = opened.enter_context(closing(open_broker(configuration, "slab-recorder")))
    store = opened.enter_context(closing(open_store(configuration)))
    record = slab_recording_handler(store)
    return partial(consume, broker, SLAB_RECORDS.name, record, VERDICTS_AT_ONCE, stop, once=once)
