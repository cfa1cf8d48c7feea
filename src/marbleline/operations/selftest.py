"""The self-test: known slabs go through the running line, and what it says of them is compared."""

import io
import time
from collections.abc import Callable, Sequence
from dataclasses import dataclass
from typing import Final, Protocol, TypeVar

from PIL import Image

from marbleline.domain.clock import Clock
from marbleline.domain.decision import Decision
from marbleline.domain.frame import DEFAULT_PRODUCT, Frame, FrameIds, sha256_hex
from marbleline.domain.verdict import Verdict
from marbleline.errors import BrokerFull, Unavailable, WireError
from marbleline.ports.broker import MessagePublisher
from marbleline.ports.inventory import QueueInventory
from marbleline.ports.message import Message
from marbleline.ports.subscription import Subscriptions
from marbleline.ports.topology import frame_key
from marbleline.ports.verdicts import Verdicts
from marbleline.synthetic.slab import draw

CAMERA: Final = "selftest"
_SEED: Final = 6
_RECORD_S: Final = 0.5

T = TypeVar("T")


class SelfTestBroker(MessagePublisher, Subscriptions, QueueInventory, Protocol):
    """What the self-test asks of the broker."""


@dataclass(frozen=True, slots=True)
class KnownSlab:
    """A slab that is known: what it is called, its picture, and the decisions that are right."""

    name: str
    content: bytes
    expected: tuple[Decision, ...]


@dataclass(frozen=True, slots=True)
class SelfTestResult:
    """What the line said of a sample: ``verdict`` is None if it said nothing in time."""

    sample: KnownSlab
    verdict: Verdict | None
    recorded: bool

    @property
    def answered(self) -> bool:
        """Whether a verdict came and is on record."""
        return self.recorded and self.verdict is not None

    @property
    def right(self) -> bool:
        """Whether the verdict came, was right, and is on record."""
        return self.recorded and self.verdict is not None and self.verdict.decision in self.sample.expected


def drawn_samples() -> tuple[KnownSlab, ...]:
    """A good slab and one with a crack, drawn always the same."""
    return (_drawn("good", Decision.GOOD), _drawn("crack", Decision.FAULTY))


def send_through(
    broker: SelfTestBroker,
    store: Verdicts,
    line: str,
    samples: Sequence[KnownSlab],
    clock: Clock,
    limit_s: float,
    product: str = DEFAULT_PRODUCT,
) -> list[SelfTestResult]:
    """Publish the samples as frames of a camera of their own and wait for verdicts and record.

    They count in the ledger like all other frames: their sequences follow on the last run's.
    Raises BrokerUnavailable, StoreUnavailable.
    """
    until = time.monotonic() + limit_s
    inventory = _when_available(broker.inventory, until)
    last = _when_available(store.highest_sequences, until).get(CAMERA, 0)
    for frames in (inventory.pending, inventory.unrecorded, inventory.dead_lettered, inventory.discarded):
        last = max([last, *frames.get(CAMERA, {}).values()])
    ids = FrameIds(clock)
    sent: dict[str, KnownSlab] = {}
    messages: list[Message] = []
    for number, sample in enumerate(samples, last + 1):
        frame = Frame(
            frame_id=ids(),
            line=line,
            camera=CAMERA,
            sequence=number,
            captured_at=clock(),
            sha256=sha256_hex(sample.content),
            size=len(sample.content),
            deadline_ms=round(limit_s * 1000),
            origin=f"selftest:{sample.name}",
            product=product,
        )
        sent[frame.frame_id] = sample
        messages.append(Message(frame.frame_id, frame_key(frame), frame.to_headers(), sample.content))
    feed = broker.subscribe([f"verdict.{line}.{CAMERA}.#"], max_length=1_000)
    try:
        _publish(broker, messages, until)
        verdicts: dict[str, Verdict] = {}
        while len(verdicts) < len(sent) and time.monotonic() < until:
            for message in feed.receive(10, wait_s=_RECORD_S):
                if message.message_id in sent:
                    verdicts[message.message_id] = _decoded(message)
    finally:
        feed.close()
    return [
        SelfTestResult(sample, verdicts.get(frame_id), _recorded(store, frame_id, until))
        for frame_id, sample in sent.items()
    ]


def _publish(broker: MessagePublisher, messages: Sequence[Message], until: float) -> None:
    while True:
        try:
            return broker.publish(messages)
        except BrokerFull:
            if time.monotonic() >= until:
                raise
            time.sleep(_RECORD_S)


def _when_available(ask: Callable[[], T], until: float) -> T:
    while True:
        try:
            return ask()
        except Unavailable:
            if time.monotonic() >= until:
                raise
            time.sleep(_RECORD_S)


def _decoded(message: Message) -> Verdict:
    try:
        return Verdict.from_json(message.body)
    except WireError as error:
        raise ValueError(f"the line published a verdict that can't be read: {error}") from error


def _recorded(store: Verdicts, frame_id: str, until: float) -> bool:
    while _when_available(lambda: store.verdict(frame_id), until) is None:
        if time.monotonic() >= until:
            return False
        time.sleep(_RECORD_S)
    return True


def _drawn(label: str, expected: Decision) -> KnownSlab:
    content = io.BytesIO()
    Image.fromarray(draw(_SEED, label=label).rgb).save(content, "JPEG", quality=95)
    return KnownSlab(label, content.getvalue(), (expected,))
