"""SBOMs in SPDX JSON, made by syft: of each pushed image, and of what the wheel is tested with."""

import shutil
import tempfile
from collections.abc import Mapping
from pathlib import Path

from release.tools import ROOT, program, run


def write_sboms(dist: Path, images: Mapping[str, str]) -> list[Path]:
    """``dist/sbom/NAME.spdx.json`` of each image and ``python.spdx.json`` of the locked requirements.

    Raises ReleaseError.
    """
    syft = program("syft")
    folder = dist / "sbom"
    folder.mkdir(parents=True, exist_ok=True)
    made = []
    with tempfile.TemporaryDirectory() as locked:
        # syft knows requirements by the file's name.
        shutil.copy(ROOT / "locks" / "demo.txt", Path(locked) / "requirements.txt")
        sources = {"python": f"dir:{locked}"}
        sources |= {name: f"registry:{image}" for name, image in images.items()}
        for name, source in sources.items():
            file = folder / f"{name}.spdx.json"
            run(syft, "scan", source, "--quiet", "-o", f"spdx-json={file}")
            made.append(file)
    return made
