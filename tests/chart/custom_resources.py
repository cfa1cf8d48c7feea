"""JSON schemas, for kubeconform, of the custom resources whose definitions lie in a folder of YAML files."""

import json
from collections.abc import Iterator
from pathlib import Path
from typing import Any, Final

import yaml

# Where kubeconform finds what ``write`` wrote.
LOCATION: Final = "{{.Group}}_{{.ResourceKind}}_{{.ResourceAPIVersion}}.json"


def write(definitions: Path, folder: Path) -> int:
    """A file per kind and version; how many."""
    count = 0
    for group, kind, version, schema in _schemas(definitions):
        name = f"{group}_{kind.lower()}_{version}.json"
        (folder / name).write_text(json.dumps(_closed(schema)))
        count += 1
    return count


def _schemas(definitions: Path) -> Iterator[tuple[str, str, str, dict[str, Any]]]:
    for file in sorted(definitions.glob("*.yaml")):
        for one in yaml.safe_load_all(file.read_text()):
            if one and one["kind"] == "CustomResourceDefinition":
                spec = one["spec"]
                for version in spec["versions"]:
                    schema = version["schema"]["openAPIV3Schema"]
                    yield spec["group"], spec["names"]["kind"], version["name"], schema


def _closed(schema: dict[str, Any]) -> dict[str, Any]:
    """The same, refusing fields that it doesn't name: the API server would drop them without a word."""
    closed = {key: value for key, value in schema.items() if key not in ("properties", "items")}
    if "properties" in schema:
        closed["properties"] = {name: _closed(one) for name, one in schema["properties"].items()}
        if not schema.get("x-kubernetes-preserve-unknown-fields"):
            closed["additionalProperties"] = False
    if isinstance(schema.get("items"), dict):
        closed["items"] = _closed(schema["items"])
    if isinstance(schema.get("additionalProperties"), dict):
        closed["additionalProperties"] = _closed(schema["additionalProperties"])
    return closed
