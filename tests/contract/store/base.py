"""What the parts of the store's suite share."""

from collections.abc import Callable, Iterator, Sequence
from contextlib import closing

import pytest

from marbleline.domain.verdict import Verdict
from marbleline.ports.store import Store
from marbleline.ports.verdicts import VerdictQuery
from tests.builders import wait_until

Connect = Callable[[], Store]

EVERYTHING = VerdictQuery()

# No store keeps a number beyond 64 bits.
BEYOND = 2**70


class StoreContract:
    """``connect`` opens one more connection to a store that is empty when the test begins."""

    @pytest.fixture
    def connect(self) -> Connect:
        raise NotImplementedError

    @pytest.fixture
    def store(self, connect: Connect) -> Iterator[Store]:
        with closing(connect()) as store:
            yield store


def put(store: Store, verdicts: Sequence[Verdict]) -> None:
    """Write verdicts and wait until queries see them."""
    before = store.counts(EVERYTHING).total
    assert store.put_verdicts(verdicts) == []
    wait_until(lambda: store.counts(EVERYTHING).total >= before + len(verdicts), what="the verdicts' sight")


def sequences(verdicts: Sequence[Verdict]) -> list[int]:
    """Their frames' sequences, in order."""
    return [verdict.frame.sequence for verdict in verdicts]
