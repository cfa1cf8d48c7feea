"""Which deliveries of a batch are worked on alone, after the others: what may be slow, or end the worker."""

from collections.abc import Callable, Sequence
from typing import Final

from marbleline.ports.message import Delivery

# Delivered once, a message shares a batch; twice, it is alone; from then on, in a process of its own. The
# second time it is most often innocent (a neighbour of the one at fault, a killed worker), and costs nothing.
ISOLATED_FROM: Final = 3


def redelivered(delivery: Delivery) -> bool:
    """Whether somebody had it before: it may be what ended that worker."""
    return delivery.count > 1


def suspected(delivery: Delivery) -> bool:
    """Whether two workers had it and did not settle it: it is not worked on in this process any more."""
    return delivery.count >= ISOLATED_FROM


def nothing_alone(delivery: Delivery) -> bool:
    """For work whose deliveries may all share a batch."""
    return False


def parts(taken: Sequence[Delivery], alone: Callable[[Delivery], bool]) -> list[Sequence[Delivery]]:
    """The batch without those that are alone, then each of those, in order."""
    apart = [alone(delivery) for delivery in taken]
    together = [delivery for delivery, one in zip(taken, apart, strict=True) if not one]
    singles = [[delivery] for delivery, one in zip(taken, apart, strict=True) if one]
    return [together, *singles] if together else [*singles]
