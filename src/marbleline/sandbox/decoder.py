"""Decode pictures that could hurt in a process of their own, and all others here.

A JPEG of one pass or a plain PNG or BMP that needs little memory costs what its pixels cost: it is decoded in
this process, so that the common picture pays nothing. Everything else goes to the child, and so does what
was delivered before and may have taken a worker down.
"""

import logging
from collections.abc import Sequence
from dataclasses import asdict
from typing import Final, Protocol

import numpy as np

from marbleline.domain.fields import integer, text
from marbleline.domain.input_spec import InputSpec
from marbleline.domain.picture import Limits, Picture, Pixels, checked_header, fraction, prepare, shrunk
from marbleline.domain.picture_cost import TOO_EXPENSIVE, peak_bytes, storage_bytes
from marbleline.domain.picture_header import PictureHeader
from marbleline.domain.reasons import CRASHED_WORKER
from marbleline.domain.region import Region, masks_text, shape_text
from marbleline.errors import ChildDied, PictureError
from marbleline.sandbox.process import SandboxProcess

log = logging.getLogger("marbleline.sandbox")

CHILD: Final = ("-m", "marbleline.sandbox.decode_child")
# What is decoded here needs no more than this.
CHEAP_BYTES: Final = 64 * 2**20
# A late or crashed child may be the machine's fault (a pause, a kill); twice in a row it is the picture's.
_TRIES: Final = 2
_HEADS: Final = (b"\xff\xd8", b"\x89PNG", b"BM", b"RIFF", b"II", b"MM")


class PrepareInput(Protocol):
    """Makes the model's input of a picture: ``prepare_here``, or a ``PictureDecoder``'s ``prepare``."""

    def __call__(
        self,
        data: bytes,
        spec: InputSpec,
        limits: Limits,
        *,
        isolated: bool = False,
        region: Region | None = None,
    ) -> Picture:
        """The picture, its ``rgb`` the model's input. ``isolated``: never in this process.

        ``region``: as for ``domain.picture.prepare``.

        Raises PictureError.
        """
        ...


def prepare_here(
    data: bytes, spec: InputSpec, limits: Limits, *, isolated: bool = False, region: Region | None = None
) -> Picture:
    """Without a child: for pictures that are known to be harmless. Raises PictureError."""
    return prepare(data, spec, limits, region=region)


class PictureDecoder:
    """Used by one thread at a time; starts its child when the first picture needs it."""

    def __init__(self, child: Sequence[str] = CHILD) -> None:
        self._process = SandboxProcess(child)

    def prepare(
        self,
        data: bytes,
        spec: InputSpec,
        limits: Limits,
        *,
        isolated: bool = False,
        region: Region | None = None,
    ) -> Picture:
        """See ``PrepareInput``. Raises SandboxUnavailable if a child is needed and none can be started."""
        if not isolated:
            header = checked_header(data, spec, limits, region)
            if _costs_little(data, header, spec, region):
                self._process.end_idle()
                return prepare(data, spec, limits, header, region)
        return self._ask(data, spec, limits, 0, region)

    def shrunk(self, data: bytes, spec: InputSpec, longest: int, limits: Limits) -> Picture:
        """As ``domain.picture.shrunk``. Raises PictureError, SandboxUnavailable."""
        header = checked_header(data, spec, limits)
        if _costs_little(data, header, spec):
            self._process.end_idle()
            return shrunk(data, spec, longest, limits, header)
        return self._ask(data, spec, limits, longest)

    def close(self) -> None:
        """End the child. Never raises."""
        self._process.close()

    def _ask(
        self, data: bytes, spec: InputSpec, limits: Limits, longest: int, region: Region | None = None
    ) -> Picture:
        budget = asdict(limits.budget)
        own = {name: value for name, value in asdict(limits).items() if name != "budget"}
        question: dict[str, object] = {
            "spec": asdict(spec),
            "limits": own,
            "budget": budget,
            "longest": longest,
        }
        if region is not None:
            question["region"] = {"outline": shape_text(region.outline), "masks": masks_text(region.masks)}
        for left in reversed(range(_TRIES)):
            try:
                answer, body = self._process.ask(question, data, limits.budget.deadline_s)
            except ChildDied as error:
                log.warning("sandbox.child_died", extra={"bound": error.bound, "error": str(error)})
                if error.bound == "cpu":
                    raise PictureError(
                        TOO_EXPENSIVE, f"decoding it takes more than {limits.budget.cpu_s} s of CPU"
                    ) from error
                if left:
                    continue
                reason = TOO_EXPENSIVE if error.bound == "deadline" else CRASHED_WORKER
                raise PictureError(
                    reason, f"decoding it, {_TRIES} times in a process of its own: {error}"
                ) from error
            break
        refused = answer.get("refused")
        if isinstance(refused, list):
            raise PictureError(str(refused[0]), str(refused[1]))
        rgb, rest = _pixels(body, integer(answer, "rows"), integer(answer, "columns"))
        overview = None
        if "overview_rows" in answer:
            overview, _ = _pixels(rest, integer(answer, "overview_rows"), integer(answer, "overview_columns"))
        width, height = integer(answer, "width"), integer(answer, "height")
        return Picture(rgb, width, height, text(answer, "media_type"), overview)


def _pixels(body: bytes | bytearray | memoryview, rows: int, columns: int) -> tuple[Pixels, memoryview]:
    """The first uint8 [rows, columns, 3] in it, and the rest."""
    size = rows * columns * 3
    return np.frombuffer(body, np.uint8, count=size).reshape(rows, columns, 3), memoryview(body)[size:]


def is_cheap(data: bytes, spec: InputSpec, limits: Limits, region: Region | None = None) -> bool:
    """Whether decoding costs little for certain, be it because its header refuses the picture at once."""
    try:
        return _costs_little(data, checked_header(data, spec, limits, region), spec, region)
    except PictureError:
        return True


def _costs_little(
    data: bytes, header: PictureHeader | None, spec: InputSpec, region: Region | None = None
) -> bool:
    if header is None:
        return not data.startswith(_HEADS)
    scale = 1
    if header.format == "JPEG":
        # Whether its sides are swapped is not known yet: the dearer of the two.
        sides = (header.width, header.height), (header.height, header.width)
        scale = min(fraction(*size, spec, region) for size in sides)
    pixels = -(-header.width // scale) * -(-header.height // scale)
    turned = storage_bytes(header.mode) * pixels
    return (
        header.plain and peak_bytes(header.mode, header.transparent, pixels, header) + turned <= CHEAP_BYTES
    )
