"""Elastic's resources, as the chart makes them, given to the real operator in a namespace of their own.

Where Elastic's images can't be had their pods never start; what the operator makes of the resources is there
all the same, and is looked at: the generated configuration, roles and users, and the StatefulSet.
"""

import base64
from typing import Any, Final

import yaml

from tests.e2e.admission import admit
from tests.e2e.cluster import CHART, Broken, Release, command, wait_until

VALUES: Final = CHART / "ci" / "elastic-values.yaml"


def reconciled(line: Release) -> str:
    """Install the chart's Elasticsearch, Kibana and Beat, look at what comes of them, and remove them."""
    release = Release(f"{line.namespace}-elastic", "el")
    logs = f"{release.namespace}-logs"
    for namespace in (release.namespace, logs):
        command("kubectl", "create", "namespace", namespace)
    try:
        command("kubectl", "label", "namespace", logs, "pod-security.kubernetes.io/enforce=privileged")
        release.helm("install", str(CHART), "-f", str(VALUES), "--set", f"filebeat.namespace={logs}")
        return _look(release, Release(logs, release.name))
    finally:
        command("kubectl", "delete", "namespace", release.namespace, logs, "--wait=false")


def _look(release: Release, logs: Release) -> str:
    nodes = _found(release, "statefulset/el-store-es-default")
    pod = nodes["spec"]["template"]["spec"]
    [main] = [one for one in pod["containers"] if one["name"] == "elasticsearch"]
    claims = {
        one["metadata"]["name"]: one["spec"]["resources"]["requests"]["storage"]
        for one in nodes["spec"]["volumeClaimTemplates"]
    }
    settings = yaml.safe_load(_secret(release, "el-store-es-default-es-config", "elasticsearch.yml"))
    roles = yaml.safe_load(_secret(release, "el-store-es-xpack-file-realm", "roles.yml"))
    users = _secret(release, "el-store-es-xpack-file-realm", "users_roles")
    kibana = yaml.safe_load(_secret(release, "el-kibana-kb-config", "kibana.yml"))
    filebeat = yaml.safe_load(_secret(logs, "el-filebeat-beat-filebeat-config", "beat.yml"))
    checks = {
        "one node": nodes["spec"]["replicas"] == 1,
        "memory of the values": main["resources"]["limits"]["memory"] == "2Gi",
        "volume of the values": claims == {"elasticsearch-data": "3Gi"},
        "no mapped files": settings["node"]["store"]["allow_mmap"] is False,
        "HTTPS": settings["xpack"]["security"]["http"]["ssl"]["enabled"] is True,
        "the workers' role": roles["marbleline_workers"]["indices"][0]["names"] == ["marbleline-*"],
        "the workers' user": "marbleline_workers:marbleline-workers" in users,
        "the console only reads": "write" not in roles["marbleline_console"]["indices"][0]["privileges"],
        "Kibana's store": "el-store-es-http" in str(kibana["elasticsearch"]["hosts"]),
        "Filebeat's store": "el-store-es-http" in str(filebeat["output"]["elasticsearch"]["hosts"]),
        "Filebeat's input": filebeat["filebeat"]["inputs"][0]["type"] == "filestream",
    }
    wrong = [name for name, holds in checks.items() if not holds]
    if wrong:
        raise Broken(f"what the operator made lacks: {', '.join(wrong)}")
    held = {"Elasticsearch": pod, "Kibana": _template(release, "deployment/el-kibana-kb")}
    line = Release(release.namespace.removesuffix("-elastic"), release.name)
    admit(line, {name.lower(): spec for name, spec in held.items()})
    return f"{len(checks)} settings as meant; the operator's {' and '.join(held)} pods pass restricted"


def _found(release: Release, name: str) -> Any:
    found: list[Any] = []

    def there() -> bool:
        found[:] = [release.get(name)]
        return True

    wait_until(f"{name} made by the operator", there, 120)
    return found[0]


def _template(release: Release, name: str) -> dict[str, Any]:
    spec: dict[str, Any] = _found(release, name)["spec"]["template"]["spec"]
    return spec


def _secret(release: Release, name: str, key: str) -> str:
    secret = _found(release, f"secret/{name}")
    if key not in secret["data"]:
        raise Broken(f"secret {name} has no {key}, but {sorted(secret['data'])}")
    return base64.b64decode(secret["data"][key]).decode()
