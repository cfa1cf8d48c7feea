"""Every error that Marbleline raises on purpose, on one screen.

Two questions decide the branch: can the same thing succeed later (``Unavailable``), and whose is
the fault. Whatever is none of these is a defect of ours and ends the worker, loudly.
"""


class MarblelineError(Exception):
    """Base of all. Its text names the thing, what was wrong and what to do."""


class SettingError(MarblelineError):
    """A setting is unknown, missing or out of range."""


class PictureError(MarblelineError):
    """A picture can't be judged. ``reason`` is one of ``domain.picture.REASONS``."""

    def __init__(self, reason: str, detail: str) -> None:
        super().__init__(f"{reason}: {detail}")
        self.reason = reason
        self.detail = detail


class WireError(MarblelineError):
    """A message or document can't be decoded: a field is missing or has a wrong type."""


class ModelError(MarblelineError):
    """A model version is incomplete, corrupt, or not the one that was asked for."""


class NoticeRefused(MarblelineError):
    """A webhook answered that it will never take this notice."""


class DataFolderBusy(MarblelineError):
    """Another line or camera already works on this folder."""


class SpoolFull(MarblelineError):
    """The spool's quota or its disk is used up: the source has to wait."""


class BrokerFull(MarblelineError):
    """A queue has reached its bound: publish again later (back-pressure)."""


class SourceEnded(MarblelineError):
    """A source that ends (a folder replayed once, a video file) has given its last picture."""


class Unavailable(MarblelineError):
    """Something outside can't be reached now; the same call may succeed later."""


class SourceUnavailable(Unavailable):
    """The camera, folder or stream is away."""


class BrokerUnavailable(Unavailable):
    """The broker is away. What was being published may or may not have arrived."""


class StoreUnavailable(Unavailable):
    """The store is away. What was being written may or may not have arrived."""


class WebhookUnavailable(Unavailable):
    """The webhook's receiver is away or asks to be told later."""


class ClassifierUnavailable(Unavailable):
    """The model server is away or has no such model now."""
