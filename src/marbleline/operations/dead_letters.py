"""Dead letters chosen by id, reason or camera, and sent round again or given up."""

from collections.abc import Callable, Iterator, Sequence
from dataclasses import dataclass
from itertools import islice
from typing import Final

from marbleline.domain.reasons import REASONS
from marbleline.ports.dead_letters import DeadLetter, DeadLetters
from marbleline.ports.paging import pages

# Of these only the beginning was ever kept: there is no picture to judge.
WITHOUT_PICTURE: Final = "too_large"

_PAGE: Final = 200


@dataclass(frozen=True, slots=True)
class DeadLetterFilter:
    """Which letters: all conditions that are given hold; nothing given means every letter."""

    dead_letter_ids: tuple[str, ...] = ()
    reason: str | None = None
    camera: str | None = None

    def takes(self, dead_letter: DeadLetter) -> bool:
        """Whether it is one of them."""
        return (
            (not self.dead_letter_ids or dead_letter.dead_letter_id in self.dead_letter_ids)
            and self.reason in (None, dead_letter.reason)
            and self.camera in (None, dead_letter.message.headers.get("camera"))
        )


def choose(broker: DeadLetters, choice: DeadLetterFilter, *, bodies: bool = False) -> Iterator[DeadLetter]:
    """The chosen letters, oldest first, read page by page. Raises BrokerUnavailable."""
    for page in pages(
        lambda after: broker.dead_letters(_PAGE, after, bodies), lambda one: one.dead_letter_id
    ):
        yield from filter(choice.takes, page)


def replayable(dead_letter: DeadLetter) -> bool:
    """Whether it can end otherwise the second time."""
    return dead_letter.reason != WITHOUT_PICTURE


def in_batches(act: Callable[[Sequence[str]], int], dead_letter_ids: Sequence[str]) -> Iterator[int]:
    """Replay or discard a hundred at a time; yields how many of each batch were still there.

    Raises what ``act`` raises: what was yielded before is done.
    """
    rest = iter(dead_letter_ids)
    while batch := list(islice(rest, 100)):
        yield act(batch)


def meaning(reason: str) -> str:
    """What a reason means, for people."""
    return REASONS.get(reason, "a reason of another version of Marbleline")
