"""Columns are as wide as their longest cell; figures are aligned to the right."""

from marbleline.cli.table import aligned


def test_columns_are_aligned() -> None:
    rows = [("camera", "judged", ""), ("c-1", "12", "balanced"), ("camera-10", "3", "NOT BALANCED")]
    assert aligned(rows, [1]).splitlines() == [
        "camera     judged",
        "c-1            12  balanced",
        "camera-10       3  NOT BALANCED",
    ]
