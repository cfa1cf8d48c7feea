"""The pod that sends reports, as the chart describes it to the DAGs."""

import json
from typing import Any

from marbleline.adapters.sinks.registry import MailSettings
from marbleline.bootstrap.catalogue import load
from marbleline.settings.console import ConsoleSettings
from marbleline.settings.kinds import pairs
from marbleline.settings.report import ReportSettings
from tests.chart.batch import told
from tests.chart.conftest import Render
from tests.chart.test_sink import _environment

REPORT = ",".join(
    [
        "batch.enabled=true,batch.timezone=Europe/Rome",
        "batch.report.targets.office=smtp://mail.plant/quality@plant.example,batch.report.targets.mes=",
        "batch.report.secret=plant,batch.report.mailFrom=line@plant.example,batch.report.language=tr",
        "console.env.MARBLELINE_CONSOLE_SHIFT_STARTS=07:00",
    ]
)
ON = ("--set", REPORT)
KEYS = {"office": "line:word", "mes": "whsec_one", "mes.address": "https://mes.plant/T0"}


def _pods(objects: list[dict[str, Any]]) -> dict[str, Any]:
    return dict(json.loads(told(objects))["pods"])


def _egress(objects: list[dict[str, Any]]) -> list[tuple[set[int], Any]]:
    [policy] = [
        one for one in objects if (one["kind"], one["metadata"]["name"]) == ("NetworkPolicy", "t-batch")
    ]
    return [({port["port"] for port in rule["ports"]}, rule.get("to")) for rule in policy["spec"]["egress"]]


def test_without_receivers_there_is_no_pod_for_it(render: Render) -> None:
    assert "report" not in _pods(render("--set", "batch.enabled=true"))


def test_the_command_understands_what_the_chart_tells_it(render: Render) -> None:
    [container] = _pods(render(*ON))["report"]["spec"]["containers"]
    assert container["image"].startswith("marbleline/console:")
    environment = _environment(container, KEYS)
    configuration = load({}, {name: value for name, value in environment.items() if "STORE" not in name})
    report = configuration.read(ReportSettings)
    assert {one.name: one.address for one in report.report_to} == {
        "office": "smtp://mail.plant/quality@plant.example",
        "mes": "https://mes.plant/T0",
    }
    assert report.report_language == "tr"
    mail = configuration.read(MailSettings)
    assert (mail.mail_from, pairs(mail.sink_secrets)["office"]) == ("line@plant.example", "line:word")
    console = configuration.read(ConsoleSettings)
    assert (str(console.console_time_zone), console.console_shift_starts[0].hour) == ("Europe/Rome", 7)


def test_its_secrets_come_from_the_secret_alone(render: Render) -> None:
    [container] = _pods(render(*ON))["report"]["spec"]["containers"]
    refs = [one["valueFrom"]["secretKeyRef"] for one in container["env"] if "valueFrom" in one]
    assert {one["key"] for one in refs if one["name"] == "plant"} == set(KEYS)


def test_the_batch_lane_is_let_out_on_the_receivers_ports_alone(render: Render) -> None:
    assert ({443, 587}, None) in _egress(render(*ON))
    assert not [ports for ports, _ in _egress(render("--set", "batch.enabled=true")) if 587 in ports]
    chosen = ("--set", "batch.report.ports={2525},batch.report.peers[0].ipBlock.cidr=10.0.0.0/8")
    assert ({2525}, [{"ipBlock": {"cidr": "10.0.0.0/8"}}]) in _egress(render(*ON, *chosen))


def test_the_authority_is_mounted_where_the_setting_says(render: Render) -> None:
    pod = _pods(render(*ON, "--set", "batch.report.caSecret=plant-ca"))["report"]["spec"]
    [container] = pod["containers"]
    file = _environment(container, KEYS)["MARBLELINE_SINK_CA_FILE"]
    [mount] = [one for one in container["volumeMounts"] if one["mountPath"] == file.rpartition("/")[0]]
    [volume] = [one for one in pod["volumes"] if one["name"] == mount["name"]]
    assert volume["secret"]["secretName"] == "plant-ca"
