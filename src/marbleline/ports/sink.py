"""The receiver: whoever wants to be told of verdicts and alarms."""

from typing import Protocol

from marbleline.domain.notification import Notification


class Sink(Protocol):
    """One receiver of the setting ``sinks``. Used by one thread at a time."""

    def send(self, notification: Notification) -> None:
        """Returns once the receiver has confirmed that it has the notification.

        Raises SinkUnavailable if it should be sent again later, SinkRejected if never.
        """
        ...

    def close(self) -> None:
        """Close the receiver. Never raises."""
        ...
