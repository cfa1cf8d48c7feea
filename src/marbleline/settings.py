"""Every setting as (name, default, kind, help): flags, environment, TOML, checks and docs come from here.

The only reader of the environment. A value given later in this list wins: default, TOML file,
environment (``MARBLELINE_<NAME>``), flag.
"""

import os
import re
import tomllib
from collections.abc import Callable, Iterable, Mapping, Sequence
from dataclasses import dataclass
from pathlib import Path
from typing import Any, Final

from marbleline.domain.frame import check_name
from marbleline.errors import SettingError

PREFIX: Final = "MARBLELINE_"
TEST_PREFIX: Final = "MARBLELINE_TEST_"  # the test suite's own; no worker's setting


@dataclass(frozen=True, slots=True)
class Kind:
    """How a text becomes a value: ``read`` raises ValueError saying what is allowed."""

    name: str
    read: Callable[[str], Any]


@dataclass(frozen=True, slots=True)
class Setting:
    """``scope`` is the worker that it belongs to, ``line`` for those that all share."""

    name: str
    default: str
    kind: Kind
    scope: str
    help: str

    @property
    def variable(self) -> str:
        """Name of the environment variable."""
        return PREFIX + self.name.upper()

    @property
    def flag(self) -> str:
        """Name of the command-line flag."""
        return "--" + self.name.replace("_", "-")


def _number(low: float, high: float, whole: bool) -> Kind:
    wanted = f"a {'whole ' if whole else ''}number from {low:g} to {high:g}"

    def read(text: str) -> Any:
        try:
            value = int(text) if whole else float(text)
        except ValueError:
            raise ValueError(wanted) from None
        if not low <= value <= high:
            raise ValueError(wanted)
        return value

    return Kind(wanted, read)


def whole(low: int, high: int) -> Kind:
    """An integer within bounds."""
    return _number(low, high, whole=True)


def real(low: float, high: float) -> Kind:
    """A float within bounds."""
    return _number(low, high, whole=False)


def one_of(*names: str) -> Kind:
    """One of these words."""
    wanted = "one of " + ", ".join(names)

    def read(text: str) -> str:
        if text not in names:
            raise ValueError(wanted)
        return text

    return Kind(wanted, read)


def address(*schemes: str) -> Kind:
    """An address that begins with one of these schemes; empty for the embedded default."""
    wanted = "an address that begins with " + " or ".join(f"{scheme}:" for scheme in schemes)

    def read(text: str) -> str:
        if text and text.split(":", 1)[0] not in schemes:
            raise ValueError(wanted)
        return text

    return Kind(wanted, read)


def _flag(text: str) -> bool:
    words = {"true": True, "yes": True, "1": True, "false": False, "no": False, "0": False}
    if text.lower() not in words:
        raise ValueError("true or false")
    return words[text.lower()]


def _name(text: str) -> str:
    try:
        return check_name("name", text)
    except SettingError:
        raise ValueError("1 to 63 lower-case letters, digits and inner hyphens") from None


TEXT: Final = Kind("text", str)
PATH: Final = Kind("a path", Path)
FLAG: Final = Kind("true or false", _flag)
NAME: Final = Kind("1 to 63 lower-case letters, digits and inner hyphens", _name)

