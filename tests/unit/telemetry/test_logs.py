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
