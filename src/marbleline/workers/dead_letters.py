"""Dead letters chosen by id, reason or camera, and sent round again or given up."""

from collections.abc import Callable, Iterator, Sequence
from dataclasses import dataclass
from itertools import islice
from typing import Final

from marbleline.domain.reasons import REASONS
from marbleline.ports.broker import Broker, DeadLetter
from marbleline.ports.paging import pages

# Of these only the beginning was ever kept: there is no picture to judge.
WITHOUT_PICTURE: Final = "too_large"

_PAGE: Final = 200


@dataclass(frozen=True, slots=True)
class Choice:
    """Which letters: all conditions that are given hold; nothing given means every letter."""

    letter_ids: tuple[str, ...] = ()
    reason: str | None = None
    camera: str | None = None

    def takes(self, letter: DeadLetter) -> bool:
        """Whether it is one of them."""
        return (
            (not self.letter_ids or letter.letter_id in self.letter_ids)
            and self.reason in (None, letter.reason)
            and self.camera in (None, letter.message.headers.get("camera"))
        )


def choose(broker: Broker, choice: Choice, *, bodies: bool = False) -> Iterator[DeadLetter]:
    """The chosen letters, oldest first, read page by page. Raises BrokerUnavailable."""
    for page in pages(lambda after: broker.dead_letters(_PAGE, after, bodies), lambda one: one.letter_id):
        yield from filter(choice.takes, page)


def replayable(letter: DeadLetter) -> bool:
    """Whether it can end otherwise the second time."""
    return letter.reason != WITHOUT_PICTURE


def in_batches(act: Callable[[Sequence[str]], int], letter_ids: Sequence[str]) -> Iterator[int]:
    """Replay or drop a hundred at a time; yields how many of each batch were still there.

    Raises what ``act`` raises: what was yielded before is done.
    """
    rest = iter(letter_ids)
    while batch := list(islice(rest, 100)):
        yield act(batch)


def meaning(reason: str) -> str:
    """What a reason means, for people."""
    return REASONS.get(reason, "a reason of another version of Marbleline")
