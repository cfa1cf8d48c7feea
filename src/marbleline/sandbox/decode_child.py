"""``python -m marbleline.sandbox.decode_child``: decodes pictures for ``sandbox.decoder``."""

from collections.abc import Mapping

from marbleline.domain.fields import integer, mapping
from marbleline.domain.picture import InputSpec, Limits, prepare, shrunk
from marbleline.domain.picture_cost import TOO_EXPENSIVE, Budget
from marbleline.errors import PictureError
from marbleline.sandbox.child import Classification, limit_cpu, limit_memory, serve

_limited: set[int] = set()


def decode(header: Mapping[str, object], body: bytearray) -> Classification:
    """The answer to a question of ``sandbox.decoder``. Whatever it raises ends this process."""
    spec = InputSpec(**_integers(mapping(header, "spec")))
    budget = Budget(**mapping(header, "budget"))  # type: ignore[arg-type]  # the parent's own, sent whole
    limits = Limits(**_integers(mapping(header, "limits")), budget=budget)
    longest = integer(header, "longest")
    if not _limited:
        limit_memory(budget.memory_bytes + 2 * limits.max_bytes)
        _limited.add(budget.memory_bytes)
    limit_cpu(budget.cpu_s)
    try:
        data = bytes(body)
        picture = shrunk(data, spec, longest, limits) if longest else prepare(data, spec, limits)
    except PictureError as error:
        return {"refused": [error.reason, error.detail]}, b""
    except MemoryError:
        detail = f"decoding it needs more than {budget.memory_bytes} bytes"
        return {"refused": [TOO_EXPENSIVE, detail]}, b""
    rows, columns = picture.rgb.shape[:2]
    size = {"rows": rows, "columns": columns, "width": picture.width, "height": picture.height}
    return {**size, "media_type": picture.media_type}, picture.rgb.tobytes()


def _integers(fields: Mapping[str, object]) -> dict[str, int]:
    return {name: integer(fields, name) for name in fields}


if __name__ == "__main__":
    serve(decode)
