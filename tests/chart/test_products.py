"""Products on a cluster: TensorFlow Serving has a servable for each, and needs no new pod for one more."""

import re
from typing import Any

from tests.chart.conftest import Render

SERVING = "serving.mode=tfserving,serving.labels.stable=1,model.source=claim,model.claim=models"
GRANITE = f"{SERVING},model.products[0].name=granite-black,model.products[0].labels.stable=3"


def _serving(objects: list[dict[str, Any]], kind: str) -> dict[str, Any]:
    """The model server's object of this kind."""
    [found] = [one for one in objects if one["kind"] == kind and one["metadata"]["name"].endswith("-serving")]
    return found


def test_each_product_is_a_servable_beside_the_model(render: Render) -> None:
    config = _serving(render("--set", GRANITE), "ConfigMap")["data"]["models.config"]
    first, granite = re.findall(r"config \{\n(.*?)\n  \}", config, flags=re.DOTALL)
    assert 'name: "marble"' in first
    assert 'version_labels { key: "stable" value: 1 }' in first
    assert 'name: "granite-black"' in granite
    assert 'base_path: "/models/granite-black"' in granite
    assert 'version_labels { key: "stable" value: 3 }' in granite


def test_a_further_product_changes_no_pod(render: Render) -> None:
    before, after = (_serving(render("--set", one), "Deployment") for one in (SERVING, GRANITE))
    assert before == after
    [container] = after["spec"]["template"]["spec"]["containers"]
    assert "--model_config_file_poll_wait_seconds=10" in container["args"]
