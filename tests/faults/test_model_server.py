"""The model server killed, slow, of a wrong version and answering garbage while the line is busy."""

import time
from pathlib import Path
from shutil import copytree
from typing import Any

from tests.contract.fake_model_server import FakeModelServer, serving
from tests.faults.line_under_test import TINY_MODEL
from tests.faults.plant import Services, done
from tests.services.wire_cutter import Wire


def test_the_model_server_is_killed_and_the_publisher_judges_by_itself(services: Services) -> None:
    services.line.kill("serve")
    time.sleep(20)
    services.line.again("serve")
    over = time.monotonic()
    done(services, "model server down for 20 s (fallback judges)", over)
    assert services.line.judged_by_fallback() > 0


def test_the_network_to_the_model_server_hangs(services: Services) -> None:
    services.model_wire.state = Wire.HUNG
    time.sleep(20)
    services.model_wire.state = Wire.WHOLE
    over = time.monotonic()
    done(services, "network to the model server hangs for 20 s", over)


def test_the_model_server_is_slow(services: Services) -> None:
    services.model_wire.delay_s = 0.2
    time.sleep(10)
    services.model_wire.delay_s = 0.0
    over = time.monotonic()
    done(services, "model server slow: 0.2 s more each way for 10 s", over)


def test_the_model_server_has_another_version(services: Services, tmp_path: Path) -> None:
    services.line.stop("serve")
    copytree(TINY_MODEL / "1", tmp_path / "old" / "1")
    services.serve(tmp_path / "old")
    time.sleep(10)
    services.line.stop("serve")
    services.serve()
    over = time.monotonic()
    done(services, "model server with a wrong version for 10 s", over)


def test_the_model_server_answers_garbage(services: Services) -> None:
    def spoil(response: Any) -> None:
        response.outputs["scores"].float_val[:] = []
        response.outputs["scores"].tensor_content = b"garbage"

    services.line.stop("serve")
    with serving(FakeModelServer(spoil=spoil), services.model_port):
        time.sleep(10)
    services.serve()
    over = time.monotonic()
    done(services, "model server answers garbage for 10 s", over)
