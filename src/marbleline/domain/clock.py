"""Time as integers: microseconds since 1970 in UTC, the unit of every ``*_at`` field on the wire.

Integers, because AMQP headers and JSON readers round floats. Functions that need the time take a
``Clock``; tests pass one that they advance by hand.
"""

import time
from collections.abc import Callable
from datetime import UTC, datetime, timedelta

from marbleline.errors import WireError

Clock = Callable[[], int]

_EPOCH = datetime(1970, 1, 1, tzinfo=UTC)


def now() -> int:
    """Microseconds since 1970-01-01T00:00:00Z by the system's clock."""
    return time.time_ns() // 1000


def to_iso(at: int) -> str:
    """``1700000000000001`` becomes ``2023-11-14T22:13:20.000001Z``."""
    return (_EPOCH + timedelta(microseconds=at)).strftime("%Y-%m-%dT%H:%M:%S.%fZ")


def from_iso(text: str) -> int:
    """The inverse of ``to_iso``; any ISO 8601 time with an offset is taken.

    Raises WireError if the text is no such time.
    """
    try:
        moment = datetime.fromisoformat(text)
        return (moment - _EPOCH) // timedelta(microseconds=1)
    except (TypeError, ValueError) as error:
        raise WireError(f"not a UTC time in ISO 8601: {text!r}") from error
