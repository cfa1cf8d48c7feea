"""Prometheus beside a release, and an alert that fires: ``python -m tests.e2e.alerts NAMESPACE RELEASE``.

A camera's folder goes away, CameraOffline fires and no other alert does; the folder comes back, and the alert
ends. Prometheus scrapes all workers under the chart's NetworkPolicies, by the chart's own rules.
``PROMETHEUS_IMAGE`` names its image.
Exit code: 0 it held, 1 it did not.
"""

import json
import os
import sys
import time
from typing import Any, Final

from tests.e2e import values
from tests.e2e.cluster import CHART, Broken, Release, is_ready, wait_until
from tests.e2e.install import prepare

VALUES: Final = CHART / "ci" / "monitored-values.yaml"
RULES: Final = CHART / "files" / "alerts.yaml"
PROMETHEUS: Final = CHART.parents[1] / "tests" / "e2e" / "prometheus.yaml"
IMAGE: Final = "prom/prometheus:v2.53.5"
SCRAPED: Final = frozenset({"camera", "encoder", "publisher"})
CAMERA: Final = "share"
ALERT: Final = "CameraOffline"
# However busy the machine is; the alert itself waits for a minute.
LIMIT_S: Final = 300


def main(namespace: str, name: str) -> None:
    """Install, break, see the alert, repair, see it end."""
    release = Release(namespace, name)
    install(release)
    wait_until("all workers scraped", lambda: scraped(release) >= SCRAPED, LIMIT_S)
    if firing := alerts(release, "firing"):
        raise Broken(f"{firing} fire before anything is broken")
    [camera] = [pod["metadata"]["name"] for pod in release.pods("camera") if _is_share(pod)]
    began = time.monotonic()
    release.kubectl("exec", camera, "--", "mv", "/pictures/share", "/pictures/away")
    wait_until(f"{ALERT} firing", lambda: (ALERT, CAMERA) in alerts(release, "firing"), LIMIT_S)
    fired = time.monotonic() - began
    if others := [one for one in alerts(release, "firing") if one != (ALERT, CAMERA)]:
        raise Broken(f"{others} fire as well")
    began = time.monotonic()
    release.kubectl("exec", camera, "--", "mv", "/pictures/away", "/pictures/share")
    wait_until(f"{ALERT} resolved", lambda: (ALERT, CAMERA) not in alerts(release), LIMIT_S)
    resolved = time.monotonic() - began
    parts = ", ".join(sorted(scraped(release)))
    print(
        f"{len(targets(release))} pods scraped ({parts}); {ALERT} of camera {CAMERA} "
        f"fired {fired:.0f} s after its folder went, and ended {resolved:.0f} s after it came back"
    )


def install(release: Release) -> None:
    """The namespace, Prometheus with the chart's rules, then the chart."""
    prepare(release)
    release.kubectl("create", "configmap", "rules", f"--from-file={RULES}")
    image = os.environ.get("PROMETHEUS_IMAGE") or IMAGE
    text = PROMETHEUS.read_text(encoding="utf-8").replace("PROMETHEUS_IMAGE", image)
    release.kubectl("apply", "-f", "-", given=text)
    release.helm("install", str(CHART), "-f", str(VALUES), *values.broker(), "--wait", "--timeout", "8m")
    wait_until("Prometheus", lambda: is_ready(release.get("pod/prometheus")), LIMIT_S)


def targets(release: Release) -> list[dict[str, Any]]:
    """What Prometheus scrapes, and could scrape the last time."""
    found: list[dict[str, Any]] = _asked(release, "targets?state=active")["activeTargets"]
    return [one for one in found if one["health"] == "up"]


def scraped(release: Release) -> set[str]:
    """The parts of the release that these are."""
    parts = {
        pod["status"].get("podIP"): pod["metadata"]["labels"].get("app.kubernetes.io/component", "")
        for pod in release.get("pods", "-l", "app.kubernetes.io/name=marbleline")["items"]
    }
    return {
        parts.get(one["discoveredLabels"]["__address__"].rpartition(":")[0], "") for one in targets(release)
    }


def alerts(release: Release, state: str = "") -> list[tuple[str, str]]:
    """Name and camera of the alerts that are pending or firing, or in one of these states."""
    found = _asked(release, "alerts")["alerts"]
    return [
        (one["labels"]["alertname"], one["labels"].get("camera", ""))
        for one in found
        if state in ("", one["state"])
    ]


def _asked(release: Release, what: str) -> Any:
    """Ask Prometheus through the API server. Raises Broken."""
    path = f"/api/v1/namespaces/{release.namespace}/pods/prometheus:9090/proxy/api/v1/{what}"
    return json.loads(release.kubectl("get", "--raw", path))["data"]


def _is_share(pod: dict[str, Any]) -> bool:
    return bool(pod["metadata"]["labels"]["marbleline/camera"] == CAMERA)


if __name__ == "__main__":
    try:
        main(*sys.argv[1:])
    except Broken as error:
        sys.exit(f"alerts: {error}")
