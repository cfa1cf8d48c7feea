"""numpy arrays as TensorProto and back, for the two types that our signature has."""

from typing import Any, Final

import numpy as np
import numpy.typing as npt

from marbleline.domain.model import Floats
from marbleline.domain.picture import Pixels
from marbleline.errors import TensorError
from marbleline.tfserving.messages import DATA_TYPES

UINT8: Final = DATA_TYPES["DT_UINT8"]
FLOAT: Final = DATA_TYPES["DT_FLOAT"]

# No tensor of ours has more values: a shape that claims more is garbage, not a reason to allocate.
_MOST_VALUES: Final = 1 << 28


# Field 5 of TensorProto, packed.
_FLOAT_VAL: Final = bytes([5 << 3 | 2])


def fill_pixels(tensor: Any, images: list[Pixels]) -> None:
    """Write pictures of one size, uint8 [height, width, 3] each, as one tensor [N, height, width, 3].

    As raw bytes: a list of numbers takes 40 times as long.
    """
    tensor.dtype = UINT8
    for side in (len(images), *images[0].shape):
        tensor.tensor_shape.dim.add().size = side
    tensor.tensor_content = b"".join(image.tobytes() for image in images)


def fill_floats(tensor: Any, values: Floats) -> None:
    """Write float32 values as TensorFlow Serving answers: in ``float_val``, where every client looks."""
    tensor.dtype = FLOAT
    for side in values.shape:
        tensor.tensor_shape.dim.add().size = side
    # The list's wire form is the values' own bytes: merged as such it costs a fiftieth of a list's price.
    packed = np.ascontiguousarray(values, "<f4").tobytes()
    tensor.MergeFromString(_FLOAT_VAL + _varint(len(packed)) + packed)


def shape_of(tensor: Any) -> tuple[int, ...]:
    """The tensor's shape. Raises TensorError if it is unknown, negative or absurdly large."""
    shape = tuple(int(dim.size) for dim in tensor.tensor_shape.dim)
    total = 1
    for side in shape:
        total *= side
    if tensor.tensor_shape.unknown_rank or any(side < 0 for side in shape) or total > _MOST_VALUES:
        raise TensorError(f"shape {list(shape)} is not to be read")
    return shape


def read_pixels(tensor: Any) -> Pixels:
    """uint8 values, from raw bytes or from the list. Raises TensorError."""
    return _read(tensor, UINT8, np.dtype(np.uint8), tensor.int_val)


def read_floats(tensor: Any) -> Floats:
    """float32 values, from raw bytes or from the list. Raises TensorError."""
    return _read(tensor, FLOAT, np.dtype("<f4"), tensor.float_val)


def _read(tensor: Any, wanted: int, dtype: np.dtype[Any], listed: Any) -> npt.NDArray[Any]:
    if tensor.dtype != wanted:
        raise TensorError(f"type {type_name(tensor.dtype)}, expected {type_name(wanted)}")
    shape = shape_of(tensor)
    count = int(np.prod(shape, dtype=np.int64))
    if tensor.tensor_content:
        if len(tensor.tensor_content) != count * dtype.itemsize:
            raise TensorError(f"{len(tensor.tensor_content)} bytes for shape {list(shape)}")
        return np.frombuffer(tensor.tensor_content, dtype).reshape(shape)
    if len(listed) > count or (count and not len(listed)):
        raise TensorError(f"{len(listed)} values for shape {list(shape)}")
    values = np.fromiter(listed, np.int64 if wanted == UINT8 else dtype, len(listed))
    if wanted == UINT8 and values.size and (values.min() < 0 or values.max() > 255):
        raise TensorError(f"values from {values.min()} to {values.max()} in a tensor of bytes")
    # By TensorProto's rule a list that is too short repeats its last value.
    filled = np.empty(count, dtype)
    filled[: len(values)] = values
    if len(values):
        filled[len(values) :] = values[-1]
    return filled.reshape(shape)


def type_name(number: int) -> str:
    """``uint8`` for DT_UINT8: the name that TensorFlow's own errors use."""
    names = {value: name for name, value in DATA_TYPES.items()}
    return names.get(number, f"type {number}").removeprefix("DT_").lower()


def _varint(number: int) -> bytes:
    found = bytearray()
    while number > 0x7F:
        found.append(number & 0x7F | 0x80)
        number >>= 7
    return bytes([*found, number])
