"""Every error class of Marbleline. ``tests/docs/test_promises.py`` holds that no other module declares one.

An ``Unavailable`` may succeed when the same call is repeated later; every other error here stays until
somebody changes the input, the settings or the file. An exception that is not a ``MarblelineError`` is a
defect: it ends the worker, and its traceback is logged.
"""


class MarblelineError(Exception):
    """Base of all. Its text names the thing, what was wrong and what to do."""


class SettingError(MarblelineError):
    """A setting is unknown, missing or out of range."""


class UnknownSetting(SettingError):
    """A name that no setting has."""


class PictureError(MarblelineError):
    """A picture can't be judged. ``reason`` is one of ``domain.picture.REASONS``."""

    def __init__(self, reason: str, detail: str) -> None:
        super().__init__(f"{reason}: {detail}")
        self.reason = reason
        self.detail = detail


class UnknownProduct(PictureError):
    """A frame's product has no model here, so that nothing may judge it."""

    def __init__(self, detail: str) -> None:
        super().__init__("unknown_product", detail)


class TensorError(MarblelineError):
    """A TensorProto contradicts itself, or has a type that is not read."""


class WireError(MarblelineError):
    """A message or document can't be decoded: a field is missing or has a wrong type."""


class ModelError(MarblelineError):
    """A model version is incomplete, corrupt, or not the one that was asked for."""


class ModelVersionNotFound(MarblelineError):
    """The model server has no version that fits the request and can be used now."""


class ModelLabelNotFound(MarblelineError):
    """No version of the model on the server has this label."""


class CalibrationError(MarblelineError):
    """A camera can't be calibrated from these pictures, or its calibration file can't be read or written."""


class ChildDied(MarblelineError):
    """A sandbox's child died or was killed. ``bound``: ``cpu`` or ``deadline`` it went over, or ``crash``."""

    def __init__(self, bound: str, how: str) -> None:
        super().__init__(how)
        self.bound = bound


class SinkRejected(MarblelineError):
    """The receiver of a sink answered that it will never take this notification."""


class DataFolderBusy(MarblelineError):
    """Another line or camera already works on this folder."""


class WrongFile(MarblelineError, OSError):
    """An SQLite file belongs to another program, or a newer version of Marbleline wrote it."""


class PageDamaged(MarblelineError):
    """A page or row of an SQLite file contradicts SQLite's file format."""


class RepairFailed(MarblelineError):
    """A damaged file can't be read, or its replacement can't be written. Nothing was changed."""


class AccessDenied(MarblelineError):
    """A user asked for an action that their role does not allow; the lowest role that may is ``needed``."""

    def __init__(self, user: str, role: str, needed: str) -> None:
        super().__init__(f"{user} is {role}, this needs {needed}")
        self.user = user
        self.role = role
        self.needed = needed


class LabelRejected(MarblelineError):
    """The store will never take this label."""


class AlarmActionRejected(MarblelineError):
    """What was asked for does not fit the alarm's state, or the store refused to keep it."""


class SpoolFull(MarblelineError):
    """The spool's quota or its disk is used up: the source has to wait."""


class BrokerFull(MarblelineError):
    """A queue has reached its bound: publish again later (back-pressure)."""


class RequestQueueFull(MarblelineError):
    """The model server holds as many pictures as it may: the whole request was rejected."""


class MessageTooLarge(MarblelineError):
    """The broker will never take a message of this size. ``limit`` is the most bytes that it takes."""

    def __init__(self, limit: int) -> None:
        super().__init__(f"the broker takes messages of at most {limit} bytes: raise its limit")
        self.limit = limit


class ResultLate(MarblelineError):
    """The deadline of a slab's result passed before the PLC was told: the PLC rejects the slab."""


class SourceEnded(MarblelineError):
    """A source that ends (a folder replayed once, a video file) has given its last picture."""


class Unavailable(MarblelineError):
    """Something outside can't be reached now; the same call may succeed later."""


class SourceUnavailable(Unavailable):
    """The camera, folder or stream is away."""


class BrokerUnavailable(Unavailable):
    """The broker is away. What was being published may or may not have arrived."""


class ChannelLost(BrokerUnavailable):
    """An AMQP channel or its connection was closed. ``code`` is AMQP's reply code, 0 if there was none."""

    def __init__(self, code: int, text: str) -> None:
        super().__init__(text)
        self.code = code
        self.text = text


class StoreUnavailable(Unavailable):
    """The store is away. What was being written may or may not have arrived."""


class FileDamaged(Unavailable):
    """A file of the embedded broker or store is damaged; ``marbleline repair`` repairs it."""


class SandboxUnavailable(Unavailable):
    """The process that decodes or judges suspects can't be started now."""


class SinkUnavailable(Unavailable):
    """The receiver of a sink is away or asks to be sent this later."""


class ClassifierUnavailable(Unavailable):
    """The model server is away or has no such model now."""


class GateUnavailable(Unavailable):
    """The PLC of the reject gate can't be reached now. It rejects every slab meanwhile."""
