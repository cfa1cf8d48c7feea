"""Kubernetes' quantities: ``200m`` of a core, ``512Mi`` of memory."""

import re
from decimal import Decimal
from typing import Final

_QUANTITY: Final = re.compile(r"([0-9.]+)([a-zA-Z]*)")
_SUFFIXES: Final = {
    "": Decimal(1),
    "m": Decimal("0.001"),
    **{letter: Decimal(1000) ** power for power, letter in enumerate("kMGTPE", 1)},
    **{f"{letter}i": Decimal(1024) ** power for power, letter in enumerate("KMGTPE", 1)},
}


def number_of(quantity: object) -> float:
    """The number that a quantity stands for. Raises ValueError if it is none."""
    match = _QUANTITY.fullmatch(str(quantity))
    if match is None or match[2] not in _SUFFIXES:
        raise ValueError(f"{quantity!r} is no quantity such as 200m or 512Mi")
    return float(Decimal(match[1]) * _SUFFIXES[match[2]])
