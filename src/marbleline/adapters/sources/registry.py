"""The sources of pictures. A new one is an entry of ``SOURCES`` and a module with its ``opens``."""

from dataclasses import dataclass
from typing import TYPE_CHECKING, Final

from marbleline.adapters.registry import Adapter, Registry
from marbleline.settings.kinds import FLAG, TEXT, one_of, real, whole
from marbleline.settings.setting import setting

if TYPE_CHECKING:
    # A command's help needs the settings and the addresses, and nothing else of an adapter.
    from marbleline.ports.source import Source

PORT: Final = r"(?:\d{1,4}|[1-5]\d{4}|6[0-4]\d{3}|65[0-4]\d\d|655[0-2]\d|6553[0-5])"


@dataclass(frozen=True, slots=True)
class SourceContext:
    """What a camera tells the source that it opens. ``max_frame_bytes``: a larger picture is not judged."""

    address: str
    camera: str
    max_frame_bytes: int

    @property
    def where(self) -> str:
        """The address without its scheme."""
        return self.address.partition(":")[2]


@dataclass(frozen=True, slots=True)
class RateSettings:
    """Of sources that make or choose pictures at a rate of their own."""

    rate: float = setting(
        real(0.01, 1000),
        5.0,
        "Pictures per second of synthetic and folder sources, at most so many of a video or genicam camera.",
    )


@dataclass(frozen=True, slots=True)
class FileSettings(RateSettings):
    """Of sources that play files."""

    repeat: bool = setting(FLAG, True, "Whether a folder or video file starts again at its end.")


@dataclass(frozen=True, slots=True)
class SyntheticSettings(RateSettings):
    """Of drawn slabs."""

    seed: int = setting(
        whole(0, 2**31 - 1), 0, "Seed of the synthetic slabs: the same seed draws the same slabs."
    )
    faulty_share: float = setting(real(0, 1), 0.3, "Share of synthetic slabs that have a defect.")
    slab_tiles: int = setting(
        whole(1, 64), 1, "Pictures of each synthetic slab; with 1 a frame is a slab of its own."
    )


@dataclass(frozen=True, slots=True)
class FolderSettings(FileSettings):
    """Of a folder that is replayed."""

    slab_folders: bool = setting(
        FLAG, False, "Whether each folder below a replayed folder is a slab, and its pictures the tiles."
    )


@dataclass(frozen=True, slots=True)
class LandingSettings:
    """Of a landing folder."""

    settle_s: float = setting(
        real(0, 3_600),
        1.0,
        "Seconds without a change after which a file in a landing folder counts as complete.",
    )
    landed_files: str = setting(
        one_of("delete", "keep"),
        "delete",
        "What happens to captured files of a landing folder: deleted, or moved to its done/.",
    )


@dataclass(frozen=True, slots=True)
class HttpSettings:
    """Of a source that pictures are posted to."""

    http_token: str = setting(TEXT, "", "If set, an http source requires this bearer token.")


@dataclass(frozen=True, slots=True)
class GenicamSettings(RateSettings):
    """Of a GigE Vision camera."""

    genicam_interface: str = setting(
        TEXT, "", "Network interface of a genicam camera, by name or address; empty: all are searched."
    )
    genicam_pixel_format: str = setting(
        TEXT, "", "Pixel format of a genicam camera, such as Mono8, Mono12, BayerRG8 or RGB8; empty: its own."
    )
    genicam_exposure_us: float = setting(
        real(0, 60_000_000), 0.0, "Exposure time of a genicam camera in microseconds; 0: its own."
    )
    genicam_gain: float = setting(
        real(-1, 1000), -1.0, "Gain of a genicam camera, usually in dB; -1: its own."
    )
    genicam_trigger: str = setting(
        TEXT,
        "free",
        "Trigger of a genicam camera: free (none), software, or the camera's trigger source, such as Line1.",
    )
    genicam_packet_size: int = setting(
        whole(0, 65_535), 0, "Bytes of a genicam camera's packets; 0: as many as the network takes."
    )
    genicam_timeout_s: float = setting(
        real(0.1, 3_600),
        1.5,
        "Seconds after which a genicam camera without a frame, or triggered one without an answer, is lost.",
    )
    genicam_storage: str = setting(
        one_of("raw", "png"),
        "raw",
        "How 8-bit pixels of a genicam camera are kept, both without loss: raw (BMP) or png.",
    )


SOURCES: Final["Registry[SourceContext, Source]"] = Registry(
    "source",
    "marbleline.sources",
    (
        Adapter(
            schemes=("synthetic",),
            form="synthetic:",
            pattern="",
            help="Generates slabs, with and without defects.",
            opens="marbleline.adapters.sources.synthetic:open_synthetic",
            settings=SyntheticSettings,
        ),
        Adapter(
            schemes=("folder",),
            form="folder:PATH",
            pattern=".+",
            help="Replays the picture files of a folder, in the order of their names.",
            opens="marbleline.adapters.sources.folder:open_folder",
            settings=FolderSettings,
        ),
        Adapter(
            schemes=("landing",),
            form="landing:PATH",
            pattern=".+",
            help="Captures the picture files that other machines write into a folder.",
            opens="marbleline.adapters.sources.landing:open_landing",
            settings=LandingSettings,
        ),
        Adapter(
            schemes=("video",),
            form="video:ADDRESS",
            pattern=".+",
            help="A camera's stream (RTSP, HTTP), a device's number or a video file, through OpenCV.",
            opens="marbleline.adapters.sources.video:open_video_source",
            settings=FileSettings,
            extra="video",
            needs="OpenCV",
        ),
        Adapter(
            schemes=("genicam",),
            form="genicam:CAMERA",
            pattern=".+",
            help="A GigE Vision camera by serial number, IPv4 address or user-defined name.",
            opens="marbleline.adapters.sources.genicam:open_genicam",
            settings=GenicamSettings,
            extra="genicam",
            needs="viva-genicam",
        ),
        Adapter(
            schemes=("belt",),
            form="belt:FOLDER",
            pattern=".+",
            help="The camera above the belt of `marbleline softplc FOLDER`, for a gate station.",
            opens="marbleline.adapters.sources.belt:open_belt",
        ),
        Adapter(
            schemes=("http",),
            form="http:HOST:PORT",
            pattern=r"(?:\[[0-9a-fA-F:]+\]|[^:]+):" + PORT,
            help="Listens for pictures that machines POST to /frames.",
            opens="marbleline.adapters.sources.http:open_http",
            settings=HttpSettings,
            extra="http",
            needs="Starlette and Uvicorn",
        ),
    ),
)
