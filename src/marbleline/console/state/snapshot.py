"""What the console knows at one moment: immutable, so that any page may read it in any thread."""

from collections.abc import Mapping
from dataclasses import dataclass, field
from enum import StrEnum

from marbleline.domain.alarm import Alarm
from marbleline.domain.alarm_event import AlarmEvent, AlarmStanding
from marbleline.domain.label import Truth
from marbleline.domain.ledger import Ledger
from marbleline.domain.records import CameraReport
from marbleline.domain.verdict import Verdict
from marbleline.ports.inventory import Depth
from marbleline.ports.review_queue import ReviewCounts


class ConnectionState(StrEnum):
    """``CONNECTING``: not connected so far. ``DISCONNECTED``: it was connected before."""

    CONNECTING = "connecting"
    CONNECTED = "connected"
    DISCONNECTED = "disconnected"


@dataclass(frozen=True, slots=True)
class ConnectionStatus:
    """The state of the connection to the broker or to the store.

    ``since``           when it came into this state (microseconds UTC)
    ``reconnected_at``  when it was last connected again after it was lost, None if it never was
    ``detail``          the cause while it is not connected
    """

    state: ConnectionState
    since: int
    reconnected_at: int | None = None
    detail: str = ""

    @property
    def connected(self) -> bool:
        """Whether what it brings is current."""
        return self.state is ConnectionState.CONNECTED

    def succeeded(self, now: int) -> "ConnectionStatus":
        """The status after a success: unchanged if connected, else connected since now."""
        if self.connected:
            return self
        lost = self.state is ConnectionState.DISCONNECTED
        return ConnectionStatus(ConnectionState.CONNECTED, now, now if lost else self.reconnected_at)

    def failed(self, now: int, detail: str) -> "ConnectionStatus":
        """The status after a failure: disconnected since now if connected, else since it was lost."""
        if self.connected:
            return ConnectionStatus(ConnectionState.DISCONNECTED, now, self.reconnected_at, detail)
        return ConnectionStatus(self.state, self.since, self.reconnected_at, detail)


@dataclass(frozen=True, slots=True)
class CameraView:
    """What is known of one camera.

    ``report``        its newest report, None if there was none yet
    ``last``          the verdict on its newest judged slab, None before the first
    ``behind_since``  when it was first known to have captured a slab that still has no verdict
                      (microseconds UTC), None if none is missing
    """

    name: str
    report: CameraReport | None
    last: Verdict | None
    behind_since: int | None = None


@dataclass(frozen=True, slots=True)
class HeldSlab:
    """A faulty verdict that stays on its camera's card until somebody has seen it.

    ``after``    slabs of the camera captured after it, as far as this console has heard of them
    ``more``     faulty ones of the camera that wait behind it
    ``dropped``  faulty ones that are not kept any more, because too many waited
    """

    verdict: Verdict
    after: int
    more: int
    dropped: int


@dataclass(frozen=True, slots=True)
class DecisionCounts:
    """How many slabs captured since ``since`` (microseconds UTC) got which decision and defect."""

    since: int
    total: int
    by_decision: Mapping[str, int]
    by_defect: Mapping[str, int]


@dataclass(frozen=True, slots=True)
class FeedCounters:
    """Messages of the live feed since this process began: ``unreadable`` could not be decoded."""

    received: int = 0
    duplicates: int = 0
    unreadable: int = 0


@dataclass(frozen=True, slots=True)
class Snapshot:
    """All that pages show.

    ``recent``   the last verdicts, newest capture first
    ``truths``   frame id -> what people say of it
    ``reviews``  how many slabs wait for a person, None until the store was asked
    ``alarms``   those of the record, raised or not
    ``queues``   how full each queue is, None while that is unknown
    ``held``     camera -> the faulty slab on its card until somebody has seen it; None: none is held
    """

    line: str
    taken_at: int
    broker: ConnectionStatus
    store: ConnectionStatus
    recent: tuple[Verdict, ...]
    cameras: tuple[CameraView, ...]
    counts: DecisionCounts | None
    ledger: Ledger | None
    feed: FeedCounters
    truths: Mapping[str, Truth] = field(default_factory=dict)
    reviews: ReviewCounts | None = None
    alarms: tuple[Alarm, ...] = ()
    alarm_events: tuple[AlarmEvent, ...] = ()
    alarm_standings: Mapping[tuple[str, str], AlarmStanding] = field(default_factory=dict)
    queues: Mapping[str, Depth] | None = None
    held: Mapping[str, HeldSlab] | None = None

    @property
    def ledger_is_current(self) -> bool:
        """Whether what was counted last is counted again and again; it takes broker and store."""
        return self.broker.connected and self.store.connected

    @property
    def to_review(self) -> int:
        """How many slabs wait for a first label, as far as that is known."""
        return self.reviews.waiting if self.reviews else 0

    def camera(self, name: str) -> CameraView | None:
        """The camera of that name, None if it is unknown."""
        return next((camera for camera in self.cameras if camera.name == name), None)
