"""A shift's report on its way to whoever gets it."""

from typing import Annotated

from marbleline.domain.clock import Time
from marbleline.domain.frame import Name
from marbleline.domain.wire import UNSEARCHED, WireStruct


class ReportFile(WireStruct, frozen=True):
    """``title`` and ``summary`` in ``language``; ``pdf`` is called ``file_name``.

    The shift is from ``since`` to before ``until``; ``made_at`` when it was counted (microseconds UTC)
    """

    line: Name
    language: str
    title: str
    summary: str
    file_name: str
    since: Time
    until: Time
    made_at: Time
    pdf: Annotated[bytes, UNSEARCHED]
