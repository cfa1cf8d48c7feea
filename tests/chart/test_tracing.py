"""Traces: which workers are told of the collector, and that their policies let them reach it."""

import json
from typing import Any

import pytest

from tests.chart.batch import told
from tests.chart.conftest import Refuse, Render

# Whose images carry OpenTelemetry. The console's does not, and would not start.
TRACING = {"camera", "encoder", "publisher", "sink"}
SINK = "sink.enabled=true,sink.secret=plant,sink.targets.mes=https://mes.plant/"
ON = (
    "--set",
    f"{SINK},tracing.endpoint=http://collector.observability:4318",
    "--set-json",
    "tracing.share=0.1",
)


def _containers(objects: list[dict[str, Any]]) -> dict[str, dict[str, Any]]:
    """Part -> its container."""
    return {
        one["metadata"]["labels"]["app.kubernetes.io/component"]: one["spec"]["template"]["spec"][
            "containers"
        ][0]
        for one in objects
        if one["kind"] in ("Deployment", "StatefulSet")
    }


def _values(container: dict[str, Any]) -> dict[str, Any]:
    return {one["name"]: one.get("value", one.get("valueFrom")) for one in container["env"]}


def _ways_to(port: int, objects: list[dict[str, Any]]) -> dict[str, Any]:
    """Part -> whom its policy lets it reach on this port."""
    return {
        one["metadata"]["name"].removeprefix("t-"): rule.get("to")
        for one in objects
        if one["kind"] == "NetworkPolicy"
        for rule in one["spec"]["egress"]
        if {"port": port, "protocol": "TCP"} in rule.get("ports", [])
    }


def test_all_workers_that_trace_are_told_and_let_out(render: Render) -> None:
    objects = render(*ON)
    told = {part: _values(one) for part, one in _containers(objects).items()}
    tracing = {part for part, values in told.items() if "MARBLELINE_OTLP_ENDPOINT" in values}
    assert tracing == TRACING
    for part in TRACING:
        assert told[part]["MARBLELINE_OTLP_ENDPOINT"] == "http://collector.observability:4318"
        assert told[part]["MARBLELINE_TRACE_SHARE"] == "0.1"
    assert _ways_to(4318, objects) == dict.fromkeys(TRACING)


def test_the_batch_lane_traces_what_it_encodes_and_judges(render: Render) -> None:
    """No other of its commands does, and the trainer's image has no OpenTelemetry."""
    objects = render(*ON, "--set", "batch.enabled=true,model.source=claim,model.claim=m")
    pods = json.loads(told(objects))["pods"]
    values = {kind: _values(pod["spec"]["containers"][0]) for kind, pod in pods.items()}
    tracing = {kind for kind, one in values.items() if "MARBLELINE_OTLP_ENDPOINT" in one}
    assert tracing == {"encoder", "publisher"}
    assert {values[kind]["MARBLELINE_TRACE_SHARE"] for kind in tracing} == {"0.1"}
    assert set(_ways_to(4318, objects)) == {*TRACING, "batch"}


def test_nobody_is_told_or_let_out_by_default(render: Render) -> None:
    objects = render("--set", SINK)
    assert _ways_to(4318, objects) == {}
    assert not [name for one in _containers(objects).values() for name in _values(one) if "OTLP" in name]


def test_policies_narrow_to_the_collectors_pods(render: Render) -> None:
    peer = "tracing.peers[0].podSelector.matchLabels.app=collector,tracing.ports={14318}"
    objects = render(*ON, "--set", peer)
    assert _ways_to(4318, objects) == {}
    to = [{"podSelector": {"matchLabels": {"app": "collector"}}}]
    assert _ways_to(14318, objects) == dict.fromkeys(TRACING, to)


@pytest.mark.parametrize(
    ("address", "port"), [("https://otlp.example/path:1", 443), ("http://otlp.example", 80)]
)
def test_an_address_without_a_port_has_its_schemes(render: Render, address: str, port: int) -> None:
    assert {"camera", "encoder"} <= set(_ways_to(port, render("--set", f"tracing.endpoint={address}")))


def test_token_and_authority_come_from_secrets(render: Render) -> None:
    secrets = "tracing.headersSecret=token,tracing.caSecret=authority"
    for part, container in _containers(render(*ON, "--set", secrets)).items():
        if part not in TRACING:
            continue
        values = _values(container)
        reference = {"secretKeyRef": {"name": "token", "key": "headers"}}
        assert values["OTEL_EXPORTER_OTLP_HEADERS"] == reference, part
        folder = values["OTEL_EXPORTER_OTLP_CERTIFICATE"].rpartition("/")[0]
        assert folder in [mount["mountPath"] for mount in container["volumeMounts"]], part


@pytest.mark.parametrize(
    ("wrong", "named"), [("endpoint=collector:4318", "endpoint"), ("share=1.5", "share")]
)
def test_a_wrong_value_is_refused_by_name(refuse: Refuse, wrong: str, named: str) -> None:
    assert named in refuse("--set", f"tracing.{wrong}")
