"""Arrays survive the wire; a tensor that contradicts itself is an error, not an allocation."""

import subprocess
import sys
from typing import Any

import numpy as np
import pytest
from hypothesis import given
from hypothesis import strategies as st

from marbleline.errors import TensorError
from marbleline.tfserving import messages
from marbleline.tfserving.messages import DATA_TYPES, TensorProto
from marbleline.tfserving.tensors import (
    FLOAT,
    UINT8,
    fill_floats,
    fill_pixels,
    read_floats,
    read_pixels,
)

shapes = st.lists(st.integers(0, 6), max_size=4).map(tuple)


def tensor_of(dtype: int, shape: tuple[int, ...], **values: Any) -> Any:
    tensor = TensorProto(dtype=dtype, **values)
    for side in shape:
        tensor.tensor_shape.dim.add(size=side)
    return tensor


def over_the_wire(tensor: Any) -> Any:
    return TensorProto.FromString(tensor.SerializeToString())


@given(shapes, st.randoms(use_true_random=False))
def test_floats_come_back(shape: tuple[int, ...], random: Any) -> None:
    values = np.array([random.uniform(-1e30, 1e30) for _ in range(int(np.prod(shape)))], np.float32)
    tensor = TensorProto()
    fill_floats(tensor, values.reshape(shape))
    back = over_the_wire(tensor)
    assert (read_floats(back) == values.reshape(shape)).all()
    # Where every client of TensorFlow Serving looks.
    assert list(back.float_val) == values.tolist()
    assert not back.tensor_content


@given(st.integers(1, 4), st.integers(1, 20), st.integers(1, 20))
def test_pixels_come_back(count: int, height: int, width: int) -> None:
    rng = np.random.default_rng(count * 1000 + height * 20 + width)
    images = rng.integers(0, 256, (count, height, width, 3), dtype=np.uint8)
    tensor = TensorProto()
    fill_pixels(tensor, list(images))
    assert (read_pixels(over_the_wire(tensor)) == images).all()
    assert (read_pixels(tensor_of(UINT8, images.shape, int_val=images.ravel().tolist())) == images).all()


def test_a_short_list_repeats_its_last_value() -> None:
    assert read_floats(tensor_of(FLOAT, (2, 3), float_val=[1, 2])).tolist() == [[1, 2, 2], [2, 2, 2]]
    assert read_pixels(tensor_of(UINT8, (3,), int_val=[7])).tolist() == [7, 7, 7]


@pytest.mark.parametrize(
    "tensor",
    [
        tensor_of(DATA_TYPES["DT_DOUBLE"], (1,), double_val=[1]),
        tensor_of(FLOAT, (2, 2), tensor_content=b"1234"),
        tensor_of(FLOAT, (2,), tensor_content=b"1" * 12),
        tensor_of(FLOAT, (2,), float_val=[1, 2, 3]),
        tensor_of(FLOAT, (2,)),
        tensor_of(FLOAT, (-1, 2), float_val=[1]),
        tensor_of(FLOAT, (2**62, 2**62), float_val=[1]),
        tensor_of(FLOAT, (2**40,), float_val=[1]),
        TensorProto(dtype=FLOAT, tensor_shape={"unknown_rank": True}, float_val=[1]),
        TensorProto(),
    ],
)
def test_contradictions_are_errors(tensor: Any) -> None:
    with pytest.raises(TensorError):
        read_floats(tensor)


@pytest.mark.parametrize("value", [-1, 256, 2**31 - 1])
def test_no_value_of_a_byte_is_cut(value: int) -> None:
    with pytest.raises(TensorError, match="in a tensor of bytes"):
        read_pixels(tensor_of(UINT8, (2,), int_val=[1, value]))


def test_no_tensorflow_comes_with_them() -> None:
    code = "import sys, marbleline.tfserving.messages; print([m for m in sys.modules if 'tensorflow' in m])"
    done = subprocess.run([sys.executable, "-c", code], capture_output=True, text=True, check=True)
    assert done.stdout.strip() == "[]"
    assert messages.PREDICT == "/tensorflow.serving.PredictionService/Predict"
