"""Install the line that the rows break: ``python -m tests.e2e.install NAMESPACE RELEASE``.

The namespace enforces Pod Security ``restricted``. Elasticsearch stands beside the release, by
elasticsearch.yaml; a ConfigMap holds the pictures of the camera that replays a folder.
"""

import base64
import io
import json
import sys
import time
from typing import Final

from PIL import Image

from marbleline.synthetic.slab import draw
from tests.e2e.actions import install_chart
from tests.e2e.cluster import CHART, Broken, Release, command, wait_until

PICTURES: Final = ("good", "crack", "dot", "joint")
ELASTICSEARCH: Final = CHART.parents[1] / "tests" / "e2e" / "elasticsearch.yaml"


def main(namespace: str, name: str) -> None:
    """Make the namespace and what stands in it, install the chart, and wait for the first verdict."""
    release = Release(namespace, name)
    prepare(release)
    began = time.monotonic()
    install_chart(release)
    installed = time.monotonic() - began
    wait_until("a verdict", lambda: judged(release) > 0)
    print(command("helm", "status", name, "-n", namespace))
    print(f"helm install --wait: {installed:.0f} s; first verdict after {time.monotonic() - began:.0f} s")


def prepare(release: Release) -> None:
    """Make the namespace and what stands in it beside the release."""
    space = {"name": release.namespace, "labels": {"pod-security.kubernetes.io/enforce": "restricted"}}
    _apply(release, {"apiVersion": "v1", "kind": "Namespace", "metadata": space})
    release.kubectl("apply", "-f", str(ELASTICSEARCH))
    content = {f"{label}.jpg": base64.b64encode(_picture(label)).decode() for label in PICTURES}
    _apply(
        release,
        {"apiVersion": "v1", "kind": "ConfigMap", "metadata": {"name": "pictures"}, "binaryData": content},
    )


def judged(release: Release) -> int:
    """Frames with a verdict, by the ledger of the version that runs. Raises Broken."""
    [pod, *_] = release.ready("encoder")
    try:
        said = release.kubectl("exec", pod, "--", "marbleline", "ledger", "--json")
    except Broken as error:
        # Frames on their way: it does not balance at this moment, and kubectl says no more.
        if "exit code 1" not in str(error):
            raise
        return 0
    total: dict[str, int] = json.loads(said)["total"]
    return total["judged"]


def _apply(release: Release, one: dict[str, object]) -> None:
    release.kubectl("apply", "-f", "-", given=json.dumps(one))


def _picture(label: str) -> bytes:
    content = io.BytesIO()
    Image.fromarray(draw(1, label=label).rgb).save(content, "JPEG", quality=90)
    return content.getvalue()


if __name__ == "__main__":
    try:
        main(*sys.argv[1:])
    except Broken as error:
        sys.exit(f"install: {error}")
