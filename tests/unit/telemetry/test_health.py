"""Probes: live while the loops turn, ready while they can do their work."""

import json
import socket
import urllib.error
import urllib.request
from collections.abc import Iterator
from contextlib import ExitStack

import pytest
from prometheus_client.openmetrics.parser import text_string_to_metric_families

from marbleline.domain.records import CameraState
from marbleline.errors import StoreUnavailable
from marbleline.telemetry import health as module
from marbleline.telemetry import metrics
from marbleline.telemetry.camera_meter import CameraMeter
from marbleline.telemetry.health import Health, serving
from tests.builders import START, make_report, wait_until
from tests.services.processes import free_ports


def ask(port: int, path: str) -> tuple[int, str]:
    try:
        with urllib.request.urlopen(f"http://127.0.0.1:{port}{path}", timeout=5) as answer:
            return answer.status, answer.read().decode()
    except urllib.error.HTTPError as error:
        with error:
            return error.code, error.read().decode()


@pytest.fixture
def health() -> Health:
    return Health()


@pytest.fixture
def port(health: Health, monkeypatch: pytest.MonkeyPatch) -> Iterator[int]:
    with socket.socket() as probe:
        probe.bind(("127.0.0.1", 0))
        free = probe.getsockname()[1]
    with serving(health, "127.0.0.1", free) as port:
        yield port


def test_a_worker_is_ready_once_each_of_its_loops_has_turned(health: Health, port: int) -> None:
    first, second = health.heartbeat("encode"), health.heartbeat("record")
    first.ok()
    status, body = ask(port, "/readyz")
    assert (status, json.loads(body)["problems"]) == (503, {"record": "starting"})
    assert ask(port, "/healthz")[0] == 200
    second.ok()
    assert ask(port, "/readyz")[0] == 200


def test_trouble_makes_it_unready_but_not_dead_until_it_passes(health: Health, port: int) -> None:
    heartbeat = health.heartbeat("record")
    heartbeat.degraded("store", StoreUnavailable("store x: away"))
    status, body = ask(port, "/readyz")
    assert (status, json.loads(body)["problems"]) == (503, {"record": "store: store x: away"})
    assert ask(port, "/healthz")[0] == 200
    heartbeat.ok()
    assert ask(port, "/readyz")[0] == 200


def test_trouble_of_a_loop_in_the_background_leaves_it_ready_but_not_its_standstill(
    health: Health, port: int, monkeypatch: pytest.MonkeyPatch
) -> None:
    heartbeat = health.heartbeat("record", background=True)
    assert ask(port, "/readyz")[0] == 503
    heartbeat.degraded("store", StoreUnavailable("store x: away"))
    assert ask(port, "/readyz")[0] == 200
    monkeypatch.setattr(module, "DEAD_AFTER_S", -1.0)
    assert ask(port, "/readyz")[0] == 503


def test_a_loop_that_no_longer_turns_is_dead(
    health: Health, port: int, monkeypatch: pytest.MonkeyPatch
) -> None:
    health.heartbeat("encode").ok()
    monkeypatch.setattr(module, "DEAD_AFTER_S", -1.0)
    status, body = ask(port, "/healthz")
    assert status == 503
    assert "encode" in body


def test_metrics_are_served_and_each_has_the_prefix_and_a_meaning(health: Health, port: int) -> None:
    meter = CameraMeter(health.heartbeat("camera"), lambda: START - 2_000_000)
    meter.note(make_report("top", captured=10))
    meter.note(make_report("top", captured=13, state=CameraState.FULL, reported_at=START + 1))
    _, text = ask(port, "/metrics")
    assert 'marbleline_frames_captured_total{camera="top"} 3.0' in text
    assert 'marbleline_camera_state{camera="top",state="full"} 1.0' in text
    assert 'marbleline_camera_state{camera="top",state="online"} 0.0' in text
    assert 'marbleline_spool_oldest_seconds{camera="top"} 2.0' in text
    for metric in metrics.ALL:
        [family] = metric.describe()
        assert family.name.startswith("marbleline_")
        assert family.documentation.endswith(".")


def test_a_scraper_that_asks_for_openmetrics_gets_what_openmetrics_allows(port: int) -> None:
    asked = urllib.request.Request(
        f"http://127.0.0.1:{port}/metrics", headers={"Accept": "application/openmetrics-text; version=1.0.0"}
    )
    metrics.observe_span(metrics.LATENCY_SECONDS.labels(camera="top"), START, START + 20_000)
    # A clock was set back by five seconds on the way.
    metrics.observe_span(metrics.LATENCY_SECONDS.labels(camera="back"), START + 5_000_000, START)
    with urllib.request.urlopen(asked, timeout=5) as answer:
        families = {family.name: family for family in text_string_to_metric_families(answer.read().decode())}
    assert families["marbleline_latency_seconds"].unit == "seconds"
    assert {metric.describe()[0].name for metric in metrics.ALL} <= set(families)


def test_another_path_is_not_found_and_port_0_serves_nothing(health: Health, port: int) -> None:
    assert ask(port, "/secret")[0] == 404
    with serving(health, "127.0.0.1", 0) as nothing:
        assert nothing == 0


def test_connections_that_are_held_open_are_bounded_and_keep_no_probe_out(
    health: Health, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(module, "_IDLE_S", 600.0)
    health.heartbeat("encode").ok()
    [free] = free_ports(1)
    with serving(health, "127.0.0.1", free) as port, ExitStack() as opened:
        held = [opened.enter_context(socket.create_connection(("127.0.0.1", port))) for _ in range(300)]
        wait_until(lambda: sum(map(_is_open, held)) == 64)
        assert [_is_open(one) for one in held] == [False] * 236 + [True] * 64
        assert ask(port, "/healthz")[0] == 200


def _is_open(client: socket.socket) -> bool:
    client.setblocking(False)
    try:
        return client.recv(1) != b""
    except BlockingIOError:
        return True
