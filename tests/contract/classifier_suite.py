"""What every classifier keeps. A test class inherits it and says how to open the tiny model's version 3."""

import inspect

import numpy as np
import pytest

from marbleline.domain.model import CLASSES, Floats, load_manifest
from marbleline.ports.classifier import Classifier
from tests.models.tiny_model import TINY, expected, slab

VERSION = 3
SIZES = ((320, 240), (240, 320), (240, 240), (432, 240))


class ClassifierSuite:
    """Inherit, and provide the fixture ``classifier``: the tiny model, version 3."""

    runtime: str

    def test_keeps_the_port(self, classifier: Classifier) -> None:
        for name, promised in inspect.getmembers(Classifier):
            if name.startswith("_"):
                continue
            kept = inspect.getattr_static(type(classifier), name)
            assert isinstance(kept, property) == isinstance(promised, property), name
            if callable(promised):
                assert list(inspect.signature(kept).parameters) == list(
                    inspect.signature(promised).parameters
                )

    def test_says_which_version_answers(self, classifier: Classifier) -> None:
        manifest = load_manifest(TINY / str(VERSION))
        assert classifier.manifest == manifest
        assert classifier.runtime == self.runtime
        answer = classifier.classify([slab()])
        assert answer.manifest == manifest
        assert (answer.runtime, answer.fallback) == (self.runtime, False)
        assert answer.model.digest == manifest.digest

    @pytest.mark.parametrize("name", CLASSES)
    def test_knows_each_class(self, classifier: Classifier, name: str) -> None:
        (prediction,) = classifier.classify([slab(name)]).predictions
        assert CLASSES[int(prediction.scores.argmax())] == name

    def test_gives_the_models_own_figures(self, classifier: Classifier) -> None:
        rng = np.random.default_rng(7)
        for width, height in SIZES:
            image = rng.integers(0, 256, (height, width, 3), dtype=np.uint8)
            (got,) = classifier.classify([image]).predictions
            wanted = expected(image, VERSION)
            assert got.scores.dtype == got.heatmap.dtype == np.float32
            assert got.scores == pytest.approx(wanted.scores, abs=1e-4)
            assert got.anomaly == pytest.approx(wanted.anomaly, abs=1e-3)
            assert got.heatmap == pytest.approx(wanted.heatmap, abs=1e-4)

    def test_heatmap_shows_where(self, classifier: Classifier) -> None:
        (prediction,) = classifier.classify([slab("crack", row=11, column=17)]).predictions
        faulty: Floats = 1 - prediction.heatmap[:, :, 0]
        assert faulty.shape == (15, 20)
        assert divmod(int(faulty.argmax()), 20) == (11, 17)

    def test_answers_in_order_whatever_the_sizes(self, classifier: Classifier) -> None:
        rng = np.random.default_rng(3)
        images = []
        for number in range(12):
            width, height = SIZES[rng.integers(len(SIZES))]
            images.append(slab(CLASSES[number % 4], width, height, row=number, column=1 + number % 3))
        answer = classifier.classify(images)
        assert len(answer.predictions) == len(images)
        for image, got in zip(images, answer.predictions, strict=True):
            wanted = expected(image, VERSION)
            assert got.heatmap.shape == wanted.heatmap.shape
            assert got.heatmap == pytest.approx(wanted.heatmap, abs=1e-4)
            assert got.scores == pytest.approx(wanted.scores, abs=1e-4)

    def test_neighbours_do_not_matter(self, classifier: Classifier) -> None:
        image = slab("dot")
        (alone,) = classifier.classify([image]).predictions
        among = classifier.classify([slab("crack"), image, slab("joint"), image]).predictions
        assert among[1].scores == pytest.approx(alone.scores, abs=1e-5)
        assert among[3].heatmap == pytest.approx(alone.heatmap, abs=1e-5)

    def test_keeps_what_it_gave_while_it_judges_the_next(self, classifier: Classifier) -> None:
        (first,) = classifier.classify([slab("crack")]).predictions
        before = first.heatmap.copy()
        classifier.classify([slab("joint")])
        assert (first.heatmap == before).all()

    def test_takes_pixels_as_they_come_off_the_wire(self, classifier: Classifier) -> None:
        read_only = np.frombuffer(slab("crack").tobytes(), np.uint8).reshape(240, 320, 3)
        mirrored = slab("crack")[:, ::-1]
        first, second = classifier.classify([read_only, mirrored]).predictions
        assert first.heatmap == pytest.approx(second.heatmap[:, ::-1], abs=1e-5)

    def test_no_pictures_no_predictions(self, classifier: Classifier) -> None:
        assert classifier.classify([]).predictions == ()

    def test_can_be_asked(self, classifier: Classifier) -> None:
        classifier.check()

    def test_closes_twice(self, classifier: Classifier) -> None:
        classifier.close()
        classifier.close()
