"""Types of command-line arguments that several commands take; argparse prints what they refuse."""

import argparse
import math
from collections.abc import Callable
from typing import Final

# A thread can not wait for much longer.
_LONGEST_S: Final = 1e9


def whole_number(least: int, most: int) -> Callable[[str], int]:
    """A whole number within bounds, both included."""

    def read(text: str) -> int:
        if not text.isdecimal() or not least <= int(text) <= most:
            raise argparse.ArgumentTypeError(f"is {text!r}: allowed is a whole number from {least} to {most}")
        return int(text)

    return read


def seconds(least: float, most: float | None = None) -> Callable[[str], float]:
    """A number of seconds within bounds, both included; without ``most`` up to 30 years."""

    def read(text: str) -> float:
        try:
            value = float(text)
        except ValueError:
            value = math.nan
        if not least <= value <= (_LONGEST_S if most is None else most):
            bounds = f"{least:g} or more" if most is None else f"from {least:g} to {most:g}"
            raise argparse.ArgumentTypeError(f"is {text!r}: allowed is a number of seconds, {bounds}")
        return value

    return read
