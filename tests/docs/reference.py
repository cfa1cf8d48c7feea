"""What is made from the code: pages, parts of pages, the schema. ``make docs`` writes, a test compares."""

import json
import sys
from collections.abc import Callable, Mapping
from functools import partial
from pathlib import Path
from typing import Final

from marbleline.bootstrap.catalogue import REGISTRIES, SCOPES, settings_of_scope
from marbleline.domain.reasons import REASONS
from marbleline.domain.schema import slab_verdict_schema, verdict_schema
from marbleline.settings.setting import Setting, declared
from marbleline.telemetry.metrics import ALL
from tests.chart.schema import made as chart_schema
from tests.docs.sections import page_with_sections
from tests.docs.values import values_page

DOCS: Final = Path(__file__).parents[2] / "docs"
_MADE: Final = "<!-- Made by `make docs` from the code; edit there. -->\n"


def settings_page() -> str:
    """docs/settings.md"""
    lines = [
        "# Settings",
        "",
        _MADE,
        "There are three ways to give a setting: a flag of a command that uses it (`--batch-size 4`), an",
        "environment variable (`MARBLELINE_BATCH_SIZE=4`), or a line of the TOML file that `--config` names",
        "(`batch_size = 4`). A flag overrides the environment, and the environment overrides the file. An",
        "unknown setting or a value that is not allowed stops the command with an error that says what is",
        "allowed. In a file, the settings of scope `camera` are in `[[cameras]]` tables, one per camera;",
        "see `examples/plant.toml`. [Adapters](adapters.md) lists the settings of each adapter.",
        "",
    ]
    for scope in SCOPES:
        lines += [f"## Scope `{scope}`", "", *_settings_table(settings_of_scope(scope)), ""]
    return "\n".join(lines)


def _settings_table(settings: Mapping[str, Setting]) -> list[str]:
    return [
        "| name | default | allowed | meaning |",
        "|---|---|---|---|",
        *[
            f"| `{one.name}` | {f'`{one.default}`' if one.default else 'empty'} "
            f"| {one.kind.allowed} | {one.help} |"
            for one in settings.values()
        ],
    ]


def adapters_page() -> str:
    """docs/adapters.md"""
    lines = [
        "# Adapters",
        "",
        _MADE,
        "An address in a setting selects an adapter. Install the extra of an adapter with",
        "`pip install 'marbleline[EXTRA]'`. Other packages add adapters through the entry points named here.",
        "",
    ]
    for registry in REGISTRIES:
        lines += [f"## Setting `{registry.setting}`", "", f"Entry points: `{registry.group}`.", ""]
        lines += ["| address | what it is | extra | its settings |", "|---|---|---|---|"]
        for adapter in registry.adapters:
            extra = f"`{adapter.extra}`" if adapter.extra else ""
            own = ", ".join(f"`{name}`" for name in declared(adapter.settings))
            lines.append(f"| `{adapter.form}` | {adapter.help} | {extra} | {own} |")
        lines.append("")
    return "\n".join(lines)


def metrics_page() -> str:
    """docs/metrics.md"""
    lines = [
        "# Metrics",
        "",
        _MADE,
        "Every worker serves three paths on the port of the setting `health_port`:",
        "",
        "- `/metrics`, for Prometheus. A scraper that asks for OpenMetrics gets OpenMetrics.",
        "- `/healthz` succeeds while the worker's loops run.",
        "- `/readyz` succeeds if the worker could use everything it needs when it last tried.",
        "",
        "[Alerts](alerts.md) describes the alerts that use these metrics.",
        "",
        "| name | kind | labels | meaning |",
        "|---|---|---|---|",
    ]
    for metric in ALL:
        [family] = metric.describe()
        name = family.name + {"counter": "_total", "info": "_info"}.get(family.type, "")
        labels = ", ".join(f"`{label}`" for label in metric._labelnames)
        lines.append(f"| `{name}` | {family.type} | {labels} | {family.documentation} |")
    return "\n".join([*lines, ""])


def reasons_page() -> str:
    """docs/dead-letters.md"""
    lines = [
        "# Dead letters",
        "",
        _MADE,
        "A message that can't be processed becomes a dead letter with a reason, and the line goes on.",
        "`marbleline dead-letters list` lists the dead letters. When you have removed the cause, `replay`",
        "publishes them again with the same `frame_id`. `discard` deletes them; the ledger still has them.",
        "",
        "| reason | meaning |",
        "|---|---|",
        *[f"| `{reason}` | {meaning} |" for reason, meaning in REASONS.items()],
        "",
    ]
    return "\n".join(lines)


def _values_page() -> str:
    return values_page(_MADE)


def _schema_file() -> str:
    """The published JSON Schema of a verdict."""
    return json.dumps(verdict_schema(), indent=2) + "\n"


def _slab_schema_file() -> str:
    """The published JSON Schema of a slab verdict."""
    return json.dumps(slab_verdict_schema(), indent=2) + "\n"


PAGES: Final[dict[str, Callable[[], str]]] = {
    "settings.md": settings_page,
    "adapters.md": adapters_page,
    "values.md": _values_page,
    "metrics.md": metrics_page,
    "dead-letters.md": reasons_page,
    "architecture.md": partial(page_with_sections, DOCS / "architecture.md"),
    "guarantees.md": partial(page_with_sections, DOCS / "guarantees.md"),
    "decisions/README.md": partial(page_with_sections, DOCS / "decisions" / "README.md"),
    "../CONTRIBUTING.md": partial(page_with_sections, DOCS.parent / "CONTRIBUTING.md"),
    "../charts/marbleline/values.schema.json": chart_schema,
    "../src/marbleline/domain/verdict.schema.json": _schema_file,
    "../src/marbleline/domain/slab_verdict.schema.json": _slab_schema_file,
}


def main() -> int:
    """Write all pages."""
    for name, page in PAGES.items():
        (DOCS / name).write_text(page(), encoding="utf-8")
    return 0


if __name__ == "__main__":
    sys.exit(main())
