"""One connection for all pages: shared, remembered for a moment, and made anew after a failure."""

import pytest

from marbleline.console.desk import Desk
from marbleline.errors import StoreUnavailable


class Connection:
    """Counts what is asked of it."""

    made: int = 0
    closed: int = 0

    def __init__(self) -> None:
        Connection.made += 1
        self.asked = 0

    def question(self) -> int:
        self.asked += 1
        return self.asked

    def fails(self) -> int:
        raise StoreUnavailable("gone")

    def close(self) -> None:
        Connection.closed += 1


@pytest.fixture
def desk(monkeypatch: pytest.MonkeyPatch) -> Desk[Connection]:
    monkeypatch.setattr(Connection, "made", 0)
    monkeypatch.setattr(Connection, "closed", 0)
    return Desk(Connection)


def test_all_questions_go_over_one_connection(desk: Desk[Connection]) -> None:
    assert [desk.ask(Connection.question) for _ in range(3)] == [1, 2, 3]
    assert Connection.made == 1


def test_an_answer_is_given_again_until_it_is_old_or_forgotten(desk: Desk[Connection]) -> None:
    assert [desk.recall("shift", 60, Connection.question) for _ in range(3)] == [1, 1, 1]
    assert desk.recall("other", 60, Connection.question) == 2
    assert desk.recall("shift", 0, Connection.question) == 3
    desk.forget()
    assert desk.recall("shift", 60, Connection.question) == 4


def test_after_a_failure_it_connects_anew_and_remembers_no_failure(desk: Desk[Connection]) -> None:
    with pytest.raises(StoreUnavailable):
        desk.recall("shift", 60, Connection.fails)
    assert Connection.closed == 1
    assert desk.recall("shift", 60, Connection.question) == 1
    assert Connection.made == 2
