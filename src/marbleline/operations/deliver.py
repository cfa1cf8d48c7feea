"""Sends one notification to several receivers, trying those again that are away."""

import threading
import time
from collections.abc import Mapping

from marbleline.backoff import Backoff
from marbleline.domain.notification import Notification
from marbleline.errors import SinkRejected, SinkUnavailable
from marbleline.ports.sink import Sink


def deliver(
    notification: Notification, sinks: Mapping[str, Sink], give_up_s: float, stop: threading.Event
) -> dict[str, str]:
    """Returns who did not get it, each with the reason. One that has it is not sent it again.

    A receiver that refuses it is not asked again; one that is away is, until ``give_up_s`` are over or
    ``stop`` is set. No receiver waits for another one.
    """
    until, backoff = time.monotonic() + give_up_s, Backoff(first_s=0.5, most_s=60.0)
    failed: dict[str, str] = {}
    waiting = dict(sinks)
    while waiting:
        for name, sink in tuple(waiting.items()):
            try:
                sink.send(notification)
            except SinkUnavailable as error:
                failed[name] = str(error)
                continue
            except SinkRejected as error:
                failed[name] = str(error)
            else:
                failed.pop(name, None)
            del waiting[name]
        left = until - time.monotonic()
        if not waiting or left <= 0 or stop.wait(min(left, backoff.next_s())):
            break
    return failed
