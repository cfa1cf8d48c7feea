"""A source of pictures: a camera, a folder, a stream, a web address."""

from collections.abc import Callable
from dataclasses import dataclass, field
from typing import Final, Protocol, runtime_checkable

from marbleline.domain.frame import Frame
from marbleline.domain.product_switch import ProductSwitch
from marbleline.domain.slab import TileIdentity

TOO_LARGE: Final = "too_large"
SPOOL_FULL: Final = "spool_full"


@dataclass(frozen=True, slots=True)
class CapturedImage:
    """A picture that a source has, before it becomes a frame.

    ``captured_at``  microseconds UTC
    ``origin``       where it came from, for people: a file's name, a stream's address without secrets
    ``tile``         which part of which slab it shows; None where no trigger says so
    ``token``        the source's own handle, handed back to ``committed`` or ``rejected``
    ``product``      what it shows, where the sender says so; None: what the line inspects now
    ``size``         bytes of the whole picture, if ``content`` is only its beginning because the source
                     reads no more of a picture than the camera's limit; None if it is all there
    """

    content: bytes = field(repr=False)
    captured_at: int
    origin: str | None = None
    slab_id: str | None = None
    tile: TileIdentity | None = None
    token: object = field(default=None, repr=False)
    size: int | None = None
    product: str | None = None


SwitchProduct = Callable[[str, str], ProductSwitch]
"""Gets a product's name and who asks; switches the line, and raises SettingError or BrokerUnavailable."""


@runtime_checkable
class TakesProductSwitches(Protocol):
    """A source by which others may switch the product, too."""

    def listen_for_switches(self, switch: SwitchProduct, current: Callable[[], str]) -> None:
        """Called once before the first ``next_image``. Both may be called by any thread.

        ``switch``   when it returns, the next frame of this camera is of the new product
        ``current``  the product of the next frame
        """
        ...


class Source(Protocol):
    """Used by one thread at a time. A source that inherits from it gets what is common: it drops nothing, has
    nothing to go on from, keeps nothing of a picture that it gave, and holds nothing open.

    ``can_wait`` says what happens while the spool is full: a source that can wait (folder, landing
    folder, HTTP) keeps its pictures and is simply not asked; another (video) goes on, and what it gave is
    counted as skipped before it gets an identity.
    """

    @property
    def can_wait(self) -> bool:
        """Whether pictures wait while nobody takes them."""
        ...

    @property
    def dropped(self) -> int:
        """Pictures that the source itself had to drop so far, because nobody took them in time."""
        return 0

    def resume(self, last: Frame | None) -> None:
        """Called once before the first ``next_image``: the last committed frame, None for a new spool.

        With it a source that died between a commit and the call of ``committed`` tells by ``origin`` and
        ``sha256`` that this picture is not to be given again, and a folder goes on where it was.
        """
        return

    def next_image(self, wait_s: float) -> CapturedImage | None:
        """The next picture, or None if none came within ``wait_s`` seconds.

        Raises SourceUnavailable if the camera, folder or stream is away (call again: it reconnects),
        SourceEnded when there will never be another.
        """
        ...

    def committed(self, captured: CapturedImage, frame: Frame) -> None:
        """The picture is safe in the spool: the source may forget it.

        Called once per picture, in order, before the next ``next_image``.
        """
        return

    def rejected(self, captured: CapturedImage, reason: str, detail: str) -> None:
        """The picture did not become a frame that is judged.

        ``TOO_LARGE``   the camera is done with it (it was recorded as a dead letter): the source may put
                        it aside, and doesn't give it again.
        ``SPOOL_FULL``  it wasn't taken at all: a source that can wait keeps it and gives it again, or says so
                        to whoever sent it.

        Called instead of ``committed``, likewise before the next ``next_image``.
        """
        return

    def close(self) -> None:
        """Stop. Never raises."""
        return
