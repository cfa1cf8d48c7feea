"""The model that comes with an installed package, for commands that only read one."""

from pathlib import Path
from typing import Final

import marbleline
from marbleline.settings.configuration import Configuration
from marbleline.settings.line import ModelSettings

# Where `hatch_build.py` puts it; an editable installation has none and is run from its checkout.
SHIPPED: Final = Path(marbleline.__file__).parent / "model_repo" / "marble"


def with_shipped_model(configuration: Configuration, shipped: Path = SHIPPED) -> Configuration:
    """The configuration, with the package's own model if none was named and the default folder is missing.

    Only for commands that read the model: what they wrote beside it would be lost with the package.
    """
    if "model" in configuration.given or configuration.read(ModelSettings).model.exists():
        return configuration
    return (
        configuration.changed("from the package", model=str(shipped)) if shipped.is_dir() else configuration
    )
