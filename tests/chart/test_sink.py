"""The sink worker as the chart runs it: off by default, secrets by reference, no way it does not need."""

from typing import Any

from marbleline.adapters.sinks.registry import MailSettings, ReceiverSettings
from marbleline.bootstrap.catalogue import load
from marbleline.settings.kinds import pairs
from marbleline.settings.line import LineSettings
from tests.chart.conftest import Render

# The kubelet would fill in what looks like a variable.
TARGETS = ("sink.targets.mes=https://mes.plant:8443/marble?a=$(BROKER_USER)", "sink.targets.chat=")
ON = ("--set", ",".join(["sink.enabled=true", "sink.secret=plant", *TARGETS]))
NO_ALARMS = ("--set", "sink.events={faulty,review}")
KEYS = {"mes": "whsec_one,whsec_two", "chat": "whsec_three", "chat.address": "https://chat.example/T0/B0"}


def _made(objects: list[dict[str, Any]], kind: str) -> Any:
    """The specification of the worker's object of this kind."""
    [found] = [one for one in objects if (one["kind"], one["metadata"]["name"]) == (kind, "t-sink")]
    return found["spec"]


def _container(objects: list[dict[str, Any]]) -> dict[str, Any]:
    [found] = _made(objects, "Deployment")["template"]["spec"]["containers"]
    return dict(found)


def _environment(container: dict[str, Any], keys: dict[str, str]) -> dict[str, str]:
    """The variables as the kubelet makes them: each may refer to those before it, and $$ is a dollar."""
    made: dict[str, str] = {}
    for one in container["env"]:
        if "value" not in one:
            made[one["name"]] = keys.get(one["valueFrom"]["secretKeyRef"]["key"], "x")
            continue
        text = one["value"].replace("$$", "\0")
        for name, value in made.items():
            text = text.replace(f"$({name})", value)
        made[one["name"]] = text.replace("\0", "$")
    return made


def _egress(objects: list[dict[str, Any]]) -> list[tuple[set[int], Any]]:
    rules = _made(objects, "NetworkPolicy")["egress"]
    return [({port["port"] for port in rule["ports"]}, rule.get("to")) for rule in rules]


def test_there_is_none_unless_it_is_asked_for(render: Render) -> None:
    objects = render()
    assert not [one for one in objects if "sink" in one["metadata"]["name"]]
    assert "marbleline_sink" not in str(objects)


def test_the_worker_understands_what_the_chart_tells_it(render: Render) -> None:
    container = _container(render(*ON))
    assert container["args"] == ["sink"]
    assert container["image"].startswith("marbleline/encoder:")
    configuration = load({}, _environment(container, KEYS))
    assert {one.name: one.address for one in configuration.read(LineSettings).sinks} == {
        "chat": "https://chat.example/T0/B0",
        "mes": "https://mes.plant:8443/marble?a=$(BROKER_USER)",
    }
    assert pairs(configuration.read(ReceiverSettings).sink_secrets) == {
        "chat": "whsec_three",
        "mes": "whsec_one,whsec_two",
    }
    assert configuration.read(LineSettings).sink_events == ("faulty", "review", "slab", "alarm")


def test_its_secrets_come_from_the_secret_alone(render: Render) -> None:
    refs = [one["valueFrom"]["secretKeyRef"] for one in _container(render(*ON))["env"] if "valueFrom" in one]
    assert {one["key"] for one in refs if one["name"] == "plant"} == set(KEYS)


def test_each_target_is_told_by_one_pod_at_a_time(render: Render) -> None:
    deployment = _made(render(*ON), "Deployment")
    assert (deployment["replicas"], deployment["strategy"]) == (1, {"type": "Recreate"})


def test_it_is_a_user_that_reads_alarms_only(render: Render) -> None:
    objects = render(*ON)
    made = {one["metadata"]["name"]: one for one in objects}
    assert "marbleline_sink:" in made["t-store-roles"]["stringData"]["roles.yml"]
    realm = made["t-store"]["spec"]["auth"]["fileRealm"]
    assert {"secretName": "t-store-sink"} in realm
    [user] = [one for one in _container(objects)["env"] if one["name"] == "STORE_USER"]
    assert user["valueFrom"]["secretKeyRef"]["name"] == "t-store-sink"


def test_without_alarms_it_has_no_way_to_the_store(render: Render) -> None:
    objects = render(*ON, *NO_ALARMS)
    assert not [one for one in _container(objects)["env"] if "STORE" in one["name"]]
    assert not [one for one in objects if "sink" in one["metadata"]["name"] and one["kind"] == "Secret"]
    assert {9200} not in [ports for ports, _ in _egress(objects)]
    assert {9200} in [ports for ports, _ in _egress(render(*ON))]


def test_its_policy_lets_it_out_on_the_targets_ports(render: Render) -> None:
    assert ({443, 8443}, None) in _egress(render(*ON))
    mqtt = "sink.targets.scada=mqtts://broker.plant/hall-2,sink.targets.shop=mqtt://broker:1884"
    assert ({443, 8443, 8883, 1884}, None) in _egress(render(*ON, "--set", mqtt))
    mail = "sink.mailFrom=line@plant.example,sink.targets.a=smtp://mail/anna@plant.example,sink.targets.b="
    mail += "smtps://mail.plant/bert@plant.example?severity=high"
    assert ({443, 8443, 587, 465}, None) in _egress(render(*ON, "--set", mail))
    chosen = ("--set", "sink.ports={8080},sink.peers[0].ipBlock.cidr=10.0.0.0/8")
    assert ({8080}, [{"ipBlock": {"cidr": "10.0.0.0/8"}}]) in _egress(render(*ON, *chosen))


def test_the_targets_authority_is_mounted_where_the_setting_says(render: Render) -> None:
    container = _container(render(*ON, "--set", "sink.caSecret=plant-ca"))
    file = _environment(container, KEYS)["MARBLELINE_SINK_CA_FILE"]
    assert file.rpartition("/")[0] in [mount["mountPath"] for mount in container["volumeMounts"]]
    assert "MARBLELINE_SINK_CA_FILE" not in _environment(_container(render(*ON)), KEYS)


def test_the_worker_knows_the_sender_of_mails(render: Render) -> None:
    mail = "sink.mailFrom=line@plant.example,sink.targets.oncall=smtp://mail:2587/anna@plant.example?severity=high"
    container = _container(render(*ON, "--set", mail))
    configuration = load({}, _environment(container, {**KEYS, "oncall": "line:word"}))
    assert configuration.read(MailSettings).mail_from == "line@plant.example"
    addresses = {one.name: one.address for one in configuration.read(LineSettings).sinks}
    assert addresses["oncall"] == "smtp://mail:2587/anna@plant.example?severity=high"
