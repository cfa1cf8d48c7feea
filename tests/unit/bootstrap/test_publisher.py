"""The publisher's command: what it wires together."""

import threading
from collections.abc import Sequence
from contextlib import closing
from pathlib import Path

import pytest

from marbleline.bootstrap import process, publisher
from marbleline.bootstrap.adapters import open_broker
from marbleline.bootstrap.catalogue import load
from marbleline.cli import main
from marbleline.domain.classification import Classification
from marbleline.domain.picture import Pixels
from tests.builders import encoded_message, make_encoded, make_frame
from tests.unit.pipeline.fakes import BrightnessClassifier, EveryProduct


def test_while_one_batch_is_under_way_the_next_one_is_judged(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    stop, together = threading.Event(), threading.Barrier(2)

    class Slow(BrightnessClassifier):
        def classify(self, images: Sequence[Pixels]) -> Classification:
            together.wait(20)  # until another batch is being judged as well
            stop.set()
            return super().classify(images)

    settings = load({"data": str(tmp_path)})
    with closing(open_broker(settings, "test")) as broker:
        broker.publish([encoded_message(make_encoded(make_frame(sequence))) for sequence in (1, 2)])
        monkeypatch.setattr(publisher, "open_classifiers", lambda _configuration: EveryProduct(Slow()))
        monkeypatch.setattr(process, "start", lambda *_args, **_named: stop)
        assert main(["publisher", "--data", str(tmp_path), "--batch-size", "1"]) == 0
        assert broker.depths()["encoded"].total == 0
