"""Pictures of all clients in one bounded queue, judged in batches on several threads."""

import threading
from collections import deque
from collections.abc import Callable, Sequence
from concurrent.futures import Future
from dataclasses import dataclass

from marbleline.domain.model import Prediction
from marbleline.domain.picture import Pixels
from marbleline.errors import ModelError, RequestQueueFull
from marbleline.ports.classifier import Classifier


@dataclass(frozen=True, slots=True)
class Sizes:
    """``threads`` judge at once, up to ``batch`` pictures in one go; at most ``bound`` wait."""

    threads: int
    batch: int = 8
    bound: int = 256


class Batcher:
    """A batch is whatever waits, shared out among the threads: nobody lingers for a fuller one.

    One client's large request is so spread over all cores, and many clients' small ones are judged together.
    """

    def __init__(self, open_classifier: Callable[[], Classifier], sizes: Sizes) -> None:
        """Opens a classifier per thread, warm when this returns. Raises ModelError."""
        self._sizes = sizes
        self._waiting: deque[tuple[Pixels, Future[Prediction]]] = deque()
        self._changed = threading.Condition()
        self._closing = False
        self._classifiers = [open_classifier() for _ in range(sizes.threads)]
        self.manifest = self._classifiers[0].manifest
        self._threads = [
            threading.Thread(target=self._work, args=(classifier,), name="batcher", daemon=True)
            for classifier in self._classifiers
        ]
        for thread in self._threads:
            thread.start()

    def submit(self, images: Sequence[Pixels]) -> "list[Future[Prediction]]":
        """Queue pictures; a future each. One that is cancelled in time is never judged.

        Raises RequestQueueFull.
        """
        made = [(image, Future[Prediction]()) for image in images]
        with self._changed:
            if self._closing or len(self._waiting) + len(made) > self._sizes.bound:
                raise RequestQueueFull(
                    f"{len(self._waiting)} pictures wait, the bound is {self._sizes.bound}"
                )
            self._waiting.extend(made)
            self._changed.notify(len(made))
        return [future for _, future in made]

    def close(self) -> None:
        """Judge what still waits, then stop."""
        with self._changed:
            self._closing = True
            self._changed.notify_all()
        for thread in self._threads:
            thread.join()
        for classifier in self._classifiers:
            classifier.close()

    def _work(self, classifier: Classifier) -> None:
        while batch := self._take():
            wanted = [(image, future) for image, future in batch if future.set_running_or_notify_cancel()]
            if wanted:
                _judge(classifier, wanted)

    def _take(self) -> list[tuple[Pixels, "Future[Prediction]"]]:
        """A fair share of what waits; empty when closed and done."""
        with self._changed:
            while not self._waiting and not self._closing:
                self._changed.wait()
            share = -(-len(self._waiting) // self._sizes.threads)
            count = min(share, self._sizes.batch)
            return [self._waiting.popleft() for _ in range(count)]


def _judge(classifier: Classifier, batch: Sequence[tuple[Pixels, "Future[Prediction]"]]) -> None:
    try:
        predictions = classifier.classify([image for image, _ in batch]).predictions
    except Exception as error:
        if len(batch) == 1 or not isinstance(error, ModelError):
            for _, future in batch:
                future.set_exception(error)
            return
        # One picture that the model chokes on is not its neighbours' fault.
        for one in batch:
            _judge(classifier, [one])
        return
    for (_, future), prediction in zip(batch, predictions, strict=True):
        future.set_result(prediction)
