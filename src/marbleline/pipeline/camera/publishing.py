"""The threads between a camera's spool and the broker: one publishes frames, one releases recorded ones."""

import threading

from marbleline.pipeline.camera.handover import Handover
from marbleline.pipeline.camera.outbox import Outbox


class SpoolPublishing:
    """Runs an outbox and a handover of one spool. ``name`` tells threads of several cameras apart."""

    def __init__(self, outbox: Outbox, handover: Handover, name: str = "") -> None:
        suffix = f"-{name}" if name else ""
        self._outbox = outbox
        self._handover = handover
        # Daemons: a broker that blocks must not hold up the end of the process beyond the grace.
        self._publishing = threading.Thread(target=outbox.run, name=f"outbox{suffix}", daemon=True)
        self._releasing = threading.Thread(target=handover.run, name=f"handover{suffix}", daemon=True)

    def start(self) -> None:
        """Start both threads."""
        self._publishing.start()
        self._releasing.start()

    def is_running(self) -> bool:
        """Whether neither of them has ended; one that ended by itself had a defect."""
        return self._publishing.is_alive() and self._releasing.is_alive()

    def finish(self, grace_s: float) -> None:
        """Publish what can be published within ``grace_s`` seconds, and end both threads."""
        self._outbox.finish(grace_s)
        self._handover.finish()
        self._publishing.join(grace_s + 1.0)
        self._releasing.join(1.0)

    def raise_error(self) -> None:
        """Raise what ended one of the threads, if anything did."""
        for error in (self._outbox.error, self._handover.error):
            if error is not None:
                raise error
