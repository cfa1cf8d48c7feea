"""Pictures of many callers share the threads; the queue has a bound; nobody pays for a neighbour."""

import threading
from collections.abc import Iterator, Sequence

import pytest

from marbleline.adapters.classifiers.litert import LiteRtClassifier
from marbleline.domain.classification import Classification
from marbleline.domain.picture import Pixels
from marbleline.errors import ModelError, RequestQueueFull
from marbleline.tfserving.server.batcher import Batcher, Sizes
from tests.builders import wait_until
from tests.models.tiny_model import TINY, expected, slab


class Gated(LiteRtClassifier):
    """Judges when the gate is open, and remembers how many pictures came at once."""

    gate = threading.Event()
    batches: list[int] = []  # noqa: RUF012
    entered = threading.Semaphore(0)

    def classify(self, images: Sequence[Pixels]) -> Classification:
        if images and images[0].shape[0] != 240:
            raise ModelError("chokes on it")
        Gated.entered.release()
        Gated.gate.wait(30)
        Gated.batches.append(len(images))
        return super().classify(images)


@pytest.fixture
def gated() -> Iterator[type[Gated]]:
    Gated.gate.clear()
    Gated.batches.clear()
    Gated.entered = threading.Semaphore(0)
    yield Gated
    Gated.gate.set()


def open_gated() -> Gated:
    return Gated(TINY / "3", warm=())


def test_answers_belong_to_their_pictures() -> None:
    batcher = Batcher(lambda: LiteRtClassifier(TINY / "3", warm=()), Sizes(threads=2))
    images = [slab("crack", row=number % 15, column=number % 20) for number in range(40)]
    for image, future in zip(images, batcher.submit(images), strict=True):
        assert future.result(30).heatmap == pytest.approx(expected(image, 3).heatmap, abs=1e-4)
    batcher.close()


def test_what_waits_is_judged_together_and_shared_out(gated: type[Gated]) -> None:
    batcher = Batcher(open_gated, Sizes(threads=2, batch=8))
    first = batcher.submit([slab(), slab()])
    for _ in range(2):  # both threads are busy with one each
        assert gated.entered.acquire(timeout=30)
    clients = [batcher.submit([slab()] * 3) for _ in range(4)]
    gated.gate.set()
    for future in [*first, *(one for client in clients for one in client)]:
        future.result(30)
    # 12 of four clients wait: half for the thread that comes first, and so on, none above the limit.
    assert sum(gated.batches) == 14
    assert sorted(gated.batches)[-1] == 6
    assert len(gated.batches) < 14
    batcher.close()


def test_the_queue_has_a_bound(gated: type[Gated]) -> None:
    batcher = Batcher(open_gated, Sizes(threads=1, bound=4))
    taken = batcher.submit([slab()])
    assert gated.entered.acquire(timeout=30)
    waiting = batcher.submit([slab()] * 3)
    with pytest.raises(RequestQueueFull, match="3 pictures wait, the bound is 4"):
        batcher.submit([slab()] * 2)
    waiting += batcher.submit([slab()])
    gated.gate.set()
    assert all(future.result(30) for future in [*taken, *waiting])
    batcher.close()


def test_what_was_cancelled_is_not_judged(gated: type[Gated]) -> None:
    batcher = Batcher(open_gated, Sizes(threads=1))
    taken = batcher.submit([slab()])
    assert gated.entered.acquire(timeout=30)
    waiting = batcher.submit([slab()] * 5)
    assert all(future.cancel() for future in waiting[:4])
    gated.gate.set()
    assert waiting[4].result(30)
    assert taken[0].result(30)
    assert sum(gated.batches) == 2
    batcher.close()


def test_a_picture_that_chokes_the_model_hurts_no_neighbour(gated: type[Gated]) -> None:
    gated.gate.set()
    batcher = Batcher(open_gated, Sizes(threads=1))
    futures = batcher.submit([slab(height=256), slab("crack"), slab(height=256)])
    assert futures[1].result(30)
    for future in (futures[0], futures[2]):
        with pytest.raises(ModelError, match="chokes"):
            future.result(30)
    batcher.close()


def test_closing_judges_what_waits_and_takes_no_more(gated: type[Gated]) -> None:
    batcher = Batcher(open_gated, Sizes(threads=1))
    futures = batcher.submit([slab()] * 3)
    assert gated.entered.acquire(timeout=30)
    closing = threading.Thread(target=batcher.close)
    closing.start()
    wait_until(lambda: batcher._closing)
    with pytest.raises(RequestQueueFull):
        batcher.submit([slab()])
    gated.gate.set()
    closing.join(30)
    assert all(future.done() for future in futures)
