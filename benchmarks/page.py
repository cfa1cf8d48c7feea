"""``python -m benchmarks.page``: put the last run's figures and JSON into docs/."""

import json
import sys
from pathlib import Path
from typing import Any, Final

from benchmarks.report import LAST

DOCS: Final = Path(__file__).parents[1] / "docs"
BEGIN: Final = "<!-- figures: made by `python -m benchmarks.page` of the last `make bench` -->"
END: Final = "<!-- end of figures -->"


def main() -> int:
    """Exit code 1 if nothing was measured yet."""
    if not LAST.exists():
        print("nothing was measured yet: make bench", file=sys.stderr)
        return 1
    found = json.loads(LAST.read_text(encoding="utf-8"))
    page = DOCS / "performance.md"
    text = page.read_text(encoding="utf-8")
    before, _, rest = text.partition(BEGIN)
    _, _, after = rest.partition(END)
    page.write_text(f"{before}{BEGIN}\n\n{usage(found)}\n{END}{after}", encoding="utf-8")
    (DOCS / "performance.json").write_text(json.dumps(found, indent=1) + "\n", encoding="utf-8")
    return 0


def usage(found: dict[str, Any]) -> str:
    """The machine and a table for each row, as Markdown."""
    about = found["machine"]
    lines = [
        f"{about['processor']}, {about['cores']} cores, {about['memory_mib']} MiB; {about['system']}; Python "
        f"{about['python']}; {about['disk']}; load at the start {about['load_1_5_15'][0]}; "
        f"commit {about['commit']}, {about['at']}.",
        "",
    ]
    for result in found["results"]:
        lines += [
            f"### {result['title']}",
            "",
            f"{_sentence(result['conditions'])} `make bench BENCH={_module(result)}`.",
            "",
        ]
        lines += ["| figure | value | goal |", "|---|---:|---|"]
        lines += [
            f"| {one['name']} | {_shown(one['value'])}{_interval(one)} {one['unit']} | {one['goal']} |"
            for one in result["figures"]
        ]
        lines.append("")
    return "\n".join(lines)


def _sentence(text: str) -> str:
    return f"{text[0].upper()}{text[1:]}."


def _module(result: dict[str, Any]) -> str:
    return str(result["row"]).replace("-", "_")


def _interval(one: dict[str, Any]) -> str:
    if one.get("low") is None:
        return ""
    return f" [{_shown(one['low'])}, {_shown(one['high'])}]"


def _shown(value: float) -> str:
    return f"{value:.0f}" if abs(value) >= 1000 else f"{value:.3g}"


if __name__ == "__main__":
    sys.exit(main())
