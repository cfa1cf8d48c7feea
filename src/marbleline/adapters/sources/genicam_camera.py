"""One GigE Vision camera under our control: set up as the settings say, and streaming."""

import logging
import re
from collections.abc import Mapping
from contextlib import suppress
from typing import Final

import viva_genicam

from marbleline.adapters.sources.genicam_discovery import FoundCamera
from marbleline.adapters.sources.gvcp import identify
from marbleline.adapters.sources.registry import GenicamSettings
from marbleline.errors import SourceUnavailable

log = logging.getLogger("marbleline.camera")

FREE, SOFTWARE = "free", "software"

# Bootstrap registers of GigE Vision: control channel privilege, and stream channel 0's packet size.
_CONTROL_PRIVILEGE: Final = 0x0A00
_PACKET_SIZE: Final = 0x0D04
_IN_CONTROL: Final = 0b11
# Ethernet's own; a camera's default is no larger.
_SMALL_PACKET: Final = 1500
_CHUNK_TIME: Final = re.compile(r"Timestamp", re.IGNORECASE)
_CHUNK_NUMBER: Final = re.compile(r"FrameID|FrameCounter", re.IGNORECASE)
_TRIGGER: Final = "FrameStart"


class GenicamCamera:
    """Takes control of a camera and starts its stream. For one thread.

    Raises SourceUnavailable, naming camera and feature, if the camera is away or can't be set up.
    """

    def __init__(self, found: FoundCamera, settings: GenicamSettings) -> None:
        self._identity = found.identity
        self.shown = f"{found.identity.model} {found.identity.serial}"
        try:
            self._camera = viva_genicam.connect_gige(found.device, iface=settings.genicam_interface or None)
        except viva_genicam.GenicamError as error:
            raise SourceUnavailable(
                f"{self.shown} can't be controlled (does another program use it?): {error}"
            ) from error
        try:
            # Opening a stream takes control again from a camera that restarted and forgot its settings.
            self._stream = self._camera.stream(
                iface=settings.genicam_interface or None,
                packet_size=settings.genicam_packet_size or None,
                auto_packet_size=not settings.genicam_packet_size,
            )
            self._set_up(settings)
            self._stream.__enter__()
            self._packet_size = self._register(_PACKET_SIZE) & 0xFFFF
        except (viva_genicam.GenicamError, SourceUnavailable) as error:
            self._camera.close()
            raise SourceUnavailable(f"{self.shown}: {error}") from error
        self._say_how(settings)

    @property
    def incomplete(self) -> int:
        """Frames that lost packets, or came without any, since the stream was started."""
        stats = self._stream.stats()
        return stats.frames_incomplete + stats.frames_missed

    @property
    def overrun(self) -> int:
        """Complete frames that the library dropped because this program did not take them in time."""
        return self._stream.stats().frames_backpressure

    def next_frame(self, wait_s: float) -> viva_genicam.Frame | None:
        """The next complete frame, None if none came within ``wait_s``. Raises SourceUnavailable."""
        try:
            frame = self._stream.next_frame(timeout_ms=max(1, round(wait_s * 1000)))
        except viva_genicam.TransportError as error:
            if "timeout" in str(error):
                return None
            raise SourceUnavailable(f"{self.shown}: {error}") from error
        except viva_genicam.GenicamError as error:
            raise SourceUnavailable(f"{self.shown}: {error}") from error
        if frame is None:
            raise SourceUnavailable(f"{self.shown}: the stream has ended")
        return frame

    def fire(self) -> None:
        """Have it expose one frame, if its trigger is in software. Raises SourceUnavailable."""
        try:
            self._camera.trigger_software()
        except viva_genicam.GenicamError as error:
            raise SourceUnavailable(f"{self.shown}: can't be triggered: {error}") from error

    def check(self, timeout_s: float) -> None:
        """Raises SourceUnavailable unless it answers within ``timeout_s`` and we control it."""
        if identify(self._identity.address, timeout_s) is None:
            raise SourceUnavailable(f"{self.shown} does not answer")
        try:
            controlled = self._register(_CONTROL_PRIVILEGE) & _IN_CONTROL
        except viva_genicam.GenicamError as error:
            raise SourceUnavailable(f"{self.shown}: {error}") from error
        if not controlled or self._camera.control_state is not viva_genicam.ControlState.HELD:
            raise SourceUnavailable(f"{self.shown}: control of it was lost: it restarted, or was cut off")

    def number_and_time(self, frame: viva_genicam.Frame) -> tuple[int, int | None]:
        """The camera's own number of a frame and its time: from the chunk data, else the stream's protocol.

        The number counts from 1 and is 16 bits wide for many cameras; the time is in the camera's ticks.
        """
        features = {} if frame.chunks is None else self._camera.chunk_features(frame)
        return of_chunks(features, frame.block_id, frame.ts_dev)

    def close(self) -> None:
        """Stop the stream and give control back; a camera that does not answer is waited for, for seconds."""
        with suppress(viva_genicam.GenicamError):
            self._stream.__exit__(None, None, None)
        self._camera.close()

    def _set_up(self, settings: GenicamSettings) -> None:
        if settings.genicam_pixel_format:
            self._choose("PixelFormat", settings.genicam_pixel_format)
        if settings.genicam_exposure_us:
            self._without_automatic("ExposureAuto")
            self._camera.set_exposure_time(settings.genicam_exposure_us)
        if settings.genicam_gain >= 0:
            self._without_automatic("GainAuto")
            self._camera.set_gain(settings.genicam_gain)
        if settings.genicam_trigger == FREE:
            if self._has("TriggerMode"):
                self._camera.disable_trigger(_TRIGGER)
        else:
            source = "Software" if settings.genicam_trigger == SOFTWARE else settings.genicam_trigger
            self._camera.enable_trigger(_TRIGGER, source)
        if self._has("ChunkModeActive"):
            self._send_chunks()

    def _choose(self, feature: str, entry: str) -> None:
        offered = self._camera.available_enum_entries(feature)
        if entry not in offered:
            raise SourceUnavailable(f"{feature} {entry}: the camera offers {', '.join(offered)}")
        self._camera.set_enum(feature, entry)

    def _without_automatic(self, feature: str) -> None:
        if self._has(feature):
            self._camera.set_enum(feature, "Off")

    def _send_chunks(self) -> None:
        """Ask for each frame's number and time as chunk data, where the camera has it."""
        with suppress(viva_genicam.GenicamError):
            offered = self._camera.available_enum_entries("ChunkSelector")
            wanted = [one for one in offered if _CHUNK_TIME.search(one) or _CHUNK_NUMBER.search(one)]
            if wanted:
                self._camera.configure_chunks(wanted)

    def _has(self, feature: str) -> bool:
        return self._camera.node_info(feature) is not None

    def _register(self, address: int) -> int:
        return int.from_bytes(self._camera.read_register(address, 4), "big")

    def _say_how(self, settings: GenicamSettings) -> None:
        fields = {"address": self._identity.address, "camera": self.shown, "packet_size": self._packet_size}
        log.info("genicam.connected", extra=fields)
        if self._packet_size <= _SMALL_PACKET:
            log.warning(
                "genicam.small_packets",
                extra={
                    **fields,
                    "detail": f"packets of {self._packet_size} bytes cost more CPU, and one of many is lost "
                    "more easily: allow jumbo frames (MTU 9000) on the network card, and on the switch",
                },
            )


def of_chunks(features: Mapping[str, object], number: int, ticks: int | None) -> tuple[int, int | None]:
    """A frame's number and time by its chunk features, else those that are given.

    A feature that the camera announced and did not send is there as an exception.
    """
    for name, value in features.items():
        if not isinstance(value, str) or not value.isdecimal():
            continue
        if _CHUNK_TIME.search(name):
            ticks = int(value)
        elif _CHUNK_NUMBER.search(name):
            number = int(value)
    return number, ticks
