"""Whether what a server runs is what the manifest says: inputs and outputs, by name, type and shape."""

from typing import Any, Final

from marbleline.domain.model import Manifest
from marbleline.errors import ModelError
from marbleline.tfserving.messages import DATA_TYPES, SIGNATURE, SIGNATURE_DEF, SignatureDefMap
from marbleline.tfserving.tensors import type_name

_ANY: Final = -1


def check_signature(response: Any, manifest: Manifest, where: str) -> None:
    """Compare a GetModelMetadataResponse with the manifest.

    Raises ModelError naming the tensor that differs: an input of another size, a list of classes of
    another length.
    """
    signatures = SignatureDefMap()
    packed = response.metadata.get(SIGNATURE_DEF)
    if packed is None or not packed.Unpack(signatures):
        raise ModelError(f"{where}: tells nothing of its signatures")
    if SIGNATURE not in signatures.signature_def:
        raise ModelError(f"{where}: has signatures {sorted(signatures.signature_def)}, none {SIGNATURE!r}")
    signature = signatures.signature_def[SIGNATURE]
    classes = len(manifest.classes)
    _check("input", signature.inputs, {"image": ("DT_UINT8", (_ANY, _ANY, _ANY, 3))}, manifest, where)
    outputs = {
        "scores": ("DT_FLOAT", (_ANY, classes)),
        "anomaly": ("DT_FLOAT", (_ANY,)),
        "heatmap": ("DT_FLOAT", (_ANY, _ANY, _ANY, classes)),
    }
    _check("output", signature.outputs, outputs, manifest, where)


def _check(
    kind: str, found: Any, wanted: dict[str, tuple[str, tuple[int, ...]]], manifest: Manifest, where: str
) -> None:
    missing = sorted(set(wanted) - set(found)) or sorted(set(found) - set(wanted) if kind == "input" else ())
    if missing:
        raise ModelError(f"{where}: has {kind}s {sorted(found)}, expected {sorted(wanted)}")
    for name, (dtype, shape) in wanted.items():
        tensor = found[name]
        if tensor.dtype != DATA_TYPES[dtype]:
            found_type, expected = type_name(tensor.dtype), type_name(DATA_TYPES[dtype])
            raise ModelError(f"{where}: {kind} {name!r} is {found_type}, expected {expected}")
        if tensor.tensor_shape.unknown_rank:
            continue
        sides = tuple(int(dim.size) for dim in tensor.tensor_shape.dim)
        if not _compatible(sides, shape, manifest if name == "image" else None):
            raise ModelError(
                f"{where}: {kind} {name!r} is {_text(sides)}, {_expected(name, shape, manifest)}"
            )


def _compatible(found: tuple[int, ...], wanted: tuple[int, ...], manifest: Manifest | None) -> bool:
    """A side that the graph leaves open fits anything; a fixed size of the input has to be a possible one."""
    if len(found) != len(wanted) or found[:1] not in ((_ANY,), ()):
        return False
    if any(one not in (_ANY, other) for one, other in zip(found, wanted, strict=True) if other != _ANY):
        return False
    if manifest is None:
        return True
    height, width = found[1:3]
    return all(side == _ANY for side in (height, width))


def _expected(name: str, shape: tuple[int, ...], manifest: Manifest) -> str:
    if name == "image":
        short = manifest.input.short_side
        return f"version {manifest.version} needs {_text(shape)}: any size with a short side of {short}"
    if shape[-1] == len(manifest.classes):
        return f"version {manifest.version} has {_text(shape)} for the classes {', '.join(manifest.classes)}"
    return f"version {manifest.version} has {_text(shape)}"


def _text(sides: tuple[int, ...]) -> str:
    return "[" + ", ".join("?" if side == _ANY else str(side) for side in sides) + "]"
