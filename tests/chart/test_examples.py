"""Each file of values that comes with the chart: linted, rendered, valid by the operators' own schemas."""

import os
import re
import shutil
import subprocess
from pathlib import Path

import pytest
import yaml

from marbleline.cli import COMMANDS
from marbleline.operations.preflight.quantity import number_of
from tests.chart import custom_resources
from tests.chart.conftest import Render, helm
from tests.chart.schema import CHART

EXAMPLES = sorted([*(CHART / "ci").glob("*-values.yaml"), *CHART.glob("values-*.yaml")])
DEFINITIONS = "MARBLELINE_TEST_CRDS"
# One name for one thing; the model server's command and image are called by what it does.
PARTS = ("camera", "encoder", "publisher", "console")


@pytest.mark.parametrize("example", EXAMPLES, ids=lambda path: path.stem)
def test_helm_lint_has_nothing_to_say(example: Path) -> None:
    command = [helm(), "lint", "--strict", str(CHART), "-f", str(example), "--set", "checkOperators=false"]
    done = subprocess.run(command, capture_output=True, text=True, timeout=60, check=False)
    assert done.returncode == 0, done.stdout + done.stderr


@pytest.fixture(scope="module")
def schemas(tmp_path_factory: pytest.TempPathFactory) -> Path:
    """A folder with the schemas of the operators' resources."""
    definitions = os.environ.get(DEFINITIONS)
    if definitions is None or shutil.which("kubeconform") is None:
        pytest.skip(f"needs kubeconform, and in {DEFINITIONS} a folder with the operators' CRDs")
    folder = tmp_path_factory.mktemp("schemas")
    assert custom_resources.write(Path(definitions), folder) > 0
    return folder


@pytest.mark.parametrize("example", EXAMPLES, ids=lambda path: path.stem)
def test_the_brokers_log_rolls_over_before_its_memory_alarm(render: Render, example: Path) -> None:
    """Or the alarm stays: it blocks the publishing that makes the write-ahead log roll over."""
    for broker in (one["spec"] for one in render("-f", str(example)) if one["kind"] == "RabbitmqCluster"):
        lines = broker["rabbitmq"]["additionalConfig"].splitlines()
        config = dict(line.split(" = ", 1) for line in lines if not line.startswith("#"))
        limit = number_of(broker["resources"]["limits"]["memory"])
        # The operator reports 0.8 of the limit to RabbitMQ.
        alarm = 0.8 * limit * float(config["vm_memory_high_watermark.relative"])
        assert 3 * int(config["raft.wal_max_size_bytes"]) + 200e6 < alarm


def _conforms(schemas: Path, text: str) -> subprocess.CompletedProcess[str]:
    # What has no schema here, Kubernetes' own kinds, is asked of a real API server by the e2e.
    options = ("-strict", "-ignore-missing-schemas", "-summary", "-verbose")
    command = ["kubeconform", *options, "-schema-location", str(schemas / custom_resources.LOCATION), "-"]
    return subprocess.run(command, input=text, capture_output=True, text=True, timeout=120, check=False)


@pytest.mark.parametrize("example", EXAMPLES, ids=lambda path: path.stem)
def test_custom_resources_are_valid_by_their_operators_schemas(
    render: Render, schemas: Path, example: Path
) -> None:
    objects = render("-f", str(example))
    done = _conforms(schemas, yaml.safe_dump_all(objects))
    assert done.returncode == 0, done.stdout + done.stderr
    custom = [
        one for one in objects if one["apiVersion"].split("/")[0].endswith(("rabbitmq.com", "elastic.co"))
    ]
    assert int(re.search(r"Valid: (\d+)", done.stdout)[1]) == len(custom)  # type: ignore[index]


def test_a_custom_resource_with_a_field_that_there_is_not_is_found(render: Render, schemas: Path) -> None:
    [broker] = [one for one in render() if one["kind"] == "RabbitmqCluster"]
    broker["spec"]["persistance"] = broker["spec"].pop("persistence")
    assert "persistance" in _conforms(schemas, yaml.safe_dump(broker)).stdout


@pytest.mark.parametrize("part", PARTS)
def test_one_name_for_one_thing(render: Render, part: str) -> None:
    assert (CHART / "templates" / part).is_dir()
    assert part in yaml.safe_load((CHART / "values.yaml").read_text())
    assert re.search(rf"^FROM \S+ AS {part}$", (CHART.parents[1] / "images" / "Dockerfile").read_text(), re.M)
    assert part in COMMANDS
    label = "app.kubernetes.io/component"
    workloads = [one for one in render() if one["kind"] in ("Deployment", "StatefulSet")]
    own = [one for one in workloads if one["metadata"]["labels"][label] == part]
    assert own
    for one in own:
        [container] = one["spec"]["template"]["spec"]["containers"]
        assert (container["name"], container["args"][0]) == (part, part)
        assert f"/{part}:" in container["image"]
