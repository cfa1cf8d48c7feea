"""A node is drained: cordoned, and its pods evicted through the eviction API, as ``kubectl drain`` does it.

The cluster may have one node only, so pods can come back as soon as it is uncordoned, as they would on
another node. What a budget refuses meanwhile is evicted once the others are back, as a drain does. Three
brokers stand on three nodes where there are so many; a drain takes one of them. Where they share a node, all
go, one after the other, each when the broker's budget lets it.
"""

import json
from typing import Any, Final

from tests.e2e.cluster import Broken, Release, command, wait_until
from tests.e2e.rollouts import all_rolled_out, blind, now

EVICTED_S: Final = 900
# An evicted camera takes no pictures until its next pod runs. The row says for how long; the limit only finds
# a camera that does not come back.
BLIND_LIMIT_S: Final = 180.0


def node_drained(release: Release) -> str:
    """Cordon, evict, uncordon, evict the rest. The budgets leave all cameras but one at first."""
    budget = f"pdb/{release.name}-camera"
    wait_until("a budget that lets one camera go", lambda: _allowed(release, budget) == 1)
    since = now()
    brokers = _brokers(release)
    running = _running(release)
    nodes = sorted({pod["spec"]["nodeName"] for pod in running})
    shared = len({pod["spec"]["nodeName"] for pod in running if _name(pod) in brokers}) < len(brokers)
    pods = {_name(pod) for pod in running} - (set() if shared else set(brokers[1:]))
    cameras = {_name(pod) for pod in release.pods("camera")}
    for node in nodes:
        command("kubectl", "cordon", node)
    try:
        left = {name for name in sorted(pods) if not _evicted(release, name)}
        if len(left & cameras) != len(cameras) - 1:
            raise Broken(f"of {len(cameras)} cameras a budget left {sorted(left & cameras)}, not all but one")
        if shared and len(left & set(brokers)) != len(brokers) - 1:
            raise Broken(f"of {len(brokers)} brokers on a node a budget left {sorted(left & set(brokers))}")
        refused = len(left)
    finally:
        for node in nodes:
            command("kubectl", "uncordon", node)

    def rest() -> bool:
        left.difference_update([name for name in sorted(left) if _evicted(release, name)])
        return not left

    wait_until("the rest evicted", rest, EVICTED_S)
    if brokers:
        release.rolled_out(f"statefulset/{release.name}-broker-server")
    release.rolled_out("statefulset/elasticsearch")
    all_rolled_out(release)
    return (
        f"{len(pods)} pods evicted, {refused} of them when the budgets let them; {len(brokers)} broker(s); "
        f"{blind(release, since, set(), BLIND_LIMIT_S)}"
    )


def _allowed(release: Release, budget: str) -> int:
    allowed: int = release.get(budget)["status"]["disruptionsAllowed"]
    return allowed


def _brokers(release: Release) -> list[str]:
    found = release.get("pods", "-l", f"app.kubernetes.io/name={release.name}-broker")["items"]
    return sorted(_name(pod) for pod in found)


def _running(release: Release) -> list[dict[str, Any]]:
    return [pod for pod in release.get("pods")["items"] if pod["status"]["phase"] == "Running"]


def _name(pod: dict[str, Any]) -> str:
    name: str = pod["metadata"]["name"]
    return name


def _evicted(release: Release, name: str) -> bool:
    """Ask the eviction API once; false if a budget refuses. Raises Broken for any other refusal."""
    asked = {
        "apiVersion": "policy/v1",
        "kind": "Eviction",
        "metadata": {"name": name, "namespace": release.namespace},
    }
    path = f"/api/v1/namespaces/{release.namespace}/pods/{name}/eviction"
    try:
        release.kubectl("create", "--raw", path, "-f", "-", given=json.dumps(asked))
    except Broken as error:
        if "disruption budget" in str(error):
            return False
        # It went by itself meanwhile.
        if "not found" in str(error):
            return True
        raise
    return True
