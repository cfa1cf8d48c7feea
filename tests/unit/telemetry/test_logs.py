"""Logs: their fields, and no secrets in them."""

import io
import json
import logging
from collections.abc import Iterator

import pytest

from marbleline.telemetry.logs import set_up


@pytest.fixture
def restored() -> Iterator[None]:
    root = logging.getLogger()
    handlers, level = root.handlers[:], root.level
    yield
    root.handlers[:] = handlers
    root.setLevel(level)


@pytest.mark.usefixtures("restored")
def test_json_is_one_ecs_object_a_line_with_the_frame() -> None:
    stream = io.StringIO()
    set_up("encoder", style="json", level="info", stream=stream)
    logging.getLogger("marbleline.x").info("frame.captured", extra={"frame_id": "f1", "sequence": 7})
    line = json.loads(stream.getvalue())
    assert line["message"] == "frame.captured"
    assert line["log.level"] == "info"
    assert line["service.node.name"] == "encoder"
    assert line["marbleline"] == {"frame_id": "f1", "sequence": 7}
    assert line["@timestamp"].endswith("+00:00")


@pytest.mark.usefixtures("restored")
@pytest.mark.parametrize("style", ["json", "text"])
def test_no_password_gets_out(style: str) -> None:
    stream = io.StringIO()
    set_up("camera", style=style, level="debug", stream=stream)
    log = logging.getLogger("marbleline.x")
    log.info("connect amqp://user:hunter2@host/v", extra={"address": "rtsp://admin:hunter2@10.0.0.1/s"})
    try:
        raise RuntimeError("https://elastic:hunter2@es:9200 is away")
    except RuntimeError:
        log.exception("failed")
    assert "hunter2" not in stream.getvalue()
    assert "user:***@host" in stream.getvalue()


@pytest.mark.usefixtures("restored")
def test_text_is_for_people() -> None:
    stream = io.StringIO()
    set_up("camera", style="text", level="info", stream=stream)
    logging.getLogger("marbleline.x").warning("spool.full", extra={"camera": "top"})
    logging.getLogger("marbleline.x").debug("unseen")
    assert stream.getvalue().count("\n") == 1
    assert "camera       WARNING spool.full  camera=top" in stream.getvalue()


@pytest.mark.usefixtures("restored")
@pytest.mark.parametrize("style", ["json", "text"])
def test_no_name_of_a_file_makes_a_line_of_its_own(style: str) -> None:
    """Nor does it move a terminal's cursor, or keep the line from being written."""
    name = "a\n12:00:00 camera frame.captured\r\x1b[2J\x9b1m\u2028\u202e\udcff.jpg"
    stream = io.TextIOWrapper(io.BytesIO(), encoding="utf-8", errors="strict", newline="")
    set_up("camera", style=style, level="info", stream=stream)
    log = logging.getLogger("marbleline.x")
    log.warning("landing.file_rejected " + name, extra={"file": name})
    try:
        raise OSError(f"{name}: can't be read")
    except OSError:
        log.exception("failed")
    stream.seek(0)
    text = stream.read()
    assert text.count(".jpg") >= 3
    assert not set("\r\x1b\x9b\u2028\u202e") & set(text)
    lines = text.splitlines()
    own = [json.loads(line) for line in lines] if style == "json" else [x for x in lines if x[:1] != " "]
    assert len(own) == 2
    if style == "text":
        assert r"file=a\n12:00:00 camera frame.captured\r\x1b[2J\x9b1m\u2028\u202e\udcff.jpg" in own[0]
    else:
        assert own[0]["marbleline"]["file"] == name
