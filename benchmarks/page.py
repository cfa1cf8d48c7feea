"""``python -m benchmarks.page``: put the newest figures of each row, and their JSON, into docs/."""

import sys
from collections.abc import Iterable
from pathlib import Path
from typing import Any, Final

from benchmarks.report import LAST, keep, kept, newest

DOCS: Final = Path(__file__).parents[1] / "docs"
BEGIN: Final = "<!-- figures: made by `python -m benchmarks.page` of what `make bench` measured -->"
END: Final = "<!-- end of figures -->"


def main() -> int:
    """Exit code 1 if nothing was measured yet."""
    made = kept(LAST)
    if not made:
        print("nothing was measured yet: make bench", file=sys.stderr)
        return 1
    published = DOCS / "performance.json"
    found = newest(kept(published), made)
    page = DOCS / "performance.md"
    text = page.read_text(encoding="utf-8")
    before, _, rest = text.partition(BEGIN)
    _, _, after = rest.partition(END)
    page.write_text(f"{before}{BEGIN}\n\n{usage(found)}\n{END}{after}", encoding="utf-8")
    keep(published, found)
    return 0


def usage(results: Iterable[dict[str, Any]]) -> str:
    """A table for each row, with the machine that it was measured on, as Markdown."""
    lines = []
    for result in results:
        about = result["machine"]
        lines += [
            f"### {result['title']}",
            "",
            f"{_sentence(result['conditions'])} `make bench BENCH={_module(result)}`.",
            "",
            f"{about['processor']}, {about['cores']} cores, {about['memory_mib']} MiB; {about['system']}; "
            f"Python {about['python']}; {about['disk']}; load at the start {about['load_1_5_15'][0]}; commit "
            f"{about['commit']}, {about['at']}.",
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
