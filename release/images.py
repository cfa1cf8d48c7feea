"""Builds the images, pushes them to a registry and notes the digest of each in ``images.json``."""

import json
import subprocess
import tempfile
from collections.abc import Iterable, Sequence
from pathlib import Path
from typing import Final

from release.tools import ReleaseError, program, run
from release.versions import package_version

IMAGES_FILE: Final = "images.json"


def build_images(
    dist: Path, registry: str, names: Iterable[str], options: Sequence[str] = ()
) -> dict[str, str]:
    """Image's name -> REGISTRY/NAME@sha256:... of what was pushed; also written to ``dist/images.json``.

    ``options``  further ones of `docker build`, such as --network host

    With buildx, which attaches provenance; else with `docker build` and `docker push`. Raises ReleaseError.
    """
    if not registry:
        raise ReleaseError("name the registry to push to: REGISTRY=registry.example/marbleline")
    docker, version = program("docker"), package_version()
    revision = run("git", "rev-parse", "--short", "HEAD").strip()
    build = _buildx if _has_buildx(docker) else _plain
    found = {}
    for name in names:
        image = f"{registry}/{name}:{version}"
        print(f"Building and pushing {image} ...", flush=True)
        arguments = ("--build-arg", f"VERSION={version}", "--build-arg", f"REVISION={revision}")
        digest = build(
            docker, image, ("-f", "images/Dockerfile", "--target", name, *arguments, *options, ".")
        )
        found[name] = f"{registry}/{name}@{digest}"
    dist.mkdir(parents=True, exist_ok=True)
    (dist / IMAGES_FILE).write_text(json.dumps(found, indent=2) + "\n", encoding="utf-8")
    return found


def pushed_images(dist: Path) -> dict[str, str]:
    """What ``build_images`` noted. Raises ReleaseError if it has not run."""
    try:
        found: dict[str, str] = json.loads((dist / IMAGES_FILE).read_text(encoding="utf-8"))
    except OSError:
        raise ReleaseError(f"{dist / IMAGES_FILE}: is missing; run `make release-images` first") from None
    return found


def _has_buildx(docker: str) -> bool:
    asked = subprocess.run([docker, "buildx", "version"], capture_output=True, check=False)
    return asked.returncode == 0


def _buildx(docker: str, image: str, rest: tuple[str, ...]) -> str:
    with tempfile.NamedTemporaryFile(suffix=".json") as file:
        run(docker, "buildx", "build", "--push", "--metadata-file", file.name, "-t", image, *rest)
        return str(json.loads(Path(file.name).read_text(encoding="utf-8"))["containerimage.digest"])


def _plain(docker: str, image: str, rest: tuple[str, ...]) -> str:
    run(docker, "build", "-t", image, *rest)
    run(docker, "push", image)
    known = json.loads(run(docker, "image", "inspect", "-f", "{{json .RepoDigests}}", image))
    repository = image.rpartition(":")[0]
    for one in known:
        if one.startswith(f"{repository}@"):
            return str(one.partition("@")[2])
    raise ReleaseError(f"{image}: the registry gave no digest; it has {known}")
