"""What is done to a line while frames flow. Each deed returns a remark for its row, or raises Broken."""

import functools
import re
from collections.abc import Callable
from typing import Final

from tests.e2e import drained, rollouts, values
from tests.e2e.cluster import CHART, Broken, Release, wait_until

Deed = Callable[[Release], str]

OUTAGE_S: Final = 60
INSTALL_LIMIT: Final = "5m"
# Done only where they are named: each takes minutes.
NAMED_ONLY: Final[dict[str, Deed]] = {"node drained": drained.node_drained}
WORKERS: Final = ("camera", "encoder", "publisher", "serving", "console")


def helm_test(release: Release) -> str:
    """A known good and a known faulty slab."""
    said = release.helm("test", "--logs", "--timeout", "150s")
    return "; ".join(line.strip() for line in said.splitlines() if re.match(r"\s*(ok|WRONG) ", line))


def kill(part: str, release: Release) -> str:
    """Kill all pods of a part without grace."""
    release.kill(part)
    return ""


def kill_broker(release: Release) -> str:
    """Kill the broker's node without grace; its volume stays."""
    name = f"pod/{release.name}-broker-server-0"
    before = release.get(name)["metadata"]["uid"]
    release.kubectl("delete", name, "--grace-period=0", "--force", "--wait=false")
    wait_until("another broker", lambda: release.get(name)["metadata"]["uid"] != before)
    release.rolled_out(f"statefulset/{release.name}-broker-server")
    return ""


def restart_everything(release: Release) -> str:
    """``kubectl rollout restart`` of every workload in the namespace, broker and store included."""
    workloads = release.kubectl("get", "deployments,statefulsets", "-o", "name").split()
    release.kubectl("rollout", "restart", *workloads)
    release.rolled_out(*workloads)
    return f"{len(workloads)} workloads"


def scale_publisher(release: Release) -> str:
    """1, 3, 1."""
    for replicas in (3, 1):
        release.kubectl("scale", f"deployment/{release.name}-publisher", f"--replicas={replicas}")
        release.rolled_out(f"deployment/{release.name}-publisher")
    return ""


def without_store_and_server(release: Release) -> str:
    """Store at zero for a minute, the model server killed meanwhile: verdicts have to go on."""
    release.kubectl("scale", "statefulset/elasticsearch", "--replicas=0")
    try:
        wait_until("no store", lambda: not release.get("pods", "-l", "app=elasticsearch")["items"])
        names = [f"pod/{pod['metadata']['name']}" for pod in release.pods("serving")]
        release.kubectl("delete", *names, "--grace-period=0", "--force", "--wait=false")
        [pod, *_] = [pod["metadata"]["name"] for pod in release.pods("encoder")]
        seen = release.run_inside(pod, "watching.py", str(OUTAGE_S))
    finally:
        release.kubectl("scale", "statefulset/elasticsearch", "--replicas=1")
    release.rolled_out("statefulset/elasticsearch")
    if not seen["judged"]:
        raise Broken("no verdict came while the store was away")
    return (
        f"{seen['judged']} verdicts in {OUTAGE_S} s without a store ({seen['late']} late, "
        f"{seen['by_itself']} without the server), longest gap {seen['longest_gap_s']} s"
    )


def upgrade(tag: str, release: Release) -> str:
    """``helm upgrade`` to another image of the model repository; the workers roll."""
    release.helm("upgrade", str(CHART), "--reuse-values", "--set", f"model.image.tag={tag}", "--wait")
    return f"model.image.tag={tag or 'as before'}"


def install_again(release: Release) -> str:
    """``helm uninstall`` keeps spools and broker; the next install goes on with them."""
    release.helm("uninstall", "--wait")
    left = release.kubectl("get", "pvc,rabbitmqclusters", "-o", "name").split()
    spools = [name for name in left if "/spool-" in name]
    if len(spools) < 3 or f"rabbitmqcluster.rabbitmq.com/{release.name}-broker" not in left:
        raise Broken(f"of spools and broker only {left} are left")
    install_chart(release)
    return f"{len(spools)} spools and the broker kept"


def install_chart(release: Release) -> None:
    """Install the chart with the values of the e2e."""
    release.helm("install", str(CHART), *values.options(), "--wait", "--timeout", INSTALL_LIMIT)


def all_deeds(second_model: str) -> dict[str, Deed]:
    """Row -> deed, in order; without ``second_model``, the tag of its image, no upgrade."""
    deeds: dict[str, Deed] = {"helm test": helm_test}
    deeds |= {f"{part} killed": functools.partial(kill, part) for part in WORKERS}
    deeds |= {
        "broker killed": kill_broker,
        "everything restarted": restart_everything,
        "publisher 1-3-1": scale_publisher,
        "no store, server killed": without_store_and_server,
    }
    if second_model:
        deeds |= {
            "upgrade to version 2": functools.partial(upgrade, second_model),
            "back to version 1": functools.partial(upgrade, ""),
        }
    deeds |= rollouts.ROWS
    return deeds | {"uninstalled, installed again": install_again, "spools grown": rollouts.spools_grown}
