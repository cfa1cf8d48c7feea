"""The API server is asked, by dry runs, about all that the chart makes: is it valid, and is it admitted?"""

import json
from typing import Any, Final

import yaml

from tests.e2e.cluster import CHART, Broken, Release, command

EXAMPLES: Final = ("ci/everything-values", "ci/e2e-values", "ci/elastic-values", "values-gke")
_KINDS: Final = ("Deployment", "StatefulSet", "Job", "Pod")


def every_object(release: Release) -> str:
    """Each object of each example is valid to the letter, custom resources by the operators' own schemas."""
    known = set(command("kubectl", "api-versions").split())
    valid, unknown = 0, set()
    for example in (*EXAMPLES, "ci/gateway-values"):
        objects = _rendered(example)
        unknown |= {one["apiVersion"] for one in objects} - known
        asked = [_here(one) for one in objects if one["apiVersion"] in known]
        release.kubectl("apply", "--dry-run=server", "--validate=strict", "-f", "-", given=_list(asked))
        valid += len(asked)
    return f"{valid} objects valid; not known here: {', '.join(sorted(unknown)) or 'none'}"


def every_pod(release: Release) -> str:
    """Pod Security restricted admits each pod of ours, and refuses one that breaks the rule."""
    admitted = 0
    for example in EXAMPLES:
        pods = {one["metadata"]["name"]: _pod_of(one) for one in _rendered(example) if one["kind"] in _KINDS}
        admit(release, pods)
        admitted += len(pods)
    try:
        admit(release, {"wrong": {"containers": [{"name": "wrong", "image": "wrong"}]}})
    except Broken as error:
        if "restricted" in str(error):
            return f"{admitted} pods admitted, a wrong one refused"
        raise
    raise Broken(f"namespace {release.namespace} admits any pod: label it pod-security.kubernetes.io/enforce")


def admit(release: Release, pods: dict[str, dict[str, Any]]) -> None:
    """Raises Broken with the API server's words if it would not take these pods, by name."""
    asked = [
        {
            "apiVersion": "v1",
            "kind": "Pod",
            "metadata": {"name": f"{name}-dry"},
            # Accounts of another release aren't there, and no pod of ours uses its account's rights.
            "spec": {key: value for key, value in spec.items() if key != "serviceAccountName"},
        }
        for name, spec in pods.items()
    ]
    release.kubectl("create", "--dry-run=server", "-f", "-", given=_list(asked))


def _list(objects: list[dict[str, Any]]) -> str:
    return json.dumps({"apiVersion": "v1", "kind": "List", "items": objects})


def _here(one: dict[str, Any]) -> dict[str, Any]:
    # Filebeat's namespace is not there.
    own = {key: value for key, value in one["metadata"].items() if key != "namespace"}
    return {**one, "metadata": own}


def _rendered(example: str) -> list[dict[str, Any]]:
    options = ("-f", str(CHART / f"{example}.yaml"), "--set", "checkOperators=false")
    said = command("helm", "template", "t", str(CHART), *options)
    return [one for one in yaml.safe_load_all(said) if one]


def _pod_of(one: dict[str, Any]) -> dict[str, Any]:
    spec: dict[str, Any] = one["spec"].get("template", one)["spec"]
    claimed = [
        {"name": claim["metadata"]["name"], "emptyDir": {}}
        for claim in one["spec"].get("volumeClaimTemplates", [])
    ]
    return {**spec, "volumes": spec.get("volumes", []) + claimed}
