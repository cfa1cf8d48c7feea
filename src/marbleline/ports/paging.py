"""Reading a long list page by page, as stores and brokers hand it out."""

from collections.abc import Callable, Iterator, Sequence
from typing import TypeVar

Item = TypeVar("Item")


def pages(
    ask: Callable[[str | None], Sequence[Item]], key: Callable[[Item], str]
) -> Iterator[Sequence[Item]]:
    """Every page until one is empty; ``ask`` is given the key of the last item seen, None at first."""
    after: str | None = None
    while page := ask(after):
        yield page
        after = key(page[-1])
