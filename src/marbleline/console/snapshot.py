"""What the console knows at one moment: immutable, so that any page may look at it in any thread."""

from collections.abc import Mapping
from dataclasses import dataclass, field
from enum import StrEnum

from marbleline.domain.alarm import Alarm
from marbleline.domain.label import Truth
from marbleline.domain.ledger import Ledger
from marbleline.domain.records import CameraReport
from marbleline.domain.verdict import Verdict
from marbleline.ports.broker import Depth


class LinkState(StrEnum):
    """Connecting: never yet there. Live: words come as they are spoken. Away: it was there once."""

    CONNECTING = "connecting"
    LIVE = "live"
    AWAY = "away"


@dataclass(frozen=True, slots=True)
class Link:
    """How the connection to the broker or to the store stands.

    ``since``      when it came into this state (microseconds UTC)
    ``healed_at``  when it last came back after it was away, None if it never was
    ``detail``     the cause, in words, while it is not live
    """

    state: LinkState
    since: int
    healed_at: int | None = None
    detail: str = ""

    @property
    def live(self) -> bool:
        """Whether what it brings is of now."""
        return self.state is LinkState.LIVE

    def up(self, now: int) -> "Link":
        """It works: the same if it did, else live since now."""
        if self.live:
            return self
        return Link(LinkState.LIVE, now, now if self.state is LinkState.AWAY else self.healed_at)

    def down(self, now: int, detail: str) -> "Link":
        """It does not: since now if it did before, else since when it was lost."""
        if self.live:
            return Link(LinkState.AWAY, now, self.healed_at, detail)
        return Link(self.state, self.since, self.healed_at, detail)


@dataclass(frozen=True, slots=True)
class CameraView:
    """What is known of one camera.

    ``report``        its newest word of itself, None if it was never heard
    ``last``          the verdict on its newest judged slab, None before the first
    ``behind_since``  when it was first known to have captured a slab that still has no verdict
                      (microseconds UTC), None if none is missing
    """

    name: str
    report: CameraReport | None
    last: Verdict | None
    behind_since: int | None = None


@dataclass(frozen=True, slots=True)
class Counts:
    """How many slabs captured since ``since`` (microseconds UTC) got which decision and defect."""

    since: int
    total: int
    by_decision: Mapping[str, int]
    by_defect: Mapping[str, int]


@dataclass(frozen=True, slots=True)
class Traffic:
    """What came over the live feed since this process began: ``unreadable`` could not be decoded."""

    received: int = 0
    duplicates: int = 0
    unreadable: int = 0


@dataclass(frozen=True, slots=True)
class Snapshot:
    """All that pages show.

    ``recent``   the last verdicts, newest capture first
    ``truths``   frame id -> what people say of it
    ``reviews``  slabs that nobody has looked at yet, oldest first; ``to_review`` is how many there are
    ``alarms``   those of the record, raised or not
    ``queues``   how full each queue is, None while that is unknown
    """

    line: str
    taken_at: int
    link: Link
    record: Link
    recent: tuple[Verdict, ...]
    cameras: tuple[CameraView, ...]
    counts: Counts | None
    ledger: Ledger | None
    traffic: Traffic
    truths: Mapping[str, Truth] = field(default_factory=dict)
    reviews: tuple[Verdict, ...] = ()
    to_review: int = 0
    alarms: tuple[Alarm, ...] = ()
    queues: Mapping[str, Depth] | None = None

    def camera(self, name: str) -> CameraView | None:
        """The camera of that name, None if it is unknown."""
        return next((camera for camera in self.cameras if camera.name == name), None)
