"""Somebody who waits for verdicts, as a console does, and notes when each came."""

import threading
import time
from collections.abc import Iterator
from contextlib import closing, contextmanager
from dataclasses import dataclass, field

from benchmarks.saturated import connect
from benchmarks.servers import Place
from marbleline.domain.clock import now
from marbleline.domain.verdict import Verdict


@dataclass
class Heard:
    """Verdicts, each with the moment when it arrived (microseconds UTC)."""

    verdicts: list[tuple[int, Verdict]] = field(default_factory=list)

    def delays_ms(self) -> list[float]:
        """From capture to arrival, sorted."""
        return sorted((at - verdict.frame.captured_at) / 1000 for at, verdict in self.verdicts)

    def model_ms(self) -> list[float]:
        """What of that the model took, sorted."""
        return sorted(
            (one.stages.classified_at - one.stages.publisher_taken_at) / 1000 for _, one in self.verdicts
        )

    def overheads_ms(self) -> list[float]:
        """What was left beside the model, sorted."""
        return sorted(
            (at - one.frame.captured_at - one.stages.classified_at + one.stages.publisher_taken_at) / 1000
            for at, one in self.verdicts
        )


@contextmanager
def listening(place: Place) -> Iterator[Heard]:
    """Hear every verdict until the block ends."""
    heard, over = Heard(), threading.Event()
    with closing(connect(place)) as broker, closing(broker.subscribe(["verdict.#"], 100_000)) as feed:

        def listen() -> None:
            while not over.is_set():
                for message in feed.receive(100, 0.2):
                    at = now()
                    heard.verdicts.append((at, Verdict.from_json(message.body)))

        thread = threading.Thread(target=listen)
        thread.start()
        try:
            yield heard
        finally:
            over.set()
            thread.join()


def percentile(values: list[float], share: float) -> float:
    """Of sorted values; 0 if there are none."""
    return values[min(len(values) - 1, int(len(values) * share))] if values else 0.0


def pause(seconds: float) -> None:
    """Let the line run. A bench measures over a time; no test does."""
    time.sleep(seconds)
