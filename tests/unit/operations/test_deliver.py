"""One notification to several receivers: all get it once, and nobody waits for another."""

import threading

from marbleline.domain.notification import Notification
from marbleline.errors import SinkRejected, SinkUnavailable
from marbleline.operations.deliver import deliver
from tests.builders import START

REPORT = Notification("0197a1b2", "report", START, "line-1/reports/shift", b"{}")


class Receiver:
    """Raises its errors one after the other, then takes everything."""

    def __init__(self, *errors: Exception) -> None:
        self.errors = list(errors)
        self.tries = 0
        self.taken: list[Notification] = []

    def send(self, notification: Notification) -> None:
        self.tries += 1
        if self.errors:
            raise self.errors.pop(0)
        self.taken.append(notification)

    def close(self) -> None:
        """Nothing is open."""


class NoWait(threading.Event):
    """An event that nobody waits for: the next try comes at once."""

    def wait(self, timeout: float | None = None) -> bool:
        return self.is_set()


def test_one_that_is_away_is_tried_again_and_the_others_are_not() -> None:
    office, mes = Receiver(SinkUnavailable("451"), SinkUnavailable("451")), Receiver()
    assert deliver(REPORT, {"office": office, "mes": mes}, 60, NoWait()) == {}
    assert (office.tries, mes.tries) == (3, 1)
    assert office.taken == mes.taken == [REPORT]


def test_one_that_refuses_is_not_asked_again() -> None:
    office, mes = Receiver(SinkRejected("554 no")), Receiver(SinkUnavailable("away"))
    assert deliver(REPORT, {"office": office, "mes": mes}, 60, NoWait()) == {"office": "554 no"}
    assert (office.tries, mes.taken) == (1, [REPORT])


def test_it_is_given_up_in_the_end_with_the_last_reason() -> None:
    office = Receiver(SinkUnavailable("first"), SinkUnavailable("last"))
    assert deliver(REPORT, {"office": office}, 0, NoWait()) == {"office": "first"}
    stopped = NoWait()
    stopped.set()
    assert deliver(REPORT, {"office": office}, 60, stopped) == {"office": "last"}
