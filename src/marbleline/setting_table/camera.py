"""Settings of one camera: its pictures, its spool, its deadline."""

from typing import Final

from marbleline.setting_kinds import FLAG, NAME, TEXT, Setting, one_of, real, whole

CAMERA: Final[tuple[Setting, ...]] = (
    Setting("camera", "camera-1", NAME, "camera", "Name of the camera."),
    Setting(
        "source",
        "synthetic:",
        TEXT,
        "camera",
        "Where its pictures come from: synthetic:, folder:PATH, landing:PATH, video:ADDRESS, http:HOST:PORT.",
    ),
    Setting(
        "rate",
        "5",
        real(0.01, 1000),
        "camera",
        "Pictures per second of synthetic and folder sources, at most so many of a video.",
    ),
    Setting("repeat", "true", FLAG, "camera", "Whether a folder or video file starts again at its end."),
    Setting(
        "settle_s",
        "1",
        real(0, 3_600),
        "camera",
        "Seconds that a file in a landing folder must not have changed to count as whole.",
    ),
    Setting(
        "landed_files",
        "delete",
        one_of("delete", "keep"),
        "camera",
        "What becomes of a landing folder's files once they are captured: deleted, or moved to its done/.",
    ),
    Setting("frames", "0", whole(0, 10**9), "camera", "Stop after this many frames; 0 means never."),
    Setting(
        "seed",
        "0",
        whole(0, 2**31 - 1),
        "camera",
        "Seed of the synthetic slabs: the same seed draws the same slabs.",
    ),
    Setting("faulty_share", "0.3", real(0, 1), "camera", "Share of synthetic slabs that have a defect."),
    Setting(
        "stall_s",
        "10",
        real(0.1, 86_400),
        "camera",
        "Seconds without a picture after which a camera counts as stalled.",
    ),
    Setting(
        "deadline_ms",
        "2000",
        whole(1, 86_400_000),
        "camera",
        "Milliseconds after capture within which a verdict is of use.",
    ),
    Setting("spool_bytes", "1000000000", whole(100_000, 10**13), "camera", "Quota of a camera's spool."),
    Setting("http_token", "", TEXT, "camera", "If set, an http source asks for this bearer token."),
)
