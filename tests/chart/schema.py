"""Makes ``values.schema.json`` of ``values.schema.yaml`` and the registries of adapters: ``make docs``."""

import json
from pathlib import Path
from typing import Final

import yaml

from marbleline.adapters.gates.registry import GATES
from marbleline.adapters.sources.registry import SOURCES

CHART: Final = Path(__file__).parents[2] / "charts" / "marbleline"
MADE: Final = CHART / "values.schema.json"


# The belt is a picture of the soft PLC's, in a folder of the same machine.
_NOT_IN_A_CLUSTER: Final = frozenset({"belt"})


def made() -> str:
    """The text that the JSON file has to have."""
    schema = yaml.safe_load((CHART / "values.schema.yaml").read_text())
    schema["properties"]["cameras"]["items"]["properties"]["source"]["pattern"] = _source_pattern()
    schema["properties"]["gate"]["properties"]["plc"]["pattern"] = _plc_pattern()
    return json.dumps(schema, indent=1) + "\n"


def _source_pattern() -> str:
    """The addresses of all sources. In a pod a path is absolute: it is that of a volume."""
    addresses = []
    for source in SOURCES.adapters:
        rest = "/.+" if source.form.endswith(":PATH") else source.pattern
        addresses += [f"{scheme}:{rest}" for scheme in source.schemes if scheme not in _NOT_IN_A_CLUSTER]
    return f"^({'|'.join(addresses)})$"


def _plc_pattern() -> str:
    """The addresses of all gates, or none."""
    addresses = [f"{scheme}:{gate.pattern}" for gate in GATES.adapters for scheme in gate.schemes]
    return f"^({'|'.join(addresses)})?$"


if __name__ == "__main__":
    MADE.write_text(made())
