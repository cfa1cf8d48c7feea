"""What it means that a server can't be had."""

import os
from pathlib import Path
from typing import Final, NoReturn

STRICT: Final = "MARBLELINE_TEST_STRICT"


class ServerMissing(Exception):
    """A server can't be had here. The text says what is missing and how to get it."""


def skip_or_fail(error: ServerMissing) -> NoReturn:
    """A skip on a laptop, an error where ``MARBLELINE_TEST_STRICT=1`` says that all must run."""
    import pytest

    if os.environ.get(STRICT, "") not in ("", "0"):
        pytest.fail(f"{error} ({STRICT} is set, so this is an error)", pytrace=False)
    pytest.skip(str(error))


def cache() -> Path:
    """The user's cache folder for servers: their data, logs and what was built for them."""
    base = os.environ.get("XDG_CACHE_HOME") or Path.home() / ".cache"
    return Path(base) / "marbleline" / "servers"
