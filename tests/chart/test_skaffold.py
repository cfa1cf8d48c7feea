"""What skaffold makes of skaffold.yaml: each image that it builds goes into the pods that run it."""

import re
import shutil
import subprocess
from pathlib import Path

import pytest
import yaml

ROOT = Path(__file__).parents[2]
PROFILES = ("kind", "gke", "plain")
IMAGES = {"camera", "encoder", "publisher", "console", "serve", "model"}


def _skaffold(*words: str) -> str:
    program = shutil.which("skaffold")
    if program is None:
        pytest.skip("skaffold is not on the PATH")
    command = [program, *words, "--update-check=false"]
    done = subprocess.run(command, cwd=ROOT, capture_output=True, text=True, timeout=120, check=False)
    assert done.returncode == 0, done.stderr
    return done.stdout


@pytest.mark.parametrize("profile", PROFILES)
def test_render_puts_every_image_into_pods(profile: str) -> None:
    said = _skaffold("render", "-p", profile, "--offline=true", "--digest-source=tag")
    found = set(re.findall(r"image: \"?marbleline/([a-z-]+):", said))
    # On GKE TensorFlow Serving stands in for nobody, and the cameras are yours.
    assert found >= (IMAGES - {"serve", "camera"} if profile == "gke" else IMAGES)


@pytest.mark.parametrize("profile", PROFILES)
def test_diagnose_understands_the_file(profile: str) -> None:
    config = yaml.safe_load(_skaffold("diagnose", "--yaml-only", "-p", profile))
    assert {one["image"] for one in config["build"]["artifacts"]} == {f"marbleline/{name}" for name in IMAGES}
    assert config["portForward"][0]["localPort"] == 8501


def test_the_profile_of_a_plant_adds_the_images_of_video_cameras_gate_and_opcua() -> None:
    config = yaml.safe_load(_skaffold("diagnose", "--yaml-only", "-p", "gke,plant"))
    named = {one["image"].removeprefix("marbleline/") for one in config["build"]["artifacts"]}
    assert named == IMAGES | {"camera-video", "gate", "opcua"}
    told = config["deploy"]["helm"]["releases"][0]["setValueTemplates"]
    images = {"camera.videoImage": "camera_video", "gate.image": "gate", "opcua.image": "opcua"}
    for value, image in images.items():
        assert told[f"{value}.name"] == f"{{{{.IMAGE_REPO_marbleline_{image}}}}}"
        assert told[f"{value}.tag"] == f"{{{{.IMAGE_TAG_marbleline_{image}}}}}"
