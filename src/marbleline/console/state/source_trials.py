"""Sources that people test from a browser: each in a process of its own, for a while, few at a time."""

import logging
import secrets
import threading
import time
from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from typing import Final

from marbleline.domain.quality import Quality
from marbleline.errors import ChildDied, SandboxUnavailable, SettingError
from marbleline.sandbox.process import SandboxProcess

log = logging.getLogger("marbleline.console")

LONGEST_S: Final = 60.0
"""After so many seconds a test ends by itself, so that no forgotten one holds a camera."""

MOST: Final = 2
"""So many tests at a time on one console."""

_OPEN_S: Final = 30.0
_STEP_S: Final = 15.0
_GAP_S: Final = 0.02


@dataclass(frozen=True, slots=True)
class TrialReport:
    """What was seen so far.

    ``state``    ``waiting`` for a picture, ``pictures``, ``unreadable`` pictures, source ``away``, ``ended``,
                 ``failed`` for good, or ``over``: stopped, or its time is up
    ``rate``     pictures a second of the last few
    ``size``     width, height and bytes of the newest picture; None: none was seen
    ``picture``  it as JPEG for a screen, ``number`` counts them
    """

    state: str = "waiting"
    detail: str = ""
    frames: int = 0
    rate: float = 0.0
    dropped: int = 0
    size: tuple[int, int, int] | None = None
    quality: Quality | None = None
    picture: bytes = b""
    number: int = 0


class Trial:
    """One test, with a thread that asks its process; ``report`` and ``stop`` are for any thread."""

    def __init__(self, child: Sequence[str], texts: Mapping[str, str], longest_s: float) -> None:
        self.token: Final = secrets.token_urlsafe(16)
        self.report = TrialReport()
        self._texts = texts
        self._process = SandboxProcess(child)
        self._until = time.monotonic() + longest_s
        self._stop = threading.Event()
        self._thread = threading.Thread(target=self._run, name="console-trial", daemon=True)
        self._thread.start()

    @property
    def running(self) -> bool:
        """Whether it still holds the source."""
        return self._thread.is_alive()

    def stop(self, limit_s: float = 0.0) -> None:
        """End it; waits up to ``limit_s`` seconds until the source is free. Never raises."""
        self._stop.set()
        if limit_s:
            self._thread.join(limit_s)

    def _run(self) -> None:
        question: dict[str, object] = {"settings": dict(self._texts)}
        deadline_s = _OPEN_S
        try:
            while not self._stop.wait(_GAP_S) and time.monotonic() < self._until:
                answer, picture = self._process.ask(question, b"", deadline_s)
                self.report = _seen(self.report, answer, bytes(picture))
                if self.report.state in ("failed", "ended"):
                    return
                question, deadline_s = {}, _STEP_S
            self.report = _seen(self.report, {"state": "over"}, b"")
        except (ChildDied, SandboxUnavailable) as error:
            self.report = _seen(self.report, {"state": "failed", "detail": str(error)}, b"")
        except Exception:
            log.exception("console.unexpected_error", extra={"thread": "trial"})
            self.report = _seen(self.report, {"state": "failed", "detail": "see the console's log"}, b"")
        finally:
            self._process.close()


class SourceTrials:
    """``child``: what Python runs as a trial's process."""

    def __init__(self, child: Sequence[str], longest_s: float = LONGEST_S) -> None:
        self._child = child
        self._longest_s = longest_s
        self._lock = threading.Lock()
        self._trials: dict[str, Trial] = {}

    def start(self, texts: Mapping[str, str]) -> Trial:
        """Test a source with these settings, secrets revealed. Raises SettingError if too many run."""
        with self._lock:
            self._trials = {token: one for token, one in self._trials.items() if one.running}
            if len(self._trials) >= MOST:
                raise SettingError(f"{MOST} cameras are being tested; wait until one of the tests has ended")
            made = Trial(self._child, texts, self._longest_s)
            self._trials[made.token] = made
            return made

    def find(self, token: str) -> Trial | None:
        """The trial with that token, None if there is none that runs."""
        with self._lock:
            return self._trials.get(token)

    def discover(self) -> list[tuple[str, ...]]:
        """Of each GigE Vision camera that answers: serial number, address, name, maker and model.

        Raises SettingError if they can't be looked for here.
        """
        process = SandboxProcess(self._child)
        try:
            answer, _ = process.ask({"discover": True}, b"", _OPEN_S)
        except (ChildDied, SandboxUnavailable) as error:
            raise SettingError(f"cameras can't be looked for: {error}") from error
        finally:
            process.close()
        found = answer.get("cameras")
        if not isinstance(found, list):
            raise SettingError(str(answer.get("detail", "cameras can't be looked for")))
        return [tuple(map(str, one)) for one in found if isinstance(one, list)]

    def close(self) -> None:
        """End all. Never raises."""
        with self._lock:
            trials = list(self._trials.values())
        for one in trials:
            one.stop()


def _seen(before: TrialReport, answer: Mapping[str, object], picture: bytes) -> TrialReport:
    def number(name: str, default: float) -> float:
        value = answer.get(name, default)
        return value if isinstance(value, int | float) else default

    size, quality = before.size, before.quality
    if picture:
        size = (round(number("width", 0)), round(number("height", 0)), round(number("bytes", 0)))
        figures = answer.get("quality")
        if isinstance(figures, list) and len(figures) == 3:
            quality = Quality(*map(float, figures))
    return TrialReport(
        state=str(answer.get("state", "failed")),
        detail=str(answer.get("detail", "")),
        frames=round(number("frames", before.frames)),
        rate=number("rate", before.rate),
        dropped=round(number("dropped", before.dropped)),
        size=size,
        quality=quality,
        picture=picture or before.picture,
        number=before.number + bool(picture),
    )
