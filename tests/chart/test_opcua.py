"""The OPC UA server as the chart runs it: off by default, secrets by reference, open to its peers alone."""

from typing import Any

import pytest

from marbleline.bootstrap.catalogue import load
from marbleline.settings.line import LineSettings, ModelSettings
from marbleline.settings.opcua import OpcuaSettings
from tests.chart.conftest import Refuse, Render

PEER = {"ipBlock": {"cidr": "192.168.8.0/24"}}
SECRETS = "opcua.usersSecret=plant-users,opcua.certificateSecret=plant-certificate"
TYPES = "opcua.nodeSet.configMap.name=machine-vision"
PEERS = "opcua.peers[0].ipBlock.cidr=192.168.8.0/24"
ON = ("--set", f"slab.enabled=true,opcua.enabled=true,{SECRETS},{TYPES},{PEERS}")


def _one(objects: list[dict[str, Any]], kind: str) -> Any:
    [found] = [one for one in objects if (one["kind"], one["metadata"]["name"]) == (kind, "t-opcua")]
    return found["spec"]


def _container(objects: list[dict[str, Any]]) -> dict[str, Any]:
    [found] = _one(objects, "Deployment")["template"]["spec"]["containers"]
    return dict(found)


def _told(objects: list[dict[str, Any]]) -> OpcuaSettings:
    environment = {one["name"]: one.get("value", "x") for one in _container(objects)["env"]}
    configuration = load({}, environment)
    assert configuration.read(LineSettings).slabs
    assert str(configuration.read(ModelSettings).model) == "/models/marble"
    return configuration.read(OpcuaSettings)


def _rules(objects: list[dict[str, Any]], way: str, side: str) -> list[tuple[set[int], Any]]:
    rules = _one(objects, "NetworkPolicy")[way]
    return [({port["port"] for port in rule["ports"]}, rule.get(side)) for rule in rules]


def test_there_is_none_unless_it_is_asked_for(render: Render) -> None:
    objects = render("--set", "slab.enabled=true")
    assert not [one for one in objects if "opcua" in one["metadata"]["name"]]
    assert "opcua" not in str(objects)


def test_the_worker_understands_what_the_chart_tells_it(render: Render) -> None:
    objects = render(*ON)
    container = _container(objects)
    assert container["args"] == ["opcua"]
    assert container["image"].startswith("marbleline/opcua:")
    told = _told(objects)
    assert (told.opcua_host, told.opcua_port, told.opcua_anonymous) == ("0.0.0.0", 4840, False)
    assert told.opcua_name == "t-opcua.default.svc"
    assert _told(render(*ON, "--set", "opcua.name=vision.plant")).opcua_name == "vision.plant"


def test_users_certificate_and_types_are_mounted_where_the_settings_say(render: Render) -> None:
    objects = render(*ON)
    told = _told(objects)
    volumes = {one["name"]: one for one in _one(objects, "Deployment")["template"]["spec"]["volumes"]}
    found = {}
    for mount in _container(objects)["volumeMounts"]:
        for item in volumes[mount["name"]].get("secret", {}).get("items", []):
            secret = volumes[mount["name"]]["secret"]["secretName"]
            found[f"{mount['mountPath']}/{item['path']}"] = (secret, item["key"])
    assert found[str(told.opcua_users_file)] == ("plant-users", "users")
    assert found[str(told.opcua_cert_file)] == ("plant-certificate", "tls.crt")
    assert found[str(told.opcua_key_file)] == ("plant-certificate", "tls.key")
    [types] = [one for one in _container(objects)["volumeMounts"] if one["name"] == "types"]
    assert volumes["types"]["configMap"] == {"name": "machine-vision"}
    assert str(told.opcua_node_set) == f"{types['mountPath']}/Opc.Ua.MachineVision.NodeSet2.xml"


def test_it_is_a_user_that_only_reads_and_labels(render: Render) -> None:
    [user] = [one for one in _container(render(*ON))["env"] if one["name"] == "STORE_USER"]
    assert user["valueFrom"]["secretKeyRef"]["name"] == "t-store-console"


def test_there_is_one_server_and_never_a_second_beside_it(render: Render) -> None:
    deployment = _one(render(*ON), "Deployment")
    assert (deployment["replicas"], deployment["strategy"]) == (1, {"type": "Recreate"})


def test_its_peers_alone_reach_its_port(render: Render) -> None:
    objects = render(*ON)
    assert _rules(objects, "ingress", "from") == [({4840}, [PEER])]
    assert {port for ports, _ in _rules(objects, "egress", "to") for port in ports} == {53, 5671, 9200}


def test_the_service_leads_to_it_and_keeps_the_clients_addresses(render: Render) -> None:
    service = _one(render(*ON), "Service")
    assert service["type"] == "ClusterIP"
    assert service["ports"] == [{"name": "opcua", "port": 4840, "targetPort": "opcua"}]
    outside = _one(render(*ON, "--set", "opcua.service.type=LoadBalancer"), "Service")
    assert outside["externalTrafficPolicy"] == "Local"


@pytest.mark.parametrize(
    ("option", "said"),
    [
        ("slab.enabled=false", "opcua.enabled needs slab.enabled"),
        ("opcua.usersSecret=", "opcua.usersSecret"),
        ("opcua.certificateSecret=", "opcua.certificateSecret"),
        ("opcua.nodeSet=null", "opcua.nodeSet"),
        ("opcua.peers=null", "opcua.peers"),
        ("opcua.service.type=ExternalName", "/opcua/service/type"),
        ("opcua.replicas=2", "replicas"),
    ],
)
def test_what_contradicts_is_refused(refuse: Refuse, option: str, said: str) -> None:
    assert said in refuse(*ON, "--set", option)
