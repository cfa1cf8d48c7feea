"""While the server is away the embedded classifier answers, says so, and steps back by itself."""

from collections.abc import Callable, Sequence
from dataclasses import replace

import pytest

from marbleline.adapters.classifiers.fallback import FallbackClassifier
from marbleline.adapters.classifiers.litert import LiteRtClassifier
from marbleline.domain.classification import Classification
from marbleline.domain.model import Manifest
from marbleline.domain.picture import Pixels
from marbleline.errors import ClassifierUnavailable, ModelError
from tests.builders import wait_until
from tests.models.tiny_model import TINY, slab


class Server(LiteRtClassifier):
    """A server's classifier that fails as it is told to."""

    def __init__(self, version: int = 3) -> None:
        super().__init__(TINY / str(version), warm=())
        self.failure: Exception | None = None
        self.asked: list[int] = []
        self.closed = 0

    @property
    def runtime(self) -> str:
        return "tensorflow-serving"

    def classify(self, images: Sequence[Pixels]) -> Classification:
        self.asked.append(len(images))
        if self.failure is not None:
            raise self.failure
        return replace(super().classify(images), runtime=self.runtime)

    def check(self) -> None:
        if self.failure is not None:
            raise self.failure

    def close(self) -> None:
        self.closed += 1


class Clock:
    now = 100.0

    def __call__(self) -> float:
        return self.now


AWAY = ClassifierUnavailable("model server: UNAVAILABLE")


def embedded(manifest: Manifest) -> LiteRtClassifier:
    return LiteRtClassifier(TINY / str(manifest.version), warm=())


def fallback_of(
    server: Server,
    clock: Clock,
    open_embedded: Callable[[Manifest], LiteRtClassifier] = embedded,
    try_every_s: float = 0.005,
) -> FallbackClassifier:
    return FallbackClassifier(server, open_embedded, 1.0, try_every_s=try_every_s, clock=clock)


def test_the_server_answers_while_it_is_there() -> None:
    def never(manifest: Manifest) -> LiteRtClassifier:
        raise AssertionError("the embedded model costs memory: it is opened when it is needed")

    classifier = fallback_of(Server(), Clock(), never)
    answer = classifier.classify([slab()])
    assert (answer.runtime, answer.fallback) == ("tensorflow-serving", False)
    classifier.check()


def test_it_waits_for_a_set_time_and_then_judges_by_itself() -> None:
    server, clock = Server(), Clock()
    classifier = fallback_of(server, clock)
    server.failure = AWAY
    for clock.now in (100.0, 100.5, 100.99):
        with pytest.raises(ClassifierUnavailable, match="UNAVAILABLE"):
            classifier.classify([slab("crack")])
    clock.now = 101.0
    answer = classifier.classify([slab("crack")])
    assert (answer.runtime, answer.fallback) == ("litert", True)
    assert (answer.model.runtime, answer.model.fallback) == ("litert", True)
    assert answer.manifest.digest == server.manifest.digest
    assert (classifier.runtime, classifier.manifest.version) == ("litert", 3)
    classifier.check()
    classifier.close()


def test_a_call_that_hung_counts_from_its_beginning() -> None:
    server, clock = Server(), Clock()

    def hang(images: Sequence[Pixels]) -> Classification:
        clock.now += 1.0
        raise AWAY

    server.classify = hang  # type: ignore[method-assign]
    classifier = fallback_of(server, clock)
    assert classifier.classify([slab()]).fallback
    server.classify = lambda images: Server.classify(server, images)  # type: ignore[method-assign]
    classifier.close()


def test_a_short_outage_does_not_add_up_with_the_next() -> None:
    server, clock = Server(), Clock()
    classifier = fallback_of(server, clock)
    for clock.now in (100.0, 100.9, 101.8, 102.7):
        server.failure = AWAY
        with pytest.raises(ClassifierUnavailable):
            classifier.classify([slab()])
        server.failure = None
        assert not classifier.classify([slab()]).fallback


@pytest.mark.parametrize(
    "failure", [AWAY, ModelError("scores are no probabilities")], ids=["away", "garbage"]
)
def test_it_returns_by_itself_and_not_before_a_picture_was_judged(failure: Exception) -> None:
    server, clock = Server(), Clock()
    classifier = fallback_of(server, clock)
    server.failure = failure
    with pytest.raises(type(failure)):
        classifier.classify([slab()])
    clock.now += 1
    assert classifier.classify([slab()]).fallback
    # Calls don't ask the server meanwhile, but somebody does, again and again.
    tried = len(server.asked)
    wait_until(lambda: len(server.asked) >= tried + 3)
    assert classifier.classify([slab()]).fallback
    server.failure = None
    wait_until(lambda: not classifier.classify([slab()]).fallback)
    assert (classifier.runtime, classifier.classify([slab()]).runtime) == ("tensorflow-serving",) * 2
    # And it is as patient as before.
    server.failure = failure
    with pytest.raises(type(failure)):
        classifier.classify([slab()])


def test_no_other_version_stands_in() -> None:
    server, clock = Server(version=2), Clock()
    classifier = fallback_of(server, clock, lambda manifest: LiteRtClassifier(TINY / "3", warm=()))
    server.failure = AWAY
    clock.now += 0
    with pytest.raises(ClassifierUnavailable):
        classifier.classify([slab()])
    clock.now += 5
    with pytest.raises(ClassifierUnavailable, match="the fallback is version 3"):
        classifier.classify([slab()])
    server.failure = None
    assert not classifier.classify([slab()]).fallback


def test_the_same_version_with_other_bytes_does_not_stand_in() -> None:
    server, clock = Server(), Clock()
    server._manifest = replace(server.manifest, digest="0" * 64)
    classifier = fallback_of(server, clock)
    server.failure = AWAY
    with pytest.raises(ClassifierUnavailable):
        classifier.classify([slab()])
    clock.now += 5
    with pytest.raises(ClassifierUnavailable, match="digest"):
        classifier.classify([slab()])


def test_without_an_embedded_model_it_goes_on_waiting() -> None:
    def broken(manifest: Manifest) -> LiteRtClassifier:
        raise ModelError("model.tflite: can't be read")

    server, clock = Server(), Clock()
    classifier = fallback_of(server, clock, broken)
    server.failure = AWAY
    with pytest.raises(ClassifierUnavailable):
        classifier.classify([slab()])
    clock.now += 5
    with pytest.raises(ClassifierUnavailable, match=r"UNAVAILABLE; and the fallback: model\.tflite"):
        classifier.classify([slab()])


def test_closes_both_and_its_thread() -> None:
    server, clock = Server(), Clock()
    classifier = fallback_of(server, clock, try_every_s=60)
    server.failure = AWAY
    with pytest.raises(ClassifierUnavailable):
        classifier.classify([slab()])
    clock.now += 5
    classifier.classify([slab()])
    classifier.close()
    assert server.closed == 1
    assert not classifier._trial.is_alive()