SETTINGS: Final[tuple[Setting, ...]] = (
    Setting("line", "line-1", NAME, "line", "Name of the production line, part of every verdict."),
    Setting(
        "data", "marbleline-data", PATH, "line", "Folder for the spools and the embedded broker and store."
    ),
    Setting(
        "broker",
        "",
        address("sqlite", "amqp", "amqps"),
        "line",
        "Broker's address, amqp(s)://user:password@host[:port][,host...]/vhost; empty: embedded.",
    ),
    Setting(
        "broker_ca_file",
        "",
        TEXT,
        "line",
        "Authority (PEM) that signed the broker's certificate; empty: the system's.",
    ),
    Setting(
        "store",
        "",
        address("sqlite", "http", "https"),
        "line",
        "Store's address, http(s)://[user:password@]host[:port][,host...]; empty: embedded.",
    ),
    Setting(
        "store_ca_file",
        "",
        TEXT,
        "line",
        "PEM file of the authority behind the store's certificates; empty: the system's.",
    ),
    Setting(
        "store_api_key", "", TEXT, "line", "API key for the store, id:key in Base64, instead of a password."
    ),
    Setting(
        "store_prefix", "marbleline", NAME, "line", "What the names of all of the store's indices begin with."
    ),
    Setting(
        "store_keep_frames_days",
        "0",
        whole(0, 36_500),
        "line",
        "Days that pictures are kept where the store manages life cycles; 0: for ever.",
    ),
    Setting(
        "store_keep_verdicts_days",
        "0",
        whole(0, 36_500),
        "line",
        "Days that verdicts are kept where the store manages life cycles; 0: for ever.",
    ),
    Setting(
        "model",
        "model_repo/marble",
        PATH,
        "line",
        "Folder of a model (its newest version is used) or of one version.",
    ),
    Setting(
        "classifier",
        "",
        address("litert", "grpc", "grpcs"),
        "publisher",
        "Model server's address, grpc(s)://host[:port][/name][@version-or-label]; empty: the model's LiteRT "
        "file in this process.",
    ),
    Setting(
        "classifier_ca_file",
        "",
        TEXT,
        "publisher",
        "PEM file of the authority behind the model server's certificate; empty: the system's.",
    ),
    Setting(
        "classifier_timeout_ms",
        "1000",
        whole(10, 600_000),
        "publisher",
        "Milliseconds within which the model server has to answer a batch.",
    ),
    Setting(
        "classifier_fallback_ms",
        "500",
        whole(0, 86_400_000),
        "publisher",
        "Milliseconds that the model server may be away before the publisher judges by itself, with the same "
        "version; 0: it waits for the server, however long.",
    ),
    Setting(
        "log_format",
        "text",
        one_of("text", "json"),
        "line",
        "How workers log: text for people, json (ECS) for machines.",
    ),
    Setting(
        "log_level",
        "info",
        one_of("debug", "info", "warning", "error"),
        "line",
        "The least important log that is written.",
    ),
    Setting(
        "health_port", "0", whole(0, 65_535), "line", "Port of /healthz, /readyz and /metrics; 0 serves none."
    ),
    Setting(
        "health_host", "127.0.0.1", TEXT, "line", "Address that /healthz, /readyz and /metrics listen on."
    ),
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
    Setting(
        "max_frame_bytes",
        "20000000",
        whole(1_000, 100_000_000),
        "line",
        "A picture of more bytes is refused at capture.",
    ),
    Setting("spool_bytes", "1000000000", whole(100_000, 10**13), "camera", "Quota of a camera's spool."),
    Setting("http_token", "", TEXT, "camera", "If set, an http source asks for this bearer token."),
    Setting(
        "max_pixels",
        "50000000",
        whole(10_000, 10**9),
        "encoder",
        "A picture of more pixels is dead-lettered undecoded.",
    ),
    Setting("batch_size", "8", whole(1, 256), "publisher", "Most frames judged in one call."),
    Setting(
        "batch_ms",
        "0",
        whole(0, 1_000),
        "publisher",
        "How long a batch that isn't full waits for more; 0 judges what is there.",
    ),
    Setting("serve_port", "8500", whole(0, 65_535), "serve", "Port of the model server; 0 takes a free one."),
    Setting(
        "serve_host",
        "127.0.0.1",
        TEXT,
        "serve",
        "Address that the model server listens on; the default is this machine only.",
    ),
    Setting(
        "serve_newest",
        "1",
        whole(1, 100),
        "serve",
        "How many of the newest versions are served, beside those that labels.json names.",
    ),
    Setting(
        "serve_threads",
        "0",
        whole(0, 256),
        "serve",
        "Pictures judged at once per version; 0: one for each core.",
    ),
    Setting(
        "serve_poll_s",
        "2",
        real(0.1, 3_600),
        "serve",
        "Seconds between two looks for new versions and moved labels.",
    ),
    Setting(
        "serve_cert_file", "", TEXT, "serve", "PEM file of the model server's certificate; empty: no TLS."
    ),
    Setting("serve_key_file", "", TEXT, "serve", "PEM file of the key of the model server's certificate."),
    Setting("console_port", "8501", whole(1, 65_535), "console", "Port of the console."),
    Setting(
        "console_host",
        "127.0.0.1",
        TEXT,
        "console",
        "Address that the console listens on; the default is this machine only.",
    ),
)

BY_NAME: Final = {setting.name: setting for setting in SETTINGS}


