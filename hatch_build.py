"""Puts the shipped model into the wheel, so that an installed `marbleline line` needs no checkout."""

from pathlib import Path
from typing import Any

from hatchling.builders.hooks.plugin.interface import BuildHookInterface


class ShippedModel(BuildHookInterface[Any]):
    """The version that ``model`` names in pyproject.toml becomes ``marbleline/model_repo/<name>/<version>``.

    Not in an editable installation, which has the checkout, and not where the folder is missing: the images
    are built without it, and have the model from an image of its own.
    """

    def initialize(self, version: str, build_data: dict[str, Any]) -> None:
        folder = Path(self.root, self.config["model"])
        if version == "standard" and folder.is_dir():
            build_data["force_include"][str(folder)] = f"marbleline/{self.config['model']}"
