"""Video keeps the port: a file, and a stream that is simulated."""

import itertools
from pathlib import Path
from typing import Any

import cv2
import numpy as np
import pytest

from marbleline.adapters.sources.frame_interval import FrameInterval
from marbleline.adapters.sources.video import StreamSource, VideoFileSource
from tests.builders import make_pixels
from tests.contract.source_suite import RestartingSourceSuite, SourceSuite, World


def write_video(path: Path, pictures: int, fps: float = 25.0) -> None:
    """Motion JPEG, each picture another one."""
    writer = cv2.VideoWriter(str(path), cv2.VideoWriter_fourcc(*"MJPG"), fps, (64, 48))
    for number in range(pictures):
        writer.write(make_pixels(number))
    writer.release()


class VideoFileWorld(World):
    def offer(self, count: int) -> None:
        write_video(self.folder / "belt 1.avi", count)

    def open(self) -> VideoFileSource:
        path = self.folder / "belt 1.avi"
        return VideoFileSource(path, rate=25, repeat=False, clock=self.clock, interval=FrameInterval(1000))


class TestVideoFileSource(RestartingSourceSuite):
    @pytest.fixture
    def world(self, tmp_path: Path) -> World:
        return VideoFileWorld(tmp_path)


class FakeStream:
    """Gives a new picture only when the one before was taken, so that none is dropped."""

    def __init__(self, source: "list[StreamSource]") -> None:
        self._source = source
        self._numbers = itertools.count()

    def grab(self) -> bool:
        reader = self._source[-1]._reader if self._source else None
        while reader is not None and reader._pictures and not reader._closing.is_set():
            reader._closing.wait(0.001)
        return True

    def retrieve(self) -> tuple[bool, np.ndarray[Any, Any]]:
        return True, make_pixels(next(self._numbers))

    def release(self) -> None:
        """Nothing to release."""


class StreamWorld(World):
    def __init__(self, folder: Path) -> None:
        super().__init__(folder)
        self.sources: list[StreamSource] = []

    def offer(self, count: int) -> None:
        """There are always more."""

    def open(self) -> StreamSource:
        stream = FakeStream(self.sources)
        address = "rtsp://operator:secret@camera.example:554/belt?key=secret"
        self.sources.append(StreamSource(address, 1000, self.clock, lambda address: stream))
        return self.sources[-1]


class TestStreamSource(SourceSuite):
    @pytest.fixture
    def world(self, tmp_path: Path) -> World:
        return StreamWorld(tmp_path)
