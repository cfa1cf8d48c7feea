"""What the chart makes of its values, and what it refuses."""

import json
from typing import Any

import pytest
import yaml

from tests.chart.batch import EXAMPLE, told
from tests.chart.batch import MADE as TOLD
from tests.chart.conftest import Refuse, Render
from tests.chart.schema import CHART, MADE, made

EXAMPLES = ("ci/kind-values", "ci/e2e-values", "ci/everything-values", "values-gke")
WORKLOADS = ("Deployment", "StatefulSet", "Job")


def test_the_schema_is_made_from_its_source() -> None:
    assert MADE.read_text() == made(), "run: python -m tests.chart.schema"


def test_every_value_is_in_the_schema() -> None:
    values = yaml.safe_load((CHART / "values.yaml").read_text())
    assert set(values) <= set(yaml.safe_load(made())["properties"])


def _pods(objects: list[dict[str, Any]]) -> list[tuple[str, dict[str, Any]]]:
    workloads = [(one, one["spec"]["template"]["spec"]) for one in objects if one["kind"] in WORKLOADS]
    single = [(one, one["spec"]) for one in objects if one["kind"] == "Pod"]
    return [(one["metadata"]["name"], spec) for one, spec in workloads + single]


@pytest.mark.parametrize("example", EXAMPLES)
def test_every_pod_of_ours_is_restricted(render: Render, example: str) -> None:
    _every_pod_is_restricted(_pods(render("-f", str(CHART / f"{example}.yaml"))))


def _every_pod_is_restricted(pods: list[tuple[str, dict[str, Any]]]) -> None:
    assert pods
    for name, spec in pods:
        security = spec["securityContext"]
        assert security["runAsNonRoot"] is True, name
        assert security["runAsUser"] > 0, name
        assert security["seccompProfile"] == {"type": "RuntimeDefault"}, name
        assert spec["automountServiceAccountToken"] is False, name
        for container in spec["containers"] + spec.get("initContainers", []):
            own = container["securityContext"]
            assert own["allowPrivilegeEscalation"] is False, name
            assert own["readOnlyRootFilesystem"] is True, name
            assert own["capabilities"] == {"drop": ["ALL"]}, name
            assert "memory" in container["resources"]["limits"], name
            assert {"cpu", "memory"} <= set(container["resources"]["requests"]), name


def test_the_dags_are_tested_on_what_the_chart_tells_them(render: Render) -> None:
    assert TOLD.read_text() == told(render(*EXAMPLE)), "run: python -m tests.chart.batch"


def test_pods_of_the_batch_lane_are_restricted(render: Render) -> None:
    pods = json.loads(told(render(*EXAMPLE)))["pods"]
    _every_pod_is_restricted([(name, pod["spec"]) for name, pod in pods.items()])


def test_versions_are_made_only_where_they_can_be_written(render: Render) -> None:
    pods = json.loads(told(render("--set", "batch.enabled=true")))["pods"]
    assert set(pods) == {"encoder", "publisher", "golden", "record"}


def test_no_value_holds_a_password() -> None:
    text = (CHART / "values.yaml").read_text().lower()
    assert "password:" not in text


def test_credentials_come_from_secrets(render: Render) -> None:
    for name, spec in _pods(render()):
        for container in spec["containers"]:
            for one in container.get("env", []):
                if one["name"].endswith("_PASSWORD"):
                    assert "secretKeyRef" in one["valueFrom"], name


WRONG = {
    "line=Line_1": "line",
    "cameras[0].name=a,cameras[0].source=usb": "source",
    "cameras[0].name=A!,cameras[0].source=synthetic:": "name",
    "publisher.batchSize=0": "batchSize",
    "publisher.shadow=Candidate": "shadow",
    "publisher.shadowShare=2": "shadowShare",
    "broker.mode=cloud": "broker",
    "broker.managed.replicas=2": "replicas",
    "encoder.replica=2": "replica",
    "store.mode=external": "store.external.url",
    "broker.mode=external": "broker.external.host",
    "logLevel=loud": "logLevel",
    "kibana.enabled=true,store.mode=external,store.external.url=http://e:9200": "kibana.enabled",
    "cameras[0].name=a,cameras[0].source=folder:/pictures": "pictures",
    "model.source=bucket": "model.bucket",
    "filebeat.enabled=true": "filebeat.namespace",
    "store.managed.storage=10GB": "storage",
    "webhook.enabled=true": "webhook.targets",
    "webhook.enabled=true,webhook.targets.mes=https://mes.plant/": "webhook.secret",
    "webhook.targets.mes=mes.plant": "mes",
    "webhook.targets.Mes=https://mes.plant": "Mes",
    "webhook.events={good}": "events",
    "webhook.timeoutMs=60000": "timeoutMs",
    "webhook.ports={0}": "ports",
}


@pytest.mark.parametrize(("wrong", "named"), WRONG.items())
def test_a_wrong_value_is_refused_by_name(refuse: Refuse, wrong: str, named: str) -> None:
    assert named in refuse("--set", wrong)


