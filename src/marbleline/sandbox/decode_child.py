"""``python -m marbleline.sandbox.decode_child``: decodes pictures for ``sandbox.decoder``."""

from collections.abc import Mapping

from marbleline.domain.fields import integer, mapping, text
from marbleline.domain.input_spec import InputSpec
from marbleline.domain.picture import Limits, prepare, shrunk
from marbleline.domain.picture_cost import TOO_EXPENSIVE, Budget
from marbleline.domain.region import Region, region_of
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
        region = _region(header)
        picture = (
            shrunk(data, spec, longest, limits) if longest else prepare(data, spec, limits, region=region)
        )
    except PictureError as error:
        return {"refused": [error.reason, error.detail]}, b""
    except MemoryError:
        detail = f"decoding it needs more than {budget.memory_bytes} bytes"
        return {"refused": [TOO_EXPENSIVE, detail]}, b""
    rows, columns = picture.rgb.shape[:2]
    size = {"rows": rows, "columns": columns, "width": picture.width, "height": picture.height}
    answer = {**size, "media_type": picture.media_type}
    if picture.overview is None:
        return answer, picture.rgb.tobytes()
    rows, columns = picture.overview.shape[:2]
    sizes = {"overview_rows": rows, "overview_columns": columns}
    return {**answer, **sizes}, picture.rgb.tobytes() + picture.overview.tobytes()


def _region(header: Mapping[str, object]) -> Region | None:
    if "region" not in header:
        return None
    texts = mapping(header, "region")
    return region_of(text(texts, "outline"), text(texts, "masks"))


def _integers(fields: Mapping[str, object]) -> dict[str, int]:
    return {name: integer(fields, name) for name in fields}


if __name__ == "__main__":
    serve(decode)
