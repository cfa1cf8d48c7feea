"""Time as integers: microseconds since 1970 in UTC, in memory and in message headers.

Integers, because AMQP headers round floats. JSON documents carry ISO 8601 instead, see ``domain.wire``.
Functions that need the time take a ``Clock``; tests pass one that they advance by hand.
"""

import time
from collections.abc import Callable
from datetime import UTC, datetime, timedelta
from typing import TYPE_CHECKING, Final

from marbleline.errors import WireError

Clock = Callable[[], int]

if TYPE_CHECKING:
    Time = int
else:

    class Time(int):
        """An integer that a message's JSON form writes as ISO 8601.

        To the type checker it is an ``int``: whoever makes a message passes one, and the message makes
        it a ``Time`` (``wire.WireStruct``). The encoder tells it from other integers by its class.
        """

        __slots__ = ()


_SINCE_BOOT: Final[int | None] = getattr(time, "CLOCK_BOOTTIME", None)
_EPOCH = datetime(1970, 1, 1, tzinfo=UTC)


def now() -> int:
    """Microseconds since 1970-01-01T00:00:00Z by the system's clock."""
    return time.time_ns() // 1000


def uptime() -> float:
    """Seconds since this machine was started, sleep included: no one can set this clock.

    Where the system has no such clock, seconds of its monotonic one.
    """
    return time.clock_gettime(_SINCE_BOOT) if _SINCE_BOOT is not None else time.monotonic()


def to_datetime(at: int) -> datetime:
    """Microseconds since 1970 as a time in UTC."""
    return _EPOCH + timedelta(microseconds=at)


def from_datetime(moment: datetime) -> int:
    """The inverse of ``to_datetime``, of a time in any zone. Raises TypeError if it has none."""
    return (moment - _EPOCH) // timedelta(microseconds=1)


def to_iso(at: int) -> str:
    """``1700000000000001`` becomes ``2023-11-14T22:13:20.000001Z``."""
    return to_datetime(at).isoformat(timespec="microseconds")[:26] + "Z"


def from_iso(text: str) -> int:
    """The inverse of ``to_iso``; any ISO 8601 time with an offset is taken.

    Raises WireError if the text is no such time.
    """
    try:
        return from_datetime(datetime.fromisoformat(text))
    except (TypeError, ValueError) as error:
        raise WireError(f"not a UTC time in ISO 8601: {text!r}") from error
