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
from marbleline.domain.picture import InputSpec, Limits, Picture, checked_header, fraction, prepare, shrunk
from marbleline.domain.picture_cost import TOO_EXPENSIVE, peak_bytes, storage_bytes
from marbleline.domain.picture_header import PictureHeader
from marbleline.domain.reasons import CRASHED_WORKER
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

    def __call__(self, data: bytes, spec: InputSpec, limits: Limits, *, isolated: bool = False) -> Picture:
        """The picture, its ``rgb`` the model's input. ``isolated``: never in this process.

        Raises PictureError.
        """
        ...


def prepare_here(data: bytes, spec: InputSpec, limits: Limits, *, isolated: bool = False) -> Picture:
    """Without a child: for pictures that are known to be harmless. Raises PictureError."""
    return prepare(data, spec, limits)


class PictureDecoder:
    """Used by one thread at a time; starts its child when the first picture needs it."""

    def __init__(self, child: Sequence[str] = CHILD) -> None:
        self._process = SandboxProcess(child)

    def prepare(self, data: bytes, spec: InputSpec, limits: Limits, *, isolated: bool = False) -> Picture:
        """See ``PrepareInput``. Raises SandboxUnavailable if a child is needed and none can be started."""
        if not isolated:
            header = checked_header(data, spec, limits)
            if _costs_little(data, header, spec):
                self._process.rest()
                return prepare(data, spec, limits, header)
        return self._ask(data, spec, limits, longest=0)

    def shrunk(self, data: bytes, spec: InputSpec, longest: int, limits: Limits) -> Picture:
        """As ``domain.picture.shrunk``. Raises PictureError, SandboxUnavailable."""
        header = checked_header(data, spec, limits)
        if _costs_little(data, header, spec):
            self._process.rest()
            return shrunk(data, spec, longest, limits, header)
        return self._ask(data, spec, limits, longest)

    def close(self) -> None:
        """End the child. Never raises."""
        self._process.close()

    def _ask(self, data: bytes, spec: InputSpec, limits: Limits, longest: int) -> Picture:
        budget = asdict(limits.budget)
        own = {name: value for name, value in asdict(limits).items() if name != "budget"}
        question = {"spec": asdict(spec), "limits": own, "budget": budget, "longest": longest}
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
        rgb = np.frombuffer(body, np.uint8).reshape(integer(answer, "rows"), integer(answer, "columns"), 3)
        return Picture(rgb, integer(answer, "width"), integer(answer, "height"), text(answer, "media_type"))


def is_cheap(data: bytes, spec: InputSpec, limits: Limits) -> bool:
    """Whether decoding costs little for certain, be it because its header refuses the picture at once."""
    try:
        return _costs_little(data, checked_header(data, spec, limits), spec)
    except PictureError:
        return True


def _costs_little(data: bytes, header: PictureHeader | None, spec: InputSpec) -> bool:
    if header is None:
        return not data.startswith(_HEADS)
    scale = fraction(header.width, header.height, spec) if header.format == "JPEG" else 1
    pixels = -(-header.width // scale) * -(-header.height // scale)
    turned = storage_bytes(header.mode) * pixels
    return (
        header.plain and peak_bytes(header.mode, header.transparent, pixels, header) + turned <= CHEAP_BYTES
    )
