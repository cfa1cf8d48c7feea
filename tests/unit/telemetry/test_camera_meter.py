"""From a camera's reports to its metrics."""

import uuid

import msgspec
from prometheus_client import REGISTRY

from marbleline.telemetry.camera_meter import CameraMeter
from marbleline.telemetry.health import Health
from tests.builders import make_report


def value(name: str, **labels: str) -> float:
    return REGISTRY.get_sample_value(f"marbleline_{name}_total", labels) or 0.0


def test_blind_time_counts_what_was_found_at_the_start() -> None:
    name = f"c-{uuid.uuid4().hex[:8]}"
    meter = CameraMeter(Health().heartbeat("camera"))
    report = msgspec.structs.replace(make_report(name), blind_rollout_ms=218_000, missed=40)
    meter.note(report)
    assert value("camera_blind_seconds", camera=name, cause="rollout") == 218
    assert value("triggers_missed", camera=name) == 40
    # Frames of the process before are not this one's.
    assert value("frames_captured", camera=name) == 0
    meter.note(msgspec.structs.replace(report, blind_rollout_ms=218_000, blind_held_up_ms=4_500, missed=41))
    assert value("camera_blind_seconds", camera=name, cause="rollout") == 218
    assert value("camera_blind_seconds", camera=name, cause="held_up") == 4.5
    assert value("triggers_missed", camera=name) == 41
