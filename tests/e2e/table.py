"""The table: a row per deed, printed as it comes and once more at the end."""

from collections.abc import Sequence
from typing import Final

HEAD: Final = ("deed", "frames", "lost", "twice", "dead", "seconds", "", "remark")
_WIDTHS: Final = (29, 7, 5, 6, 5, 8, 7, 0)
_LEFT: Final = {0, 6, 7}


def line_of(cells: Sequence[object]) -> str:
    """One line of the table."""
    told = [
        str(cell).ljust(width) if place in _LEFT else str(cell).rjust(width)
        for place, (cell, width) in enumerate(zip(cells, _WIDTHS, strict=True))
    ]
    return "  ".join(told).rstrip()


def as_text(rows: Sequence[Sequence[object]]) -> str:
    """Head, rows and sums."""
    sums = [sum(int(str(row[place])) for row in rows if row[place] != "-") for place in range(1, 6)]
    return "\n".join([line_of(HEAD), *map(line_of, rows), line_of(("total", *sums, "", f"{len(rows)} rows"))])
