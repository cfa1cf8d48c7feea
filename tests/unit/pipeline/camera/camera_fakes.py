"""A source that follows a script, and a real broker that can be away or full when told to."""

import threading
import time
from collections.abc import Callable, Sequence
from pathlib import Path

from marbleline.adapters.brokers.sqlite import SqliteBroker
from marbleline.domain.frame import Frame
from marbleline.errors import BrokerFull, BrokerUnavailable, MarblelineError, MessageTooLarge, SourceEnded
from marbleline.ports.message import Message
from marbleline.ports.source import CapturedImage
from tests.builders import START, make_picture

Step = CapturedImage | MarblelineError | None


def captured(number: int, content: bytes | None = None) -> CapturedImage:
    return CapturedImage(
        make_picture(number) if content is None else content, START + number, f"{number}.jpg"
    )


class ScriptedSource:
    """Gives the steps one after the other, then ends. A patient one gives again what a full spool refused."""

    def __init__(self, steps: Sequence[Step], *, can_wait: bool = True) -> None:
        self.steps = list(steps)
        self.can_wait = can_wait
        self.dropped = 0
        self.resumed: list[Frame | None] = []
        self.taken = 0
        self.outcomes: list[tuple[str | None, str]] = []
        self.frames: list[Frame] = []
        self.closed = False

    def resume(self, last: Frame | None) -> None:
        self.resumed.append(last)

    def next_image(self, wait_s: float) -> CapturedImage | None:
        if not self.steps:
            raise SourceEnded("the script is at its end")
        self.taken += 1
        step = self.steps.pop(0)
        if isinstance(step, MarblelineError):
            raise step
        if step is None:
            time.sleep(min(wait_s, 0.002))
        return step

    def committed(self, captured: CapturedImage, frame: Frame) -> None:
        self.outcomes.append((captured.origin, "landed"))
        self.frames.append(frame)

    def rejected(self, captured: CapturedImage, reason: str, detail: str) -> None:
        self.outcomes.append((captured.origin, reason))
        if self.can_wait and reason == "spool_full":
            self.steps.insert(0, captured)

    def close(self) -> None:
        self.closed = True


class MoodyBroker(SqliteBroker):
    """``trouble`` is asked before each call; what it returns is raised."""

    def __init__(self, path: Path) -> None:
        super().__init__(path)
        self.trouble: Callable[[], Exception | None] = lambda: None
        self.windows: list[int] = []
        self.limit = 10**9
        self.hangs = threading.Event()
        self.hangs.set()

    def away(self) -> None:
        self.trouble = lambda: BrokerUnavailable("unplugged")

    def full(self) -> None:
        self.trouble = lambda: BrokerFull("queue frames holds 2000 of 2000")

    def well(self) -> None:
        self.trouble = lambda: None

    def publish(self, messages: Sequence[Message]) -> None:
        self._say()
        if any(len(message.body) > self.limit for message in messages):
            raise MessageTooLarge(self.limit)
        super().publish(messages)
        if messages[0].key.startswith("frame."):
            self.windows.append(len(messages))

    def publish_dead_letter(self, queue: str, message: Message, reason: str, detail: str) -> None:
        self._say()
        super().publish_dead_letter(queue, message, reason, detail)

    def _say(self) -> None:
        self.hangs.wait(60)
        error = self.trouble()
        if error is not None:
            raise error
