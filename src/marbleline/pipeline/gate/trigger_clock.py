"""How old a trigger is at most, by this process's monotonic clock alone.

The PLC says how many triggers there were, not when. A trigger may be much older than its first sight here:
this process, the link or the PLC's program may have stood still, and the camera shows the next slab by now.
So a trigger counts as old as it can be. It was not yet part of the scan whose heartbeat was read before, and
that scan came after the last reading that showed an older heartbeat.
"""

from dataclasses import dataclass
from typing import Final

from marbleline.domain.gate import PlcStatus, next_sequence, sequences_between

# More triggers than this at once are no lost triggers: the PLC counts from elsewhere.
_MOST_MISSED: Final = 100


@dataclass(frozen=True, slots=True)
class TimedTrigger:
    """A trigger that came after ``after``, seconds of the monotonic clock."""

    sequence: int
    encoder: int
    recipe: int
    after: float


@dataclass(frozen=True, slots=True)
class TriggerReading:
    """What a reading of the PLC says of triggers.

    ``trigger``         the newest, if there is a new one to be answered
    ``missed``          the sequences of those that came and went before it, since the reading before
    ``resynchronised``  the PLC counts from elsewhere: it was restarted
    """

    trigger: TimedTrigger | None = None
    missed: tuple[int, ...] = ()
    resynchronised: bool = False


class TriggerClock:
    """Fed with each reading of the PLC, in order."""

    def __init__(self) -> None:
        self._status: PlcStatus | None = None
        self._asked_at = float("-inf")
        # The scan of the heartbeat that is shown now came after this moment.
        self._scanned_after = float("-inf")

    def read(self, asked_at: float, status: PlcStatus) -> TriggerReading:
        """Take in what the PLC answered to a question that was sent at ``asked_at``.

        What it says first is where triggers are counted from: how old they are nobody knows.
        """
        before, self._status = self._status, status
        bound, was_asked_at = self._scanned_after, self._asked_at
        self._asked_at = asked_at
        if before is None:
            return TriggerReading()
        if status.heartbeat != before.heartbeat:
            self._scanned_after = was_asked_at
        if status.sequence == before.sequence:
            return TriggerReading()
        between = sequences_between(before.sequence, status.sequence) if before.sequence else 0
        resynchronised = between > _MOST_MISSED
        trigger = TimedTrigger(status.sequence, status.encoder, status.recipe, bound)
        return TriggerReading(
            trigger=trigger if status.automatic else None,
            missed=() if resynchronised else _following(before.sequence, between),
            resynchronised=resynchronised,
        )


def _following(sequence: int, count: int) -> tuple[int, ...]:
    found = []
    for _ in range(count):
        sequence = next_sequence(sequence)
        found.append(sequence)
    return tuple(found)
