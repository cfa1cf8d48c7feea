"""What all tabs of one server share. Streamlit runs pages afresh; this module stays."""

from dataclasses import dataclass

from marbleline.console.access import Access
from marbleline.console.actions import Actions
from marbleline.console.feed import Feed
from marbleline.console.plant import Plant
from marbleline.console.sharp import Sharp


@dataclass(frozen=True, slots=True)
class Shared:
    """The one feed, who fetches pictures, what people can do, who may, and the plant's clock."""

    feed: Feed
    sharp: Sharp
    actions: Actions
    access: Access
    plant: Plant

    def start(self) -> None:
        """Begin. Call it once."""
        self.feed.start()
        self.sharp.start()

    def close(self) -> None:
        """Stop. Never raises."""
        self.feed.close()
        self.sharp.close()
        self.actions.records.close()
        self.actions.queues.close()


_given: list[Shared] = []


def give(shared: Shared | None) -> None:
    """Say what pages look at; None takes it back."""
    _given[:] = [] if shared is None else [shared]


def here() -> Shared:
    """What this server shares. Raises LookupError where nothing was given."""
    if not _given:
        raise LookupError("nothing to show: the console is started by `marbleline console`")
    return _given[0]
