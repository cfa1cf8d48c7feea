"""Which sources may be set from a browser."""

from pathlib import Path

import pytest

from marbleline.console.state.source_rules import SourceRules
from marbleline.errors import SettingError

KINDS = frozenset({"synthetic", "folder", "landing", "video", "http"})


@pytest.fixture
def rules(tmp_path: Path) -> SourceRules:
    (tmp_path / "slabs").mkdir()
    return SourceRules(KINDS, tmp_path)


@pytest.mark.parametrize(
    "texts",
    [
        {"source": "synthetic:", "rate": "2", "seed": "7", "deadline_ms": "900"},
        {"source": "video:rtsp://eva:secret@10.0.0.7:554/stream1", "rate": "2"},
        {"source": "video:0"},
        {"source": "http:0.0.0.0:8080", "http_token": "long"},
    ],
)
def test_allowed(rules: SourceRules, texts: dict[str, str]) -> None:
    rules.check(texts)


@pytest.mark.parametrize(
    "source",
    [
        "genicam:1234",
        "belt:/tmp",
        "",
        "nonsense",
        "video:file:///etc/passwd",
        "video:concat:http://a/|file:///etc/passwd",
        "video:gopher://10.0.0.1/",
        "video:http://",
        "video:rtsp://eva:a/b@10.0.0.7/",
        "video:/etc/passwd",
        "folder:/etc",
        "folder:slabs",
        "landing:/",
    ],
)
def test_refused(rules: SourceRules, source: str) -> None:
    with pytest.raises(SettingError, match="allow"):
        rules.check({"source": source})


def test_a_path_lies_below_the_folder_also_behind_links(rules: SourceRules, tmp_path: Path) -> None:
    for kind in ("folder", "landing", "video"):
        rules.check({"source": f"{kind}:{tmp_path}/slabs"})
        with pytest.raises(SettingError, match="whole path below"):
            rules.check({"source": f"{kind}:{tmp_path}/slabs/../../elsewhere"})
        (tmp_path / "slabs" / kind).symlink_to("/etc")
        with pytest.raises(SettingError, match="whole path below"):
            rules.check({"source": f"{kind}:{tmp_path}/slabs/{kind}"})


def test_without_a_folder_no_path_may_be_set() -> None:
    for source in ("folder:/srv/slabs", "landing:/srv/slabs", "video:/srv/belt.mp4"):
        with pytest.raises(SettingError, match="console_source_root"):
            SourceRules(KINDS, None).check({"source": source})


def test_settings_of_another_kind_or_of_no_camera_are_refused(rules: SourceRules) -> None:
    for name in ("http_token", "spool_bytes", "broker", "data"):
        with pytest.raises(SettingError, match=f"{name}: is no setting of a synthetic camera"):
            rules.check({"source": "synthetic:", name: "x"})


def test_no_error_tells_a_password(rules: SourceRules) -> None:
    for source in ("video:rtsp://eva:hunter2@/", "video:ftp://eva:hunter2@host/", "eva:hunter2"):
        with pytest.raises(SettingError) as failed:
            rules.check({"source": source})
        assert "hunter2" not in str(failed.value)
