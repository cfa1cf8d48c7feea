"""A source that follows a script, and a real broker that can be away or full when told to."""

import threading
import time
from collections.abc import Callable, Sequence
from pathlib import Path

from marbleline.adapters.broker_sqlite import SqliteBroker
from marbleline.domain.frame import Frame
from marbleline.errors import BrokerFull, BrokerUnavailable, MarblelineError, SourceEnded
from marbleline.ports.broker import Message
from marbleline.ports.source import Shot
from tests.builders import START, make_picture

Step = Shot | MarblelineError | None


def shot(number: int, content: bytes | None = None) -> Shot:
    return Shot(make_picture(number) if content is None else content, START + number, f"{number}.jpg")


class ScriptedSource:
    """Gives the steps one after the other, then ends. A patient one gives again what a full spool refused."""

    def __init__(self, steps: Sequence[Step], *, patient: bool = True) -> None:
        self.steps = list(steps)
        self.patient = patient
        self.dropped = 0
        self.resumed: list[Frame | None] = []
        self.taken = 0
        self.outcomes: list[tuple[str | None, str]] = []
        self.frames: list[Frame] = []
        self.closed = False

    def resume(self, last: Frame | None) -> None:
        self.resumed.append(last)

    def take(self, wait_s: float) -> Shot | None:
        if not self.steps:
            raise SourceEnded("the script is at its end")
        self.taken += 1
        step = self.steps.pop(0)
        if isinstance(step, MarblelineError):
            raise step
        if step is None:
            time.sleep(min(wait_s, 0.002))
        return step

    def landed(self, shot: Shot, frame: Frame) -> None:
        self.outcomes.append((shot.origin, "landed"))
        self.frames.append(frame)

    def refused(self, shot: Shot, reason: str, detail: str) -> None:
        self.outcomes.append((shot.origin, reason))
        if self.patient and reason == "spool_full":
            self.steps.insert(0, shot)

    def close(self) -> None:
        self.closed = True


class MoodyBroker(SqliteBroker):
    """``trouble`` is asked before each call; what it returns is raised."""

    def __init__(self, path: Path) -> None:
        super().__init__(path)
        self.trouble: Callable[[], Exception | None] = lambda: None
        self.windows: list[int] = []
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
        super().publish(messages)
        if messages[0].key.startswith("frame."):
            self.windows.append(len(messages))

    def bury(self, queue: str, message: Message, reason: str, detail: str) -> None:
        self._say()
        super().bury(queue, message, reason, detail)

    def _say(self) -> None:
        self.hangs.wait(60)
        error = self.trouble()
        if error is not None:
            raise error
