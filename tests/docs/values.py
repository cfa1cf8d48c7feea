"""docs/values.md, made from the comments of values.yaml and from what its schema allows."""

import re
from collections.abc import Iterator
from pathlib import Path
from typing import Any, Final

import yaml

CHART: Final = Path(__file__).parents[2] / "charts" / "marbleline"
_LINE: Final = re.compile(r"(?P<indent> *)(?P<key>[A-Za-z][A-Za-z0-9]*):(?: +(?P<value>.*))?")


def values_page(made: str) -> str:
    """docs/values.md"""
    schema = yaml.safe_load((CHART / "values.schema.yaml").read_text(encoding="utf-8"))
    lines = [
        "# Values of the chart",
        "",
        made,
        "`helm install ml charts/marbleline -f my-values.yaml` takes a file with those that you change. A",
        "value that there is not, or that is not allowed, stops the install and is named.",
        "`charts/marbleline/values-gke.yaml` has them for production on GKE.",
        "",
        "| value | default | allowed | meaning |",
        "|---|---|---|---|",
    ]
    for path, default, meaning in _values():
        shown = f"`{default}`" if default else "empty"
        allowed = _allowed(schema, path)
        lines.append(f"| `{'.'.join(path)}` | {_cell(shown)} | {_cell(allowed)} | {_cell(meaning)} |")
    return "\n".join([*lines, ""])


def _values() -> Iterator[tuple[tuple[str, ...], str, str]]:
    """Path, default as it is written, and the comment above it that begins with ``# --``."""
    values = yaml.safe_load((CHART / "values.yaml").read_text(encoding="utf-8"))
    path: list[str] = []
    comment: list[str] = []
    for line in (CHART / "values.yaml").read_text(encoding="utf-8").splitlines():
        text = line.strip()
        if text.startswith("#"):
            comment = [text[4:].strip()] if text.startswith("# --") else [*comment, text[1:].strip()]
            if not text.startswith("# --") and len(comment) == 1:
                comment = []
            continue
        match = _LINE.fullmatch(line)
        if match is None:
            continue
        path[len(match["indent"]) // 2 :] = [match["key"]]
        if comment:
            yield tuple(path), _default(values, path, match["value"]), " ".join(comment)
        comment = []


def _default(values: dict[str, Any], path: list[str], written: str | None) -> str:
    value: Any = values
    for key in path:
        value = value[key]
    if isinstance(value, list) and value:
        return f"{len(value)} of them"
    return (written or "").strip('"')


def _allowed(schema: dict[str, Any], path: tuple[str, ...]) -> str:
    found = schema
    for key in path:
        found = _resolved(schema, found).get("properties", {}).get(key, {})
    found = _resolved(schema, found)
    if "enum" in found:
        return ", ".join(str(one) for one in found["enum"])
    least, most = found.get("minimum"), found.get("maximum")
    if least is not None:
        return f"{found['type']}, " + (f"from {least}" if most is None else f"{least} to {most}")
    return str(found.get("type", ""))


def _resolved(schema: dict[str, Any], found: dict[str, Any]) -> dict[str, Any]:
    if "$ref" not in found:
        return found
    resolved: dict[str, Any] = schema["definitions"][found["$ref"].rpartition("/")[2]]
    return resolved


def _cell(text: str) -> str:
    return text.replace("|", "\\|")
