"""A table on a terminal: rows of text as lines of aligned columns."""

from collections.abc import Collection, Sequence


def aligned(rows: Sequence[Sequence[str]], figures: Collection[int] = ()) -> str:
    """A line per row, two spaces between columns, as wide as the longest cell of each column.

    ``rows``     one at least, all of the same length; the first may be the heading
    ``figures``  the numbers of the columns that are aligned to the right; the others are to the left
    """
    widths = [max(len(row[column]) for row in rows) for column in range(len(rows[0]))]
    lines = []
    for row in rows:
        cells = [
            cell.rjust(width) if column in figures else cell.ljust(width)
            for column, (cell, width) in enumerate(zip(row, widths, strict=True))
        ]
        lines.append("  ".join(cells).rstrip())
    return "\n".join(lines)
