"""From an address to an open adapter, and what is said if there is none."""

import sys

import pytest

from marbleline.adapters.sources.folder import FolderSource
from marbleline.adapters.sources.http import HttpSource
from marbleline.adapters.sources.landing import LandingSource
from marbleline.adapters.sources.synthetic import SyntheticSource
from marbleline.adapters.sources.video import StreamSource, VideoFileSource
from marbleline.bootstrap.adapters import open_source, queues_of
from marbleline.bootstrap.catalogue import load
from marbleline.errors import SettingError


@pytest.mark.parametrize(
    ("text", "kind"),
    [
        ("synthetic:", SyntheticSource),
        ("folder:/pictures with spaces", FolderSource),
        ("landing:/srv/slabs", LandingSource),
        ("http:127.0.0.1:8080", HttpSource),
        ("http:[::1]:8080", HttpSource),
        ("video:0", StreamSource),
        ("video:rtsp://user:secret@camera/stream", StreamSource),
        ("video:belt.mp4", VideoFileSource),
    ],
)
def test_each_source_is_made_without_connecting(text: str, kind: type) -> None:
    source = open_source(load({"source": text}, {}))
    assert isinstance(source, kind)
    source.close()


@pytest.mark.parametrize(
    "text",
    ["", "synthetik:", "folder:", "landing:", "http:8080", "http:host:123456", "http:host:99999", "video:"],
)
def test_a_wrong_source_is_refused_with_what_is_allowed(text: str) -> None:
    with pytest.raises(SettingError, match=r"source is .* \(on the command line\): allowed is .*:") as caught:
        load({"source": text}, {})
    assert text.split(":", maxsplit=1)[0] in str(caught.value)


def test_a_wrong_source_is_shown_without_its_password() -> None:
    with pytest.raises(SettingError) as error:
        load({"source": "rtsp://user:secret@camera/stream"}, {})
    assert "secret" not in str(error.value)


def test_an_extra_that_is_not_installed_is_named(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setitem(sys.modules, "cv2", None)
    monkeypatch.delitem(sys.modules, "marbleline.adapters.sources.video", raising=False)
    with pytest.raises(SettingError, match=r"source video: needs OpenCV: pip install 'marbleline\[video\]'"):
        open_source(load({"source": "video:0"}, {}))


def test_a_mail_sink_s_queue_gets_alarms_alone() -> None:
    sinks = "oncall=smtp://mail.example/anna@plant.example mes=https://mes.example"
    patterns = {queue.name: queue.patterns for queue in queues_of(load({"sinks": sinks}, {}))}
    assert patterns["sink-oncall"] == ("alarm.oncall",)
    assert "verdict.*.*.faulty" in patterns["sink-mes"]
