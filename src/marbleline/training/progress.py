"""What work that takes minutes calls to tell how far it is."""

from collections.abc import Callable

OnProgress = Callable[[str], None]
"""Gets a line of text at each step, for people."""

OnCount = Callable[[int, int], None]
"""Gets how many of how many are done."""
