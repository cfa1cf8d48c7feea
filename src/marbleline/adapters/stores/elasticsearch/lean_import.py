"""Importing a library without the optional ones that it would load on sight.

The Elasticsearch client imports pyarrow where it finds it, to turn tables of it into JSON. We send bytes;
beside the console, which has pyarrow installed, each worker would grow by 50 MiB for nothing. Likewise
requests, aiohttp and httpx, other ways to the server than the one that we use: half of the client's time
to import.
"""

import sys
from collections.abc import Iterator
from contextlib import contextmanager


@contextmanager
def without(name: str) -> Iterator[None]:
    """Within it ``import name`` fails as if the module were not installed, unless it is loaded already."""
    if name in sys.modules:
        yield
        return
    sys.modules[name] = None  # type: ignore[assignment]  # how Python marks a module that can't be imported
    try:
        yield
    finally:
        del sys.modules[name]
