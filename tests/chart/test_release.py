"""The steps of a release that need no registry, and what each says of a missing program."""

import re
import subprocess
import sys
from pathlib import Path

import pytest
import yaml
from release.chart import PINNED, package_chart, pinned
from release.images import build_images, pushed_images
from release.signatures import sign
from release.tools import ROOT, ReleaseError
from release.versions import package_version

from tests.chart.conftest import helm
from tests.chart.schema import CHART

NAMES = sorted(set(PINNED.values()))
IMAGES = {name: f"registry.example/line/{name}@sha256:{number:064x}" for number, name in enumerate(NAMES)}
VALUES = (CHART / "values.yaml").read_text(encoding="utf-8")
# Not ours: those of the operators and of TensorFlow Serving.
FOREIGN = re.compile(r"rabbitmq|elastic|kibana|filebeat|tensorflow/serving|plant/")


def test_pinning_changes_nothing_but_the_images() -> None:
    changed = [
        (before, after)
        for before, after in zip(VALUES.splitlines(), pinned(VALUES, IMAGES).splitlines(), strict=True)
        if before != after
    ]
    assert len(changed) == len(PINNED)
    assert all(before.strip().endswith('{name: "", tag: "", digest: ""}') for before, _ in changed)


def test_a_value_that_is_not_there_is_named() -> None:
    with pytest.raises(ReleaseError, match=r"no empty image at gate\.image"):
        pinned(VALUES.replace("\ngate:\n", "\ngates:\n"), {"gate": IMAGES["gate"]})


@pytest.mark.parametrize("example", ["kind-values", "everything-values", "gateway-values"])
def test_the_packaged_chart_runs_our_images_by_digest_alone(tmp_path: Path, example: str) -> None:
    helm()
    package = package_chart(tmp_path, IMAGES)
    assert package.parent == tmp_path
    command = [helm(), "template", "t", str(package), "-f", str(CHART / "ci" / f"{example}.yaml")]
    done = subprocess.run(command, capture_output=True, text=True, timeout=60, check=True)
    images = set(re.findall(r'^\s*(?:- )?image: "?([^"\s]+)"?$', done.stdout, re.M))
    ours = {image for image in images if not FOREIGN.search(image)}
    assert ours <= set(IMAGES.values())
    assert ours >= {IMAGES["encoder"], IMAGES["publisher"], IMAGES["console"]}


def test_without_images_the_packaged_chart_is_the_chart(tmp_path: Path) -> None:
    helm()
    package = package_chart(tmp_path, {})
    shown = subprocess.run(
        [helm(), "show", "values", str(package)], capture_output=True, text=True, check=True
    )
    assert yaml.safe_load(shown.stdout) == yaml.safe_load(VALUES)


def test_the_image_of_each_pinned_value_is_built() -> None:
    built = re.search(r"^RELEASE_IMAGES +\?= (.+)$", (ROOT / "images" / "images.mk").read_text(), re.M)
    assert built is not None
    assert set(built[1].split()) == set(NAMES)


def test_packages_images_and_chart_have_one_version() -> None:
    version = package_version()
    dockerfile = (ROOT / "images" / "Dockerfile").read_text()
    assert re.search(r"^ARG VERSION=(.+)$", dockerfile, re.M)[1] == version  # type: ignore[index]


def test_what_is_missing_is_named(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    with pytest.raises(ReleaseError, match="REGISTRY="):
        build_images(tmp_path, "", ["encoder"])
    with pytest.raises(ReleaseError, match="run `make release-images` first"):
        pushed_images(tmp_path)
    monkeypatch.setenv("PATH", str(tmp_path))
    with pytest.raises(ReleaseError, match="docker is not on the PATH"):
        build_images(tmp_path, "registry.example", ["encoder"])
    with pytest.raises(ReleaseError, match="cosign is not on the PATH"):
        sign(tmp_path, "cosign.key", {})


def test_a_step_that_fails_says_which_one() -> None:
    command = [sys.executable, "-m", "release", "images"]
    done = subprocess.run(command, cwd=ROOT, capture_output=True, text=True, timeout=60, check=False)
    assert done.returncode == 1
    assert done.stderr.startswith("release images: name the registry")
