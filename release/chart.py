"""Packages the chart with each image pinned by its digest."""

import re
import shutil
import tempfile
from collections.abc import Mapping
from pathlib import Path
from typing import Final

from release.tools import ROOT, ReleaseError, program, run

CHART: Final = ROOT / "charts" / "marbleline"
PUSHED_FILE: Final = "chart.txt"
# Values that hold an image -> the image that they run.
PINNED: Final[Mapping[str, str]] = {
    "camera.image": "camera",
    "camera.videoImage": "camera-video",
    "encoder.image": "encoder",
    "publisher.image": "publisher",
    "slab.image": "encoder",
    "gate.image": "gate",
    "opcua.image": "opcua",
    "console.image": "console",
    "sink.image": "encoder",
    "serving.image": "serve",
    "model.image": "model",
    "batch.trainer.image": "trainer",
}
_LINE: Final = re.compile(r"(?P<indent> *)(?P<key>[A-Za-z]\w*):(?P<value>.*)")
_EMPTY: Final = '{name: "", tag: "", digest: ""}'


def package_chart(dist: Path, images: Mapping[str, str]) -> Path:
    """The package of the chart in ``dist``; ``images`` as of ``build_images``, empty: nothing is pinned.

    Raises ReleaseError.
    """
    helm = program("helm")
    dist.mkdir(parents=True, exist_ok=True)
    with tempfile.TemporaryDirectory() as folder:
        copy = Path(folder) / "marbleline"
        shutil.copytree(CHART, copy)
        values = copy / "values.yaml"
        values.write_text(pinned(values.read_text(encoding="utf-8"), images), encoding="utf-8")
        said = run(helm, "package", copy, "--destination", dist)
    found = re.search(r"saved it to: (.+\.tgz)", said)
    if found is None:
        raise ReleaseError(f"helm package named no file: {said.strip()}")
    return Path(found[1])


def pinned(text: str, images: Mapping[str, str]) -> str:
    """values.yaml with the digests of these images; comments and all else stay.

    Raises ReleaseError for a value that ``PINNED`` names and the text does not have.
    """
    wanted = {path: images[name] for path, name in PINNED.items() if name in images}
    path: list[str] = []
    lines = []
    for line in text.splitlines():
        pinned_line = line
        found = _LINE.fullmatch(line)
        if found:
            path[len(found["indent"]) // 2 :] = [found["key"]]
            image = wanted.get(".".join(path))
            if image is not None and found["value"].strip() == _EMPTY:
                del wanted[".".join(path)]
                name, _, digest = image.partition("@")
                pinned_line = (
                    f'{found["indent"]}{found["key"]}: {{name: {name}, tag: "", digest: "{digest}"}}'
                )
        lines.append(pinned_line)
    if wanted:
        raise ReleaseError(f"values.yaml has no empty image at {', '.join(wanted)}: correct release/chart.py")
    return "\n".join([*lines, ""])


def push_chart(package: Path, repository: str, *, plain_http: bool = False) -> str:
    """Push a package to oci://repository; returns REPOSITORY/marbleline@sha256:... Raises ReleaseError."""
    plain = ("--plain-http",) if plain_http else ()
    done = run(program("helm"), "push", package, f"oci://{repository}", *plain)
    found = re.search(r"Digest: (sha256:[0-9a-f]{64})", done)
    if found is None:
        raise ReleaseError(f"helm push told no digest: {done.strip()}")
    pushed = f"{repository}/marbleline@{found[1]}"
    package.with_name(PUSHED_FILE).write_text(pushed + "\n", encoding="utf-8")
    return pushed


def pushed_chart(dist: Path) -> str:
    """What ``push_chart`` pushed from this folder; empty if it has not run."""
    file = dist / PUSHED_FILE
    return file.read_text(encoding="utf-8").strip() if file.is_file() else ""
