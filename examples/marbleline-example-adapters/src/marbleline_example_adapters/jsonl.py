"""A sink that appends each notification to a file."""

import os
from pathlib import Path

from marbleline.adapters.sinks.registry import SinkContext
from marbleline.domain.notification import Notification
from marbleline.errors import SinkUnavailable
from marbleline.settings.setting import NoSettings


class JsonLinesSink:
    """See ``marbleline.ports.sink.Sink``. A line holds the JSON of one notification, its id in it."""

    def __init__(self, name: str, path: Path) -> None:
        self._name = name
        self._path = path

    def send(self, notification: Notification) -> None:
        """Returns once the line is on the disk.

        Raises SinkUnavailable if the file can't be written now.
        """
        try:
            with self._path.open("ab") as file:
                file.write(notification.body + b"\n")
                file.flush()
                os.fsync(file.fileno())
        except OSError as error:
            raise SinkUnavailable(f"{self._name}: {self._path} can't be written: {error.strerror}") from error

    def close(self) -> None:
        """The file is open only while a line is written."""


def open_jsonl(context: SinkContext, settings: NoSettings) -> JsonLinesSink:
    """``jsonl:FILE``"""
    return JsonLinesSink(context.name, Path(context.address.partition(":")[2]))
