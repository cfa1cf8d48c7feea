"""Memory that a program has freed and its allocator keeps: given back to the system."""

import ctypes
import sys


def return_free_memory() -> None:
    """Have glibc return the free pages of all its arenas (malloc_trim(3)). It takes milliseconds.

    Other C libraries have no such call: nothing happens there.
    """
    if sys.platform == "linux":
        trim = getattr(ctypes.CDLL(None), "malloc_trim", None)
        if trim is not None:
            trim(0)