class Settings:
    """Checked values by attribute: ``settings.batch_size``. Immutable; ``with_`` makes a changed copy."""

    def __init__(self, values: Mapping[str, Any], cameras: Sequence[Mapping[str, Any]] = ()) -> None:
        object.__setattr__(self, "_values", dict(values))
        object.__setattr__(self, "cameras", tuple(dict(camera) for camera in cameras))

    cameras: tuple[dict[str, Any], ...]

    def __getattr__(self, name: str) -> Any:
        try:
            return object.__getattribute__(self, "_values")[name]
        except KeyError:
            raise AttributeError(name) from None

    def __setattr__(self, name: str, value: object) -> None:
        raise AttributeError(f"settings don't change; use with_({name}=...)")

    def with_(self, **changes: Any) -> "Settings":
        """A copy with these values, already of their kinds."""
        return Settings({**object.__getattribute__(self, "_values"), **changes}, self.cameras)

    def environment(self) -> dict[str, str]:
        """As variables, for a worker's process."""
        values = object.__getattribute__(self, "_values")
        return {BY_NAME[name].variable: _as_text(value) for name, value in values.items()}


def load(
    flags: Mapping[str, str], environment: Mapping[str, str] | None = None, file: Path | None = None
) -> Settings:
    """Gather, check and return the settings.

    Raises SettingError naming the wrong setting, where it was given, and what is allowed.
    """
    environment = os.environ if environment is None else environment
    texts = {setting.name: setting.default for setting in SETTINGS}
    places = dict.fromkeys(texts, "the default")
    cameras: list[dict[str, Any]] = []
    if file is not None:
        table = _read_file(file)
        cameras = [_camera(entry, file) for entry in _tables(table.pop("cameras", []), file)]
        _unknown(table, f"in {file}")
        _give(texts, places, {name: _as_text(value) for name, value in table.items()}, f"in {file}")
    given = {
        name[len(PREFIX) :].lower(): value
        for name, value in environment.items()
        if name.startswith(PREFIX) and not name.startswith(TEST_PREFIX)
    }
    _unknown({name: value for name, value in given.items() if name != "config"}, "in the environment", PREFIX)
    _give(texts, places, given, "in the environment")
    _give(texts, places, flags, "on the command line")
    return Settings(
        {name: _check(BY_NAME[name], text, places[name]) for name, text in texts.items()}, cameras
    )


def _give(texts: dict[str, str], places: dict[str, str], given: Mapping[str, str], place: str) -> None:
    for name, value in given.items():
        if name in texts:
            texts[name], places[name] = value, place


def _unknown(names: Iterable[str], place: str, prefix: str = "") -> None:
    for name in names:
        if name not in BY_NAME:
            shown = prefix + name.upper() if prefix else name
            raise SettingError(f"{shown} ({place}): no such setting; there are {', '.join(sorted(BY_NAME))}")


def _check(setting: Setting, text: str, place: str) -> Any:
    try:
        return setting.kind.read(text)
    except ValueError as error:
        shown = re.sub(r"//[^/]*@", "//***@", text)  # no password of an address gets into a log
        raise SettingError(f"{setting.name} is {shown!r} ({place}): allowed is {error}") from None


def _read_file(file: Path) -> dict[str, Any]:
    try:
        return tomllib.loads(file.read_text(encoding="utf-8"))
    except (OSError, ValueError) as error:
        raise SettingError(f"settings file {file}: can't be read: {error}") from error


def _tables(value: object, file: Path) -> list[dict[str, Any]]:
    if not isinstance(value, list) or not all(isinstance(entry, dict) for entry in value):
        raise SettingError(f"cameras (in {file}): write each camera as a [[cameras]] table")
    return value


def _camera(entry: Mapping[str, Any], file: Path) -> dict[str, Any]:
    allowed = {setting.name for setting in SETTINGS if setting.scope == "camera"}
    for name in entry:
        if name not in allowed:
            raise SettingError(
                f"{name} (in a [[cameras]] table of {file}): allowed are {', '.join(sorted(allowed))}"
            )
    if "camera" not in entry:
        raise SettingError(f'a [[cameras]] table of {file} has no camera = "NAME"')
    return {name: _check(BY_NAME[name], _as_text(value), f"in {file}") for name, value in entry.items()}


def _as_text(value: object) -> str:
    if isinstance(value, bool):
        return "true" if value else "false"
    return str(value)
