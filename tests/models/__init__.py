"""Models for tests, small enough to be followed by eye."""
