"""``python -m marbleline.bootstrap.trial_child``: looks through a source, for the console's *Test*.

A process of its own: a driver that hangs or crashes, and pictures of a device that nobody trusts yet,
reach no worker and no page. The settings come over the socket, so that no password is in a list of
processes. Nothing is captured: files stay where they are, and who posts a picture is told to send it again.
"""

import time
from collections.abc import Mapping
from typing import Final

from marbleline.bootstrap.adapters import open_source
from marbleline.bootstrap.catalogue import load
from marbleline.domain.clock import Time, now
from marbleline.domain.fields import mapping, text
from marbleline.domain.frame import Frame, FrameIds, sha256_hex
from marbleline.domain.input_spec import InputSpec
from marbleline.domain.picture import Limits, fit, shrunk, thumbnail
from marbleline.domain.quality import measure
from marbleline.errors import MarblelineError, PictureError, SourceEnded
from marbleline.ports.source import SPOOL_FULL, CapturedImage, Source
from marbleline.sandbox.child import Classification, limit_cpu, serve
from marbleline.telemetry.logs import set_up

CHILD: Final = ("-m", "marbleline.bootstrap.trial_child")

_LONGEST: Final = 640
_SCREEN: Final = InputSpec(short_side=480, step=16, max_long_side=1920)
_WAIT_S: Final = 0.3
_CPU_S: Final = 30
# Of the last pictures: what the rate is counted by.
_KEPT: Final = 30


class SourceTrial:
    """A source that is looked through, picture by picture."""

    def __init__(self, texts: Mapping[str, str]) -> None:
        """Raises SettingError."""
        # A landing folder's files are claimed and deleted by its source; a folder's are only read.
        self._kind, _, where = texts["source"].partition(":")
        changed = {"source": f"folder:{where}"} if self._kind == "landing" else {}
        configuration = load({"camera": "test", **texts, **changed}, {})
        self._source: Source = open_source(configuration)
        self._source.resume(None)
        self._ids = FrameIds(now)
        self._frames = 0
        self._times: list[float] = []

    def step(self) -> Classification:
        """Take at most one picture: what was seen, and the picture as JPEG for a screen."""
        try:
            captured = self._source.next_image(_WAIT_S)
        except SourceEnded as error:
            return {"state": "ended", "detail": str(error), **self._counted()}, b""
        except MarblelineError as error:
            time.sleep(_WAIT_S)
            return {"state": "away", "detail": str(error), **self._counted()}, b""
        if captured is None:
            return {"state": "waiting", **self._counted()}, b""
        self._frames += 1
        self._times = [*self._times[1 - _KEPT :], time.monotonic()]
        self._answer(captured)
        size = captured.size or len(captured.content)
        try:
            picture = shrunk(captured.content, _SCREEN, _LONGEST, Limits())
        except PictureError as error:
            return {"state": "unreadable", "detail": error.detail, **self._counted()}, b""
        quality = measure(fit(picture.rgb, InputSpec()))
        seen = {"width": picture.width, "height": picture.height, "bytes": size}
        figures = {"quality": [quality.brightness, quality.contrast, quality.sharpness]}
        return {"state": "pictures", **seen, **figures, **self._counted()}, thumbnail(picture.rgb, 75)

    def _counted(self) -> dict[str, object]:
        times = self._times
        rate = (len(times) - 1) / (times[-1] - times[0]) if len(times) > 1 else 0.0
        return {"frames": self._frames, "rate": round(rate, 2), "dropped": self._source.dropped}

    def _answer(self, captured: CapturedImage) -> None:
        if self._kind == "http":
            self._source.rejected(captured, SPOOL_FULL, "this camera is being tested; send it again")
            return
        frame = Frame(
            frame_id=self._ids(),
            line="test",
            camera="test",
            sequence=self._frames,
            captured_at=Time(captured.captured_at),
            sha256=sha256_hex(captured.content),
            size=len(captured.content),
            deadline_ms=1000,
            product="test",
        )
        self._source.committed(captured, frame)


_trial: list[SourceTrial] = []


def answer(header: Mapping[str, object], body: bytearray) -> Classification:
    """To ``settings``: open this source; to ``discover``: cameras on the network; else the next picture."""
    limit_cpu(_CPU_S)
    try:
        if "settings" in header:
            texts = mapping(header, "settings")
            _trial[:] = [SourceTrial({name: text(texts, name) for name in texts})]
            return {"state": "waiting", "frames": 0, "rate": 0.0, "dropped": 0}, b""
        if "discover" in header:
            return {"cameras": _discovered()}, b""
    except MarblelineError as error:
        return {"state": "failed", "detail": str(error)}, b""
    return _trial[0].step()


def _discovered() -> list[list[str]]:
    """Of each camera that answers: serial number, address, name, maker and model. Raises SettingError."""
    from marbleline.adapters.sources.registry import SOURCES

    adapter = SOURCES.find("genicam:any")
    SOURCES.opener(adapter)  # raises SettingError that names the extra, if it is not installed
    from marbleline.adapters.sources.genicam_discovery import discover

    found = [one.identity for one in discover()]
    return [[one.serial, one.address, one.name, f"{one.manufacturer} {one.model}"] for one in found]


if __name__ == "__main__":
    set_up("camera-test", style="text", level="error")
    serve(answer)
