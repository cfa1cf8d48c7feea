"""What all tabs of one server share. Streamlit runs pages afresh; this module stays."""

from marbleline.console.feed import Feed

_feeds: list[Feed] = []


def give(feed: Feed | None) -> None:
    """Say which feed pages look at; None takes it back."""
    _feeds[:] = [] if feed is None else [feed]


def feed() -> Feed:
    """The server's one feed. Raises LookupError where no server has given one."""
    if not _feeds:
        raise LookupError("no feed: the console is started by `marbleline console`")
    return _feeds[0]
