"""The shipped LiteRT file is extended by the backbone's stages, and says what it said before."""

from pathlib import Path

import numpy as np
import pytest
from ai_edge_litert.interpreter import Interpreter

from marbleline.adapters.classifiers.feature_graph import with_features
from marbleline.adapters.classifiers.litert import stderr_of_native_code
from marbleline.domain.classification import OUTPUTS
from marbleline.domain.input_spec import InputSpec
from marbleline.domain.model import Floats
from marbleline.domain.picture import fit
from marbleline.domain.product_features import STAGES
from marbleline.errors import ModelError
from marbleline.synthetic import draw
from tests.models.tiny_model import TINY

SHIPPED = Path(__file__).resolve().parents[4] / "model_repo" / "marble" / "1" / "model.tflite"


def run(content: bytes) -> dict[str, Floats]:
    image = fit(draw(3, label="crack").rgb, InputSpec())
    with stderr_of_native_code("test"):
        runner = Interpreter(model_content=content).get_signature_runner()
        outputs: dict[str, Floats] = runner(image=image[np.newaxis])
    return outputs


def test_the_stages_come_beside_the_same_answers() -> None:
    content = SHIPPED.read_bytes()
    before, after = run(content), run(with_features(content, "shipped"))
    for name in OUTPUTS:
        np.testing.assert_array_equal(before[name], after[name])
    for name, stage in STAGES.items():
        assert after[name].shape == (1, 240 // stage.stride, 320 // stage.stride, stage.channels)
        assert after[name].std() > 0


def test_an_extended_model_stays_as_it_is() -> None:
    once = with_features(SHIPPED.read_bytes(), "shipped")
    assert run(with_features(once, "once")).keys() == run(once).keys()


def test_another_network_is_refused() -> None:
    with pytest.raises(ModelError, match=r"tiny: has no layer block2_add of 24 channels"):
        with_features((TINY / "1" / "model.tflite").read_bytes(), "tiny")


def test_what_is_no_model_is_refused() -> None:
    with pytest.raises(ModelError, match="text: is no LiteRT file"):
        with_features(b"not a model at all", "text")
