"""One connection that all pages of a server share for their questions, one at a time.

The feed has connections of its own, so a page that asks much or waits for a server that is away holds
up no verdict.
"""

import threading
import time
from collections import OrderedDict
from collections.abc import Callable, Hashable
from typing import Any, Final, Generic, Protocol, TypeVar

from marbleline.errors import Unavailable

_KEPT: Final = 32


class Closes(Protocol):
    """A connection that can be let go of."""

    def close(self) -> None:
        """Disconnect. Never raises."""
        ...


C = TypeVar("C", bound=Closes)
A = TypeVar("A")


class Desk(Generic[C]):
    """Asked by any thread. Connects when first asked, and anew after a failure."""

    def __init__(self, make: Callable[[], C]) -> None:
        self._make = make
        self._connection: C | None = None
        self._lock = threading.Lock()
        self._answers: OrderedDict[Hashable, tuple[float, Any]] = OrderedDict()

    def ask(self, question: Callable[[C], A]) -> A:
        """The answer. Raises Unavailable, and what the question raises."""
        with self._lock:
            return self._asked(question)

    def recall(self, key: Hashable, keep_s: float, question: Callable[[C], A]) -> A:
        """As ``ask``, but an answer under that key that is younger than so many seconds is given again.

        So ten tabs cost what one does.
        """
        with self._lock:
            known = self._answers.get(key)
            if known is not None and time.monotonic() - known[0] < keep_s:
                answer: A = known[1]
                return answer
            answer = self._asked(question)
            self._answers[key] = (time.monotonic(), answer)
            self._answers.move_to_end(key)
            if len(self._answers) > _KEPT:
                self._answers.popitem(last=False)
            return answer

    def forget(self) -> None:
        """What was answered before holds no longer."""
        with self._lock:
            self._answers.clear()

    def close(self) -> None:
        """Disconnect. Never raises."""
        with self._lock:
            self._let_go()

    def _asked(self, question: Callable[[C], A]) -> A:
        if self._connection is None:
            self._connection = self._make()
        try:
            return question(self._connection)
        except Unavailable:
            self._let_go()
            raise

    def _let_go(self) -> None:
        if self._connection is not None:
            self._connection.close()
            self._connection = None
