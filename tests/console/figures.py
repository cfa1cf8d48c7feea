"""What was measured on the way, for the report; no test asserts a time."""

FIGURES: list[str] = []
