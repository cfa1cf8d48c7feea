"""What every source keeps. A test class inherits it and says how to make pictures available and open one."""

import inspect
from abc import ABC, abstractmethod
from collections.abc import Iterator
from pathlib import Path

import pytest

from marbleline.domain.frame import Frame, sha256_hex
from marbleline.errors import SourceEnded, SourceUnavailable
from marbleline.ports.source import SPOOL_FULL, TOO_LARGE, CapturedImage, Source
from tests.builders import FakeClock, make_frame, wait_until


class World(ABC):
    """What a source reads from. ``clock`` is the one that sources opened here use."""

    def __init__(self, folder: Path) -> None:
        self.folder = folder
        self.clock = FakeClock()

    @abstractmethod
    def offer(self, count: int) -> None:
        """Make so many pictures available; called once, before ``open``."""

    @abstractmethod
    def open(self) -> Source:
        """A source as a camera makes it at its start, also after one that was killed."""

    def close(self) -> None:  # noqa: B027 - most have nothing to close
        """End what runs beside the source."""


def next_captured(source: Source) -> CapturedImage:
    """The next picture, however often it has to be asked for."""
    found: list[CapturedImage] = []

    def asked() -> bool:
        captured = source.next_image(0.05)
        if captured is not None:
            found.append(captured)
        return bool(found)

    wait_until(asked, what="a picture")
    return found[0]


def frame_of(captured: CapturedImage, sequence: int) -> Frame:
    """The frame that a camera makes of a captured image."""
    content = make_frame(
        sequence, captured_at=captured.captured_at, content=captured.content, origin=captured.origin
    )
    assert content.sha256 == sha256_hex(captured.content)
    return content


def land(source: Source, count: int, first: int = 1) -> list[Frame]:
    """Take and land so many pictures."""
    frames = []
    for sequence in range(first, first + count):
        captured = next_captured(source)
        frames.append(frame_of(captured, sequence))
        source.committed(captured, frames[-1])
    return frames


class SourceSuite:
    """Inherit, and provide the fixture ``world``."""

    can_wait = False

    @pytest.fixture
    def source(self, world: World) -> Iterator[Source]:
        world.offer(6)
        source = world.open()
        source.resume(None)
        yield source
        source.close()
        world.close()

    def test_keeps_the_port(self, source: Source) -> None:
        for name, promised in inspect.getmembers(Source):
            if name.startswith("_"):
                continue
            kept = inspect.getattr_static(type(source), name)
            assert isinstance(kept, property) == isinstance(promised, property), name
            if callable(promised):
                wanted = list(inspect.signature(promised).parameters)
                assert list(inspect.signature(kept).parameters) == wanted
        assert source.can_wait is self.can_wait
        assert source.dropped == 0

    def test_gives_pictures_with_their_time_and_origin(self, source: Source, world: World) -> None:
        captured = next_captured(source)
        assert captured.content
        assert abs(captured.captured_at - world.clock.at) < 1_000
        assert captured.origin
        captured.origin.encode()

    def test_gives_each_picture_once(self, source: Source) -> None:
        assert len({frame.sha256 for frame in land(source, 4)}) == 4

    def test_a_picture_that_was_too_large_is_done_with(self, source: Source) -> None:
        first = next_captured(source)
        source.rejected(first, TOO_LARGE, "30000000 bytes, the limit is 20000000")
        second = next_captured(source)
        assert second.content != first.content

    def test_can_be_closed_twice_and_before_it_was_opened(self, source: Source, world: World) -> None:
        other = world.open()
        other.close()
        other.close()

    def test_once_ended_it_stays_ended(self, source: Source) -> None:
        for sequence in range(1, 30):
            try:
                captured = source.next_image(0.0)
            except (SourceEnded, SourceUnavailable):
                break
            if captured is not None:
                source.committed(captured, frame_of(captured, sequence))
        else:
            return
        with pytest.raises((SourceEnded, SourceUnavailable)):
            source.next_image(0.0)


class PatientSourceSuite(SourceSuite):
    """For a source whose pictures wait."""

    can_wait = True

    def test_what_a_full_spool_refused_comes_again(self, source: Source) -> None:
        land(source, 1)
        rejected = next_captured(source)
        source.rejected(rejected, SPOOL_FULL, "spool holds 100 of 100 bytes")
        again = next_captured(source)
        assert (again.content, again.origin) == (rejected.content, rejected.origin)
        source.committed(again, frame_of(again, 2))
        assert next_captured(source).content != rejected.content


class RestartingSourceSuite(PatientSourceSuite):
    """For a source that goes on after the last frame that landed."""

    def test_goes_on_after_the_last_frame(self, source: Source, world: World) -> None:
        frames = land(source, 3)
        source.close()
        again = world.open()
        again.resume(frames[-1])
        assert next_captured(again).origin not in {frame.origin for frame in frames}
        again.close()

    def test_killed_before_the_landing_it_gives_the_picture_again(self, source: Source, world: World) -> None:
        frames = land(source, 2)
        lost = next_captured(source)
        source.close()
        again = world.open()
        again.resume(frames[-1])
        found = next_captured(again)
        assert (found.content, found.origin) == (lost.content, lost.origin)
        again.close()

    def test_killed_between_landing_and_telling_it_does_not(self, source: Source, world: World) -> None:
        land(source, 2)
        committed = next_captured(source)
        source.close()
        again = world.open()
        again.resume(frame_of(committed, 3))
        found = next_captured(again)
        assert (found.content, found.origin) != (committed.content, committed.origin)
        again.close()
