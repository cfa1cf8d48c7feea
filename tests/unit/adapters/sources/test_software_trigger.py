"""A trigger in software gives the pictures of any source their slab."""

from marbleline.adapters.sources.frame_interval import FrameInterval
from marbleline.adapters.sources.software_trigger import SoftwareTrigger
from marbleline.adapters.sources.synthetic import SyntheticSource
from marbleline.domain.slab import TileIdentity, as_tile
from marbleline.ports.source import SPOOL_FULL, TOO_LARGE, CapturedImage
from tests.builders import FakeClock, make_frame


class Seconds:
    """Time that passes only while somebody sleeps."""

    def __init__(self) -> None:
        self.at = 100.0

    def __call__(self) -> float:
        return self.at

    def sleep(self, seconds: float) -> None:
        self.at += seconds


class Impatient(SyntheticSource):
    """As a camera that does not wait for a full spool."""

    @property
    def can_wait(self) -> bool:
        return False


def triggered(source: SyntheticSource | None = None, seconds: Seconds | None = None) -> SoftwareTrigger:
    time = seconds or Seconds()
    source = source or SyntheticSource(1000, 0, 0.0, FakeClock(), FrameInterval(1e9))
    return SoftwareTrigger(source, "front", 2, 0.5, FrameInterval(0.5, time, time.sleep))


def take(source: SoftwareTrigger) -> CapturedImage:
    captured = source.next_image(5)
    assert captured is not None
    return captured


def tile(captured: CapturedImage) -> tuple[int | None, int]:
    assert isinstance(captured.tile, TileIdentity)
    assert captured.tile.slab_id == captured.slab_id
    return captured.tile.trigger, captured.tile.tile


def test_each_trigger_has_the_next_tiles_at_its_rate() -> None:
    seconds = Seconds()
    source = triggered(seconds=seconds)
    seen = []
    for number in range(1, 6):
        captured = take(source)
        seen.append((*tile(captured), seconds.at))
        source.committed(captured, make_frame(number))
    assert seen == [(1, 1, 100), (1, 2, 100), (2, 1, 102), (2, 2, 102), (3, 1, 104)]
    assert source.next_image(5) is not None


def test_nothing_comes_before_the_slab_is_due() -> None:
    source = triggered()
    for number in (1, 2):
        source.committed(take(source), make_frame(number))
    assert source.next_image(0.5) is None


def test_a_restart_begins_with_the_next_trigger() -> None:
    source = triggered()
    source.resume(as_tile(make_frame(7), TileIdentity("x", 1, 2, 4, station="front")))
    assert tile(take(source)) == (5, 1)


def test_a_picture_that_waits_for_the_spool_keeps_its_tile_and_one_that_is_gone_leaves_a_hole() -> None:
    patient, impatient = triggered(), triggered(Impatient(1000, 0, 0.0, FakeClock(), FrameInterval(1e9)))
    for source, expected in ((patient, (1, 1)), (impatient, (1, 2))):
        source.rejected(take(source), SPOOL_FULL, "full")
        assert tile(take(source)) == expected
    patient.rejected(take(patient), TOO_LARGE, "large")
    assert tile(take(patient)) == (1, 2)
