"""The publisher: asks the model, decides, publishes and records verdicts; and asks a candidate beside."""

import threading
from contextlib import ExitStack, closing, suppress
from functools import partial

from marbleline.bootstrap.adapters import open_broker, open_store
from marbleline.bootstrap.process import Loop, run_loops, run_once
from marbleline.bootstrap.products import open_classifiers, open_suspect_classifier
from marbleline.bootstrap.recorder import slab_recorder, verdict_recorder
from marbleline.domain.clock import now
from marbleline.domain.quality import QualityGate
from marbleline.errors import StoreUnavailable
from marbleline.pipeline.batch_parts import redelivered
from marbleline.pipeline.consumer import Batching, consume
from marbleline.pipeline.drift_watch import DriftWatch
from marbleline.pipeline.publisher import ignored, publishing_handler
from marbleline.pipeline.shadow import Shadow
from marbleline.pipeline.verdict_builder import DriftRule
from marbleline.ports.topology import ENCODED
from marbleline.settings.configuration import Configuration
from marbleline.settings.line import LineSettings
from marbleline.settings.publisher import PublisherSettings


def run(configuration: Configuration, stop: threading.Event, *, once: bool = False) -> None:
    """Judge and record until told to stop; ``once``: until the queues are empty, without a shadow."""
    settings = configuration.read(PublisherSettings)
    batching = Batching(settings.batch_size, settings.batch_ms)
    line = configuration.read(LineSettings)
    watch = DriftWatch(line.line)
    drift = DriftRule(watch.raised, settings.review_on_drift)
    shadow = Shadow(QualityGate(), now, settings.shadow_share) if settings.shadow and not once else None
    with ExitStack() as opened:
        suspects = open_suspect_classifier(configuration)
        if suspects is not None:
            opened.enter_context(closing(suspects))
        loops: dict[str, Loop] = {}
        # While one batch's verdicts are confirmed, the model has the next one. Brokers and classifiers are
        # used by one thread at a time, so each has its own.
        for number in range(1 if once else settings.batches_in_flight):
            broker = opened.enter_context(closing(open_broker(configuration, "publisher")))
            classifiers = opened.enter_context(closing(open_classifiers(configuration)))
            work = publishing_handler(
                classifiers, QualityGate(), now, shadow.offer if shadow else ignored, suspects, drift
            )
            loops[f"publish-{number + 1}"] = partial(
                consume, broker, ENCODED.name, work, batching, stop, once=once, alone=redelivered
            )
        loops["record"] = verdict_recorder(configuration, opened, stop, once=once)
        if line.slabs:
            loops["record slabs"] = slab_recorder(configuration, opened, stop, once=once)
        alarms = opened.enter_context(closing(open_store(configuration)))
        if once:
            with suppress(StoreUnavailable):
                watch.poll(alarms)
            run_once(loops)
            return
        loops["drift"] = partial(watch.run, alarms, stop)
        if shadow:
            candidates = opened.enter_context(closing(open_classifiers(configuration, settings.shadow)))
            store = opened.enter_context(closing(open_store(configuration)))
            loops["shadow"] = partial(shadow.run, candidates, store, stop)
        run_loops(configuration, loops, stop, background=["record", "shadow", "drift"])
