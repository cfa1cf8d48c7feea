"""The versions of a release; they are declared once each, and have to fit together."""

import tomllib

import yaml

from release.tools import ROOT, ReleaseError


def package_version() -> str:
    """The version of wheel, sdist and images.

    Raises ReleaseError if the chart's appVersion, by which it chooses images, is another one.
    """
    version = str(tomllib.loads((ROOT / "pyproject.toml").read_text(encoding="utf-8"))["project"]["version"])
    chart = yaml.safe_load((ROOT / "charts/marbleline/Chart.yaml").read_text(encoding="utf-8"))
    if chart["appVersion"] != version:
        raise ReleaseError(
            f"pyproject.toml has version {version}, but charts/marbleline/Chart.yaml appVersion"
            f" {chart['appVersion']}: make them equal"
        )
    return version
