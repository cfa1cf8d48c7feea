"""One connection for all pages: shared, remembered for a moment, and made anew after a failure."""

import pytest

from marbleline.console.state.cached_connection import CachedConnection
from marbleline.errors import StoreUnavailable


class Connection:
    """Counts its queries."""

    made: int = 0
    closed: int = 0

    def __init__(self) -> None:
        Connection.made += 1
        self.queries = 0

    def query(self) -> int:
        self.queries += 1
        return self.queries

    def fails(self) -> int:
        raise StoreUnavailable("gone")

    def close(self) -> None:
        Connection.closed += 1


@pytest.fixture
def connection(monkeypatch: pytest.MonkeyPatch) -> CachedConnection[Connection]:
    monkeypatch.setattr(Connection, "made", 0)
    monkeypatch.setattr(Connection, "closed", 0)
    return CachedConnection(Connection)


def test_all_queries_go_over_one_connection(connection: CachedConnection[Connection]) -> None:
    assert [connection.query(Connection.query) for _ in range(3)] == [1, 2, 3]
    assert Connection.made == 1


def test_a_result_is_cached_until_it_is_old_or_cleared(connection: CachedConnection[Connection]) -> None:
    assert [connection.query_cached("shift", 60, Connection.query) for _ in range(3)] == [1, 1, 1]
    assert connection.query_cached("other", 60, Connection.query) == 2
    assert connection.query_cached("shift", 0, Connection.query) == 3
    connection.clear_cache()
    assert connection.query_cached("shift", 60, Connection.query) == 4


def test_after_a_failure_it_connects_anew_and_remembers_no_failure(
    connection: CachedConnection[Connection],
) -> None:
    with pytest.raises(StoreUnavailable):
        connection.query_cached("shift", 60, Connection.fails)
    assert Connection.closed == 1
    assert connection.query_cached("shift", 60, Connection.query) == 1
    assert Connection.made == 2
