"""Install the line that the rows break: ``python -m tests.e2e.install NAMESPACE RELEASE``.

The namespace enforces Pod Security ``restricted``. Elasticsearch stands beside the release, by
elasticsearch.yaml; a ConfigMap holds the pictures of the camera that replays a folder.
"""

import base64
import io
import json
import sys
from typing import Final

from PIL import Image

from marbleline.synthetic.slab import draw
from tests.e2e.actions import install_chart
from tests.e2e.cluster import CHART, Broken, Release, command

PICTURES: Final = ("good", "crack", "dot", "joint")
ELASTICSEARCH: Final = CHART.parents[1] / "tests" / "e2e" / "elasticsearch.yaml"


def main(namespace: str, name: str) -> None:
    """Make the namespace and what stands in it, and install the chart."""
    release = Release(namespace, name)
    labels = {"pod-security.kubernetes.io/enforce": "restricted"}
    _apply(
        release, {"apiVersion": "v1", "kind": "Namespace", "metadata": {"name": namespace, "labels": labels}}
    )
    release.kubectl("apply", "-f", str(ELASTICSEARCH))
    content = {f"{label}.jpg": base64.b64encode(_picture(label)).decode() for label in PICTURES}
    _apply(
        release,
        {"apiVersion": "v1", "kind": "ConfigMap", "metadata": {"name": "pictures"}, "binaryData": content},
    )
    install_chart(release)
    print(command("helm", "status", name, "-n", namespace))


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
