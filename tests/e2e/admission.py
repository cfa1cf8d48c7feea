"""Pod Security ``restricted``: the API server itself is asked about every pod of ours, by dry runs."""

import json
from typing import Any, Final

import yaml

from tests.e2e.cluster import CHART, Broken, Release, command

EXAMPLES: Final = ("ci/everything-values", "ci/e2e-values", "values-gke")
# Elastic's own pods of these: Filebeat reads folders of the node, which restricted forbids whatever one does.
OPERATORS: Final = ("elasticsearch.k8s.elastic.co/statefulset-name", "common.k8s.elastic.co/type")


def every_pod(release: Release) -> str:
    """Each pod template of each example is admitted, and one that breaks the rule is not."""
    admitted = 0
    for example in EXAMPLES:
        values = str(CHART / f"{example}.yaml")
        rendered = command("helm", "template", "t", str(CHART), "-f", values, "--set", "checkOperators=false")
        for one in filter(None, yaml.safe_load_all(rendered)):
            pod = _pod_of(one)
            if pod is not None:
                admit(release, pod)
                admitted += 1
    wrong = _pod("wrong", {"containers": [{"name": "wrong", "image": "wrong"}]})
    try:
        admit(release, wrong)
    except Broken as error:
        if "restricted" in str(error):
            return f"{admitted} pods admitted, a wrong one refused"
        raise
    raise Broken(f"namespace {release.namespace} admits any pod: label it pod-security.kubernetes.io/enforce")


def admit(release: Release, pod: dict[str, Any]) -> None:
    """Raises Broken with the API server's words if it would not take the pod."""
    release.kubectl("create", "--dry-run=server", "-f", "-", given=json.dumps(pod))


def _pod_of(one: dict[str, Any]) -> dict[str, Any] | None:
    spec = one["spec"].get("template", one)["spec"] if one["kind"] in _KINDS else None
    return None if spec is None else _pod(one["metadata"]["name"], spec)


_KINDS: Final = ("Deployment", "StatefulSet", "Job", "Pod")


def _pod(name: str, spec: dict[str, Any]) -> dict[str, Any]:
    # Accounts of another release aren't there, and no pod of ours uses its account's rights.
    own = {key: value for key, value in spec.items() if key != "serviceAccountName"}
    return {"apiVersion": "v1", "kind": "Pod", "metadata": {"name": f"{name}-dry"}, "spec": own}
