"""Slab worker and gate station as the chart runs them: off by default, one station, no way but to its PLC."""

import tomllib
from typing import Any

import pytest

from marbleline.bootstrap.catalogue import SCOPES, load, settings_of_scope
from marbleline.settings.gate import GateSettings
from marbleline.settings.line import LineSettings, ModelSettings
from marbleline.settings.slab import SlabSettings
from tests.chart.conftest import Refuse, Render

SLABS = (
    "--set",
    "slab.enabled=true,slab.deadlineMs=900,slab.incomplete=faulty,slab.rows=2,"
    "slab.calibrations.configMap.name=boards",
    "--set-json",
    "slab.mmPerCount=0.5",
)
CAMERAS = "gate.cameras[0].name=left,gate.cameras[0].source=synthetic:,gate.cameras[0].rate=20"
GATE = (*SLABS, "--set", f"gate.enabled=true,gate.plc=modbus:192.168.0.10:502,{CAMERAS}")
VIDEO = "gate.cameras[0].source=video:rtsp://camera.plant/1"
PLANT = "networkPolicy.networkCameras[0].ipBlock.cidr=10.7.0.0/24"
WORKERS = {"camera", "encoder", "publisher", "console", "slab", "gate"}


def _one(objects: list[dict[str, Any]], kind: str, name: str) -> dict[str, Any]:
    [found] = [one for one in objects if (one["kind"], one["metadata"]["name"]) == (kind, name)]
    return found


def _container(objects: list[dict[str, Any]], part: str) -> dict[str, Any]:
    spec = _one(objects, "Deployment", f"t-{part}")["spec"]["template"]["spec"]
    return dict(spec["containers"][0])


def _settings(container: dict[str, Any]) -> dict[str, str]:
    return {
        one["name"]: one["value"]
        for one in container["env"]
        if one["name"].startswith("MARBLELINE_") and "$(" not in one["value"]
    }


def _ways_out(objects: list[dict[str, Any]], part: str) -> list[tuple[set[int], Any]]:
    rules = _one(objects, "NetworkPolicy", f"t-{part}")["spec"]["egress"]
    return [({port["port"] for port in rule.get("ports", [])}, rule.get("to")) for rule in rules]


def test_there_are_none_unless_they_are_asked_for(render: Render) -> None:
    objects = render()
    assert not {"t-slab", "t-gate"} & {one["metadata"]["name"] for one in objects}
    assert "MARBLELINE_SLABS" not in str(objects)


def test_the_slab_worker_understands_what_the_chart_tells_it(render: Render) -> None:
    container = _container(render(*SLABS), "slab")
    assert container["args"] == ["slab"]
    assert container["image"].startswith("marbleline/encoder:")
    told = load({}, _settings(container)).read(SlabSettings)
    assert (told.slab_deadline_ms, told.slab_incomplete, told.slab_rows) == (900, "faulty", 2)
    assert told.slab_mm_per_count == 0.5
    mounts = {mount["name"]: mount["mountPath"] for mount in container["volumeMounts"]}
    assert str(told.slab_calibrations) == mounts["calibration"]
    assert mounts["model"] == "/models"  # the recipe is in the product's folder


def test_every_worker_of_the_line_knows_of_the_slabs_queue(render: Render) -> None:
    label = "app.kubernetes.io/component"
    seen = set()
    for one in render(*GATE):
        if one["kind"] == "Deployment" and one["metadata"]["labels"][label] in WORKERS:
            told = load({}, _settings(one["spec"]["template"]["spec"]["containers"][0])).read(LineSettings)
            assert (told.slabs, told.line) == (True, "line-1"), one["metadata"]["name"]
            seen.add(one["metadata"]["labels"][label])
    assert seen == WORKERS


def test_the_station_understands_what_the_chart_tells_it(render: Render) -> None:
    objects = render(*GATE, "--set", "gate.deadlineMs=150,gate.exposureMs=40,gate.pictures=2,gate.pollMs=2")
    container = _container(objects, "gate")
    assert container["args"] == ["gate", "--config", "/etc/marbleline/gate/station.toml"]
    assert container["image"].startswith("marbleline/gate:")
    configuration = load({}, _settings(container))
    told = configuration.read(GateSettings)
    assert told.gate == "modbus:192.168.0.10:502"
    assert (told.gate_deadline_ms, told.gate_exposure_ms, told.gate_poll_ms) == (150, 40, 2)
    assert told.gate_pictures == 2
    assert str(configuration.read(ModelSettings).model) == "/models/marble"
    rules = configuration.read(SlabSettings)
    assert (rules.slab_incomplete, rules.slab_rows, str(rules.slab_calibrations)) == (
        "faulty",
        2,
        "/etc/marbleline/calibration",
    )
    file = tomllib.loads(_one(objects, "ConfigMap", "t-gate")["data"]["station.toml"])
    assert file == {"cameras": [{"camera": "left", "source": "synthetic:", "rate": 20}]}
    assert set(file["cameras"][0]) <= set(settings_of_scope("camera"))
    assert "gate" in SCOPES


