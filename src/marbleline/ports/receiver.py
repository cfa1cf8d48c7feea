"""The receiver: whoever wants to be told of verdicts and alarms."""

from typing import Protocol

from marbleline.domain.notice import Notice


class Receiver(Protocol):
    """One webhook. Used by one thread at a time."""

    def tell(self, notice: Notice) -> None:
        """Returns once the receiver has said that it has the notice.

        Raises WebhookUnavailable if it should be told again later, NoticeRefused if never.
        """
        ...
