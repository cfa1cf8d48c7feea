"""What every connection to a broker or a store has, whichever ports it keeps."""

from typing import Protocol


class Connection(Protocol):
    """One worker's connection. Used by one thread at a time; ``close`` ends it."""

    def check(self) -> None:
        """Returns if the server can be used now.

        Raises BrokerUnavailable or StoreUnavailable with the cause.
        """
        ...

    def close(self) -> None:
        """Requeue what was received and disconnect. Never raises."""
        ...
