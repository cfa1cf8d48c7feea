"""Who keeps its connection when there are too many."""

from marbleline.adapters.sources.http_admission import Admission, ConnectionLimits


class Connection:
    closed = False

    def abort(self) -> None:
        self.closed = True


def entered(admission: Admission, count: int, address: str = "a") -> list[Connection]:
    connections = [Connection() for _ in range(count)]
    assert all(admission.enter(connection, address) for connection in connections)
    return connections


def closed(connections: list[Connection]) -> list[bool]:
    return [connection.closed for connection in connections]


def test_the_oldest_undecided_connection_of_the_same_address_is_closed() -> None:
    admission = Admission(ConnectionLimits(10, 8, undecided_per_address=2))
    others = entered(admission, 2, "b")
    own = entered(admission, 4, "a")
    assert (closed(others), closed(own)) == ([False, False], [True, True, False, False])


def test_the_oldest_undecided_connection_of_all_is_closed() -> None:
    admission = Admission(ConnectionLimits(10, undecided=3, undecided_per_address=3))
    crowd = [entered(admission, 1, str(number))[0] for number in range(5)]
    assert closed(crowd) == [True, True, False, False, False]
    assert admission.counts() == {"undecided": 3, "authenticated": 0}


def test_an_authenticated_connection_is_in_the_reserved_share() -> None:
    admission = Admission(ConnectionLimits(connections=3, undecided=1))
    sender, *_ = entered(admission, 1)
    admission.authenticated(sender)
    entered(admission, 5)
    assert not sender.closed
    assert admission.counts() == {"undecided": 1, "authenticated": 1}


def test_authenticated_senders_can_have_all() -> None:
    admission = Admission(ConnectionLimits(connections=2, undecided=2))
    for connection in entered(admission, 2):
        admission.authenticated(connection)
    assert not admission.enter(Connection(), "a")


def test_a_connection_that_is_closed_leaves_its_place() -> None:
    admission = Admission(ConnectionLimits(2, 2, 2))
    first, second = entered(admission, 2)
    admission.authenticated(second)
    for connection in (first, second, first):
        admission.leave(connection)
    admission.authenticated(first)  # too late
    assert admission.counts() == {"undecided": 0, "authenticated": 0}
    assert closed(entered(admission, 2)) == [False, False]


def test_an_address_is_answered_at_its_rate() -> None:
    seconds = 0.0
    admission = Admission(ConnectionLimits(unauthenticated_per_s=2.0, burst=3), lambda: seconds)
    assert [admission.may_answer("a") for _ in range(5)] == [True, True, True, False, False]
    assert admission.may_answer("b")
    seconds = 1.0
    assert [admission.may_answer("a") for _ in range(3)] == [True, True, False]


def test_addresses_that_are_remembered_are_bounded() -> None:
    admission = Admission(ConnectionLimits(burst=1, unauthenticated_per_s=0.0), lambda: 0.0)
    assert [admission.may_answer("a"), admission.may_answer("a")] == [True, False]
    for number in range(1024):
        admission.may_answer(str(number))
    assert admission.may_answer("a")