def _publishers_shadow(objects: list[dict[str, Any]]) -> dict[str, str]:
    [container] = dict(_pods(objects))["t-publisher"]["containers"]
    return {one["name"]: one["value"] for one in container["env"] if "SHADOW" in one["name"]}


def test_publishers_ask_a_shadow_only_if_one_is_named(render: Render) -> None:
    assert _publishers_shadow(render()) == {}
    named = ("--set", "publisher.shadow=candidate", "--set-json", "publisher.shadowShare=0.5")
    asked = _publishers_shadow(render(*named))
    assert asked == {"MARBLELINE_SHADOW": "candidate", "MARBLELINE_SHADOW_SHARE": "0.5"}


def test_a_missing_operator_stops_the_install(refuse: Refuse) -> None:
    message = refuse("--set", "checkOperators=true")
    assert "kubectl apply -f" in message
    assert "checkOperators=false" in message


def test_prometheus_resources_are_made_where_they_are_known(render: Render) -> None:
    kinds = {"PodMonitor", "PrometheusRule"}
    assert not kinds & {one["kind"] for one in render()}
    known = render("--api-versions", "monitoring.coreos.com/v1", "--set", "metrics.labels.release=prom")
    made = {one["kind"]: one for one in known if one["kind"] in kinds}
    assert set(made) == kinds
    assert all(one["metadata"]["labels"]["release"] == "prom" for one in made.values())
    [group] = made["PrometheusRule"]["spec"]["groups"]
    assert all(rule["annotations"]["runbook_url"].startswith("https://") for rule in group["rules"])
    ports = {
        port["name"]
        for one in known
        if one["kind"] in WORKLOADS and "elastic" not in one["apiVersion"]
        for container in one["spec"]["template"]["spec"]["containers"]
        for port in container["ports"]
    }
    assert made["PodMonitor"]["spec"]["podMetricsEndpoints"][0]["port"] in ports


def test_the_dashboard_is_made_for_grafanas_sidecar(render: Render) -> None:
    objects = render("--set", "metrics.dashboard.enabled=true")
    [found] = [one for one in objects if one["metadata"]["name"] == "t-dashboard"]
    assert found["metadata"]["labels"]["grafana_dashboard"] == "1"
    assert yaml.safe_load(found["data"]["marbleline.json"])["title"] == "Marbleline"


def test_checksums_are_quoted() -> None:
    """One of digits alone, or such as 12e45, is a number otherwise, and the API server refuses it."""
    lines = [
        line
        for template in (CHART / "templates").rglob("*.*")
        for line in template.read_text().splitlines()
        if "sha256sum" in line and line.strip().startswith("marbleline/")
    ]
    assert len(lines) >= 2
    assert [line for line in lines if "| quote }}" not in line] == []


def test_the_selftest_may_take_any_decision(render: Render) -> None:
    for value, expected in (("false", False), ("true", True)):
        [pod] = [one for one in render("--set", f"selftest.anyDecision={value}") if one["kind"] == "Pod"]
        assert ("--any-decision" in pod["spec"]["containers"][0]["args"]) is expected


def test_console_and_selftest_are_a_user_that_does_not_write_the_record(render: Render) -> None:
    users = {}
    for name, spec in _pods(render()):
        for one in spec["containers"][0].get("env", []):
            if one["name"] == "STORE_USER":
                users[name.removeprefix("t-")] = one["valueFrom"]["secretKeyRef"]["name"].removeprefix(
                    "t-store-"
                )
    assert users == {
        "encoder": "workers",
        "publisher": "workers",
        "console": "console",
        "selftest": "console",
    }
    [roles] = [one for one in render() if one["metadata"]["name"] == "t-store-roles"]
    console = yaml.safe_load(roles["stringData"]["roles.yml"])["marbleline_console"]
    assert "write" not in console["indices"][0]["privileges"]
    assert console["indices"][1]["names"] == ["marbleline-labels*"]


def test_cert_manager_makes_the_brokers_certificate_where_nothing_can_be_kept(render: Render) -> None:
    """GitOps renders away from the cluster: what is made while rendering would be another each time."""
    issuer = ("--set", "broker.managed.tls.issuer.name=ca")
    [certificate] = [one for one in render(*issuer) if one["kind"] == "Certificate"]
    [broker] = [one for one in render(*issuer) if one["kind"] == "RabbitmqCluster"]
    assert certificate["spec"]["secretName"] == broker["spec"]["tls"]["secretName"]
    assert "t-broker.default.svc" in certificate["spec"]["dnsNames"]
    users = "store.managed.users.workersSecret=w,store.managed.users.consoleSecret=c"
    options = (*issuer, "--set", users)
    assert render(*options) == render(*options)


def test_a_digest_wins_over_a_tag(render: Render) -> None:
    digest = f"sha256:{'0' * 64}"
    images = {
        container["image"]
        for _, spec in _pods(render("--set", f"encoder.image.digest={digest}"))
        for container in spec["containers"]
    }
    assert f"marbleline/encoder@{digest}" in images
