"""Counts the seconds in which a camera could capture nothing, across its own end.

Durations come from the machine's uptime, which nobody can set. Only from one start of the machine to the next
they come from the wall clock; a difference that can't be is left out and told.
"""

import logging
from collections.abc import Callable
from dataclasses import replace
from typing import Final

import msgspec

from marbleline.domain.clock import Clock
from marbleline.domain.records import BlindCause, CameraReport
from marbleline.pipeline.camera.watch_mark import WatchFile, WatchMark, boot_id

log = logging.getLogger("marbleline.camera")

# The camera asks its source several times a second; a write to a slow disk may take longer.
_HELD_UP_S: Final = 3.0
_MARK_S: Final = 0.25
_MOST_S: Final = 366 * 86_400.0
# A report may have gone out after the last mark: its number is below this much more.
_UNMARKED_US: Final = 1_000_000


class BlindTimeMeter:
    """Told by the capture loop, several times a second, whether the camera can capture: by one thread.

    Blind time lasts until the loop says that it is over; a loop that says nothing for 3 seconds was held up.
    After a start it begins with the last mark of the worker before. ``captured_at`` is when the newest frame
    in the spool was captured (microseconds UTC), for one whose mark was lost in a power cut.
    """

    def __init__(
        self,
        file: WatchFile,
        clock: Clock,
        uptime: Callable[[], float],
        captured_at: int | None = None,
        boot: str | None = None,
    ) -> None:
        self._file = file
        self._clock = clock
        self._uptime = uptime
        boot = boot_id() if boot is None else boot
        now = uptime()
        before = file.read()
        if before is None and file.exists() and captured_at is not None:
            before = WatchMark(up=0.0, at=captured_at, boot="", since=captured_at)
        new = WatchMark(up=now, at=clock(), boot=boot, since=clock())
        self._mark = new if before is None else replace(before, up=now, boot=boot, told=False, ended=False)
        marked = 0 if before is None else max(before.report, before.at) + _UNMARKED_US
        self._first_number, self._began = max(clock(), marked), now
        self._cause: BlindCause | None = None
        self._span_s = 0.0
        self._at = now
        self._watching_from = now
        self._marked_at = float("-inf")
        if before is not None and not before.ended:
            self._cause = BlindCause.ROLLOUT if before.told else BlindCause.RESTART
            self._add(self._cause, _seconds_since(before, clock(), now, boot))
        self.totals = self._mark

    def watching(self) -> None:
        """The camera can capture now."""
        self._pass_time()
        if self._cause is not None:
            self._end_span(self._cause)
        self._mark_if_due()

    def waiting(self) -> None:
        """Whether the camera can capture is not known yet: what was the case still is."""
        self._pass_time()
        self._mark_if_due()

    def blind(self, cause: BlindCause, since: float | None = None) -> None:
        """The camera can't capture now; it could until ``since`` (uptime in seconds) if that is known."""
        self._pass_time()
        if self._cause is None and since is not None:
            self._add(cause, max(0.0, self._at - max(since, self._watching_from)))
        self._cause = cause
        self._mark_if_due()

    def triggered(self, trigger: int) -> None:
        """A picture of this trigger was captured. A smaller number is a counter that began again."""
        mark = self._mark
        if trigger != mark.trigger:
            began = mark.trigger is None or trigger < mark.trigger
            passed = 1 if began or mark.trigger is None else trigger - mark.trigger
            self._mark = replace(
                mark, trigger=trigger, triggers=mark.triggers + passed, missed=mark.missed + passed - 1
            )
            self._write()

    def put_into(self, report: CameraReport) -> CameraReport:
        """The report with the blind time until now in it; may be called by another thread."""
        mark = self.totals
        at, seconds, cause = mark.last or (None, 0.0, None)
        return msgspec.structs.replace(
            report,
            **{f"blind_{one.value}_ms": _ms(mark.blind_s.get(one.value, 0.0)) for one in BlindCause},
            watched_since=mark.since,
            last_blind_at=at,
            last_blind_ms=_ms(seconds),
            last_blind_cause=cause,
            triggers=None if mark.trigger is None else mark.triggers,
            missed=None if mark.trigger is None else mark.missed,
            number=self._number(self._uptime()),
        )

    def ended(self, *, told: bool = False, source_ended: bool = False) -> None:
        """The loop ends: ``told`` to, or because its source ended; else it fails."""
        self._pass_time()
        self._mark = replace(self._mark, told=told, ended=source_ended)
        self._write()
        self._file.close()

    def _number(self, up: float) -> int:
        return self._first_number + round((up - self._began) * 1_000_000)

    def _pass_time(self) -> None:
        now = self._uptime()
        passed, self._at = max(0.0, now - self._at), now
        if self._cause is not None:
            self._add(self._cause, passed)
        elif passed > _HELD_UP_S:
            self._add(BlindCause.HELD_UP, passed)
            self._end_span(BlindCause.HELD_UP)

    def _add(self, cause: BlindCause, seconds: float) -> None:
        sums = self._mark.blind_s
        self._span_s += seconds
        self._mark = replace(self._mark, blind_s={**sums, cause.value: sums.get(cause.value, 0.0) + seconds})

    def _end_span(self, cause: BlindCause) -> None:
        self._mark = replace(self._mark, last=(self._clock(), self._span_s, cause))
        log.info("camera.was_blind", extra={"cause": cause.value, "seconds": round(self._span_s, 3)})
        self._cause, self._span_s, self._watching_from = None, 0.0, self._at

    def _mark_if_due(self) -> None:
        self.totals = self._mark
        if self._at - self._marked_at >= _MARK_S:
            self._write()

    def _write(self) -> None:
        self._marked_at = self._at
        self.totals = self._mark = replace(
            self._mark, up=self._at, at=self._clock(), report=self._number(self._at)
        )
        self._file.write(self._mark)


def _ms(seconds: float) -> int:
    return round(seconds * 1000)


def _seconds_since(before: WatchMark, now: int, up: float, boot: str) -> float:
    seconds = up - before.up if boot and boot == before.boot else (now - before.at) / 1e6
    if 0 <= seconds <= _MOST_S:
        return seconds
    log.warning("camera.blind_time_unknown", extra={"detail": f"by the clock {seconds:.0f} s: was it set?"})
    return 0.0
