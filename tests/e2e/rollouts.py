"""Changes of a running line: upgrades, a wrong image and the way back, rotation, larger spools.

Rows say how long each camera was blind: the longest time between two of its frames, beyond the usual one.
"""

import threading
import time
from collections.abc import Callable
from typing import Any, Final

from tests.e2e import values
from tests.e2e.cluster import CHART, Broken, Release, wait_until

# A camera whose pod starts instead of taking over is blind for longer than this, even on a busy machine.
BLIND_LIMIT_S: Final = 8.0
WRONG_IMAGE_S: Final = 45
ROTATION_S: Final = 300
CONNECTION_LIMIT_S: Final = 5.0


def cameras_upgraded(release: Release) -> str:
    """A setting of all cameras: each hands over to its new pod."""
    return _rolling(release, {"camera-1", "camera-2", "camera-3"}, "camera.deadlineMs=1900")


def one_camera_upgraded(release: Release) -> str:
    """A setting of one camera: the others go on as they are."""
    _upgrade(release, "camera.deadlineMs=1900")
    all_rolled_out(release)
    return _rolling(release, {"camera-2"}, "camera.deadlineMs=1900,cameras[1].deadlineMs=1800")


def every_worker_upgraded(release: Release) -> str:
    """Another annotation of all pods: cameras, encoder, publisher, console and model server roll."""
    return _rolling(release, {"camera-1", "camera-2", "camera-3"}, "pods.annotations.round=two")


def wrong_image_and_back(release: Release) -> str:
    """An image that there is not: no camera stops, and ``helm rollback --wait`` needs no help."""
    before, since = _uids(release), now()
    try:
        _upgrade(release, "pods.annotations.round=two,camera.image.tag=wrong", f"{WRONG_IMAGE_S}s")
    except Broken:
        began = time.monotonic()
    else:
        raise Broken("helm upgrade --wait took an image that there is not")
    if left := {name for name, uid in before.items() if _uids(release).get(name) != uid}:
        raise Broken(f"pods of {sorted(left)} went for an image that there is not")
    release.helm("rollback", "--wait", "--timeout", "2m")
    took = time.monotonic() - began
    wait_until("no pod of the wrong image", lambda: _uids(release) == before)
    return f"rolled back in {took:.0f} s; {blind(release, since, set())}"


def authority_rotated(release: Release) -> str:
    """The broker's authority and certificate, in place: new connections go on, and no pod rolls."""
    before = _uids(release)
    [pod, *_] = release.ready("publisher")
    found: dict[str, Any] = {}

    def connect() -> None:
        found.update(release.run_inside(pod, "connecting.py", str(ROTATION_S)))

    thread = threading.Thread(target=connect)
    thread.start()
    _upgrade(release, "pods.annotations.round=two,secrets.brokerGeneration=2")
    thread.join(ROTATION_S + 60)
    if not found.get("changed"):
        raise Broken(f"the broker shows no other certificate after {ROTATION_S} s: {found}")
    if found["longest_s"] > CONNECTION_LIMIT_S or _uids(release) != before:
        raise Broken(f"no connection for {found['longest_s']} s, or pods rolled")
    return f"{found['made']} new connections meanwhile, none failing for longer than {found['longest_s']} s"


def spools_grown(release: Release) -> str:
    """Larger spools: the claims ask for more, and no pod rolls. A claim never shrinks, so this comes last."""
    before = _uids(release)
    classes = release.get("storageclasses")["items"]
    for one in classes:
        release.kubectl(
            "patch", "storageclass", one["metadata"]["name"], "-p", '{"allowVolumeExpansion": true}'
        )
    _upgrade(release, "camera.spoolVolume=3Gi")
    chosen = f"app.kubernetes.io/instance={release.name},app.kubernetes.io/component=camera"
    claims = release.get("pvc", "-l", chosen)["items"]
    sizes = {one["spec"]["resources"]["requests"]["storage"] for one in claims}
    if sizes != {"3Gi"} or _uids(release) != before:
        raise Broken(f"the spools' claims ask for {sizes}, or cameras rolled")
    return f"{len(claims)} claims ask for 3Gi, no pod rolled"


def _rolling(release: Release, rolled: set[str], asked: str) -> str:
    """Upgrade to these values. Raises Broken if other cameras rolled, or one was blind too long."""
    before, since = _uids(release), now()
    _upgrade(release, asked)
    all_rolled_out(release)
    changed = {name for name, uid in _uids(release).items() if before[name] != uid}
    if changed != rolled:
        raise Broken(f"the cameras {sorted(changed)} rolled instead of {sorted(rolled)}")
    return blind(release, since, rolled)


def all_rolled_out(release: Release) -> None:
    """Wait until every Deployment is as it should be, and each camera has one pod. Raises Broken."""
    names = [one["metadata"]["name"] for one in release.get("deployments")["items"]]
    release.rolled_out(*(f"deployment/{name}" for name in names))
    wait_until("one pod a camera", lambda: len(_uids(release)) == len(release.pods("camera")))


def blind(release: Release, since: int, rolled: set[str], limit_s: float = BLIND_LIMIT_S) -> str:
    """Seconds per camera without a frame since then (microseconds UTC), once its verdicts are on record.

    Raises Broken if a camera was blind for longer than the limit.
    """
    until = now()
    found: dict[str, float] = {}

    def recorded() -> bool:
        [pod, *_] = release.ready("encoder")
        seen = release.run_inside(pod, "blind.py", str(since), str(until))
        # The selftest of `helm test` is a camera too, and of no pod.
        found.update({name: seen.get(name) for name in _uids(release)})
        return None not in found.values()

    wait_until("verdicts of every camera", recorded)
    shown = ", ".join(f"{name} {seconds:.1f} s" for name, seconds in sorted(found.items()))
    if over := [name for name, seconds in found.items() if seconds > limit_s]:
        raise Broken(f"blind for too long: {', '.join(sorted(over))} ({shown})")
    return f"blind: {shown}" + (f" ({len(rolled)} rolled)" if rolled else "")


def _upgrade(release: Release, asked: str, timeout: str = "5m") -> None:
    release.helm("upgrade", str(CHART), *values.options(), "--set", asked, "--wait", "--timeout", timeout)


def _uids(release: Release) -> dict[str, str]:
    """Camera -> the uid of its pod that is ready."""
    return {
        pod["metadata"]["labels"]["marbleline/camera"]: pod["metadata"]["uid"]
        for pod in release.pods("camera")
        if any(one["type"] == "Ready" and one["status"] == "True" for one in pod["status"]["conditions"])
    }


def now() -> int:
    """Microseconds UTC, as frames have them."""
    return time.time_ns() // 1000


ROWS: Final[dict[str, Callable[[Release], str]]] = {
    "cameras upgraded": cameras_upgraded,
    "one camera upgraded": one_camera_upgraded,
    "every worker upgraded": every_worker_upgraded,
    "wrong image, rolled back": wrong_image_and_back,
    "broker's authority rotated": authority_rotated,
}
