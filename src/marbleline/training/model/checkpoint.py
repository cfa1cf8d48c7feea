"""Read a PyTorch checkpoint without PyTorch: just the tensors, nothing in it is executed."""

from __future__ import annotations

import pickle
from collections import OrderedDict
from dataclasses import dataclass, field
from pathlib import Path
from typing import IO, Any

import numpy as np
from numpy.typing import NDArray

from marbleline.errors import ModelError

_MAGIC = 0x1950A86A20F9469CFC6C
_KINDS = {"FloatStorage": np.dtype("<f4"), "LongStorage": np.dtype("<i8")}

Tensors = dict[str, NDArray[Any]]


@dataclass
class _Storage:
    """A block of numbers whose values come later in the file than the tensors that view it."""

    kind: np.dtype[Any]
    size: int
    values: NDArray[Any] | None = field(default=None)


@dataclass(frozen=True)
class _View:
    storage: _Storage
    offset: int
    shape: tuple[int, ...]
    strides: tuple[int, ...]


def _view(
    storage: _Storage, offset: int, shape: tuple[int, ...], strides: tuple[int, ...], *_: object
) -> _View:
    return _View(storage, offset, tuple(shape), tuple(strides))


class _TensorUnpickler(pickle.Unpickler):
    """An unpickler that knows ordered dictionaries and tensors and refuses every other name."""

    def __init__(self, file: IO[bytes]) -> None:
        super().__init__(file)
        self.storages: dict[str, _Storage] = {}

    def find_class(self, module: str, name: str) -> Any:
        if (module, name) == ("collections", "OrderedDict"):
            return OrderedDict
        if (module, name) == ("torch._utils", "_rebuild_tensor_v2"):
            return _view
        if module == "torch" and name in _KINDS:
            return _KINDS[name]
        raise ModelError(f"the checkpoint names {module}.{name}, which is no tensor: it is refused")

    def persistent_load(self, pid: Any) -> _Storage:
        _, kind, key, _, size = pid[:5]
        return self.storages.setdefault(str(key), _Storage(kind, int(size)))


def read_checkpoint(path: Path) -> Tensors:
    """Every tensor of a PyTorch state dictionary in the format before zip files (torch < 1.6).

    Returns a mapping of names to arrays (float32 or int64). Raises ModelError if the file is another
    format or names anything but tensors.
    """
    with path.open("rb") as file:
        try:
            if _TensorUnpickler(file).load() != _MAGIC:
                raise ModelError(f"{path.name} is no PyTorch checkpoint of the format before zip files")
            _TensorUnpickler(file).load()
            _TensorUnpickler(file).load()
            unpickler = _TensorUnpickler(file)
            state = unpickler.load()
            keys = _TensorUnpickler(file).load()
            for key in keys:
                _fill(file, unpickler.storages[str(key)])
        except (pickle.UnpicklingError, EOFError, KeyError, IndexError) as error:
            raise ModelError(f"{path.name} is damaged or no PyTorch checkpoint: {error}") from error
    return {name: _array(view) for name, view in state.items() if isinstance(view, _View)}


def _fill(file: IO[bytes], storage: _Storage) -> None:
    size = int.from_bytes(file.read(8), "little")
    content = file.read(size * storage.kind.itemsize)
    if size != storage.size or len(content) != size * storage.kind.itemsize:
        raise EOFError("a storage ends early")
    storage.values = np.frombuffer(content, dtype=storage.kind)


def _array(view: _View) -> NDArray[Any]:
    values = view.storage.values
    if values is None:
        raise KeyError("a tensor without its storage")
    bytes_per = values.dtype.itemsize
    strides = tuple(step * bytes_per for step in view.strides)
    strided = np.lib.stride_tricks.as_strided(values[view.offset :], view.shape, strides)
    return np.array(strided)
