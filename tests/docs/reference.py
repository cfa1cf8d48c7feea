"""The pages of docs/ that are made from the code: ``make docs`` writes them, a test holds them to it."""

import sys
from collections.abc import Callable
from pathlib import Path
from typing import Final

from marbleline.domain.reasons import REASONS
from marbleline.setting_table import SETTINGS
from marbleline.telemetry.metrics import ALL
from tests.docs.values import values_page

DOCS: Final = Path(__file__).parents[2] / "docs"
_MADE: Final = "<!-- Made by `make docs` from the code; edit there. -->\n"


def settings_page() -> str:
    """docs/settings.md"""
    lines = [
        "# Settings",
        "",
        _MADE,
        "Each setting is a flag of the commands that use it (`--batch-size 4`), an environment variable",
        "(`MARBLELINE_BATCH_SIZE=4`) and a line of the TOML file that `--config` names (`batch_size = 4`).",
        "A flag beats the environment, which beats the file. A wrong value, or a name that there is not,",
        "stops the start with what is allowed. In a file, `[[cameras]]` tables hold the settings of scope",
        "`camera`, one table a camera; see `examples/plant.toml`.",
        "",
    ]
    for scope in dict.fromkeys(setting.scope for setting in SETTINGS):
        lines += [f"## Scope `{scope}`", "", "| name | default | allowed | meaning |", "|---|---|---|---|"]
        lines += [
            f"| `{setting.name}` | {f'`{setting.default}`' if setting.default else 'empty'} "
            f"| {setting.kind.name} | {setting.help} |"
            for setting in SETTINGS
            if setting.scope == scope
        ]
        lines.append("")
    return "\n".join(lines)


def metrics_page() -> str:
    """docs/metrics.md"""
    lines = [
        "# Metrics",
        "",
        _MADE,
        "Every worker serves `/metrics` for Prometheus, `/healthz` (live: its loops turn) and `/readyz`",
        "(ready: all that it needs could be used when it last tried) on the port of the setting",
        "`health_port`. A scraper that asks for OpenMetrics gets it. [alerts.md](alerts.md) has the alerts.",
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
        "What can't be processed is put away with its reason and never stops the line.",
        "`marbleline dead-letters list` shows what there is; once the cause is gone, `replay` sends it round",
        "again with the same `frame_id`, and `drop` gives it up, which the ledger keeps count of.",
        "",
        "| reason | meaning |",
        "|---|---|",
        *[f"| `{reason}` | {meaning} |" for reason, meaning in REASONS.items()],
        "",
    ]
    return "\n".join(lines)


def _values_page() -> str:
    return values_page(_MADE)


PAGES: Final[dict[str, Callable[[], str]]] = {
    "settings.md": settings_page,
    "values.md": _values_page,
    "metrics.md": metrics_page,
    "dead-letters.md": reasons_page,
}


def main() -> int:
    """Write all pages."""
    for name, page in PAGES.items():
        (DOCS / name).write_text(page(), encoding="utf-8")
    return 0


if __name__ == "__main__":
    sys.exit(main())