def test_a_changed_camera_rolls_the_station(render: Render) -> None:
    def annotations(*options: str) -> Any:
        return _one(render(*GATE, *options), "Deployment", "t-gate")["spec"]["template"]["metadata"]

    assert annotations() == annotations()
    assert annotations() != annotations("--set", "gate.cameras[0].rate=10")


def test_never_do_two_stations_write_to_a_plc(render: Render) -> None:
    spec = _one(render(*GATE), "Deployment", "t-gate")["spec"]
    assert (spec["replicas"], spec["strategy"]) == (1, {"type": "Recreate"})


def test_the_station_needs_nothing_of_the_node(render: Render) -> None:
    objects = render(*GATE)
    assert "hostNetwork" not in str(objects)
    assert not [one for one in objects if one["kind"] == "Service" and "gate" in one["metadata"]["name"]]


@pytest.mark.parametrize(
    ("options", "port", "peers"),
    [
        ((), 502, [{"ipBlock": {"cidr": "192.168.0.10/32"}}]),
        (("--set", "gate.plc=s7:[fd00::7]:102"), 102, [{"ipBlock": {"cidr": "fd00::7/128"}}]),
        (
            ("--set", "gate.plc=modbus:plc.plant:502,gate.peers[0].ipBlock.cidr=10.1.0.0/30"),
            502,
            [{"ipBlock": {"cidr": "10.1.0.0/30"}}],
        ),
    ],
)
def test_the_policy_lets_the_station_to_its_plc_alone(
    render: Render, options: tuple[str, ...], port: int, peers: list[dict[str, Any]]
) -> None:
    ways = _ways_out(render(*GATE, *options), "gate")
    assert ({port}, peers) in ways
    assert all(to for _, to in ways), "a rule without peers lets it anywhere"
    inside = [to for _, to in ways if to != peers]
    assert "ipBlock" not in str(inside)


def test_the_policy_lets_the_station_to_its_network_cameras(render: Render) -> None:
    ways = _ways_out(render(*GATE, "--set", f"{VIDEO},{PLANT}"), "gate")
    assert (set(), [{"ipBlock": {"cidr": "10.7.0.0/24"}}]) in ways
    assert all(to for _, to in ways)


def test_a_removed_release_keeps_the_stations_frames(render: Render) -> None:
    claim = _one(render(*GATE), "PersistentVolumeClaim", "t-gate-spool")
    assert claim["metadata"]["annotations"] == {"helm.sh/resource-policy": "keep"}


@pytest.mark.parametrize(
    ("options", "named"),
    [
        ("slab.enabled=false", "gate.enabled needs slab.enabled"),
        ("gate.plc=", "gate.plc"),
        ("gate.plc=modbus:plc", "/gate/plc"),
        ("gate.plc=opcua:192.168.0.10:502", "/gate/plc"),
        ("gate.plc=modbus:plc.plant:502", "gate.peers"),
        ("gate.cameras=null", "gate.cameras"),
        ("gate.cameras[0].name=camera-1", '"camera-1" is there twice'),
        ("gate.cameras[0].source=http:0.0.0.0:8080", "/gate/cameras/0/source"),
        (VIDEO, "networkPolicy.networkCameras"),
        ("gate.exposureMs=200", "gate.exposureMs"),
        ("gate.deadlineMs=10", "/gate/deadlineMs"),
        ("gate.spoolBytes=5000000000", "gate: the spools"),
        ("gate.replicas=2", "replicas"),
        ("slab.incomplete=good", "/slab/incomplete"),
        ("slab.rows=0", "/slab/rows"),
        ("cameras[0].name=a,cameras[0].source=synthetic:,cameras[0].line=line-2", "line-2"),
    ],
)
def test_a_contradiction_is_refused_by_name(refuse: Refuse, options: str, named: str) -> None:
    assert named in refuse(*GATE, "--set", options)
