"""Sections of hand-written pages that are made: the source tree, the layers, the mutations, the decisions.

A section stands between ``<!-- NAME: made by ...-->`` and ``<!-- end of NAME -->``.
"""

import ast
import re
import tomllib
from collections.abc import Callable
from pathlib import Path
from typing import Final

from tests.mutations.mutations import MUTATIONS

ROOT: Final = Path(__file__).parents[2]
PACKAGE: Final = ROOT / "src" / "marbleline"
_WIDTH: Final = 110
_INDENT: Final = 18
_RECORD: Final = re.compile(
    r"# (?P<number>\d+)\. (?P<title>.+)\n\n"
    r"Status: (?P<status>(?:accepted|replaced).*)\. Date: (?P<date>\d{4}-\d\d-\d\d)\.\n"
)


def page_with_sections(path: Path) -> str:
    """The page with each section as the code says it. Raises KeyError for a section of another name."""
    return re.sub(
        r"(<!-- (\w+): made by [^>]*-->\n).*?(<!-- end of \2 -->)",
        lambda found: found[1] + SECTIONS[found[2]]() + found[3],
        path.read_text(encoding="utf-8"),
        flags=re.DOTALL,
    )


def tree() -> str:
    """The folders of src/marbleline two levels deep, each with the first sentence of its docstring.

    No modules: they come and go with every change, and a conflict here would come with each.
    """
    lines = ["```text", "src/marbleline/"]
    for folder in _folders(PACKAGE):
        lines += _entry(folder, "  ")
        for inner in _folders(folder):
            lines += _entry(inner, "    ")
    return "\n".join([*lines, "```", ""])


def layers() -> str:
    """The first contract of import-linter, as it stands in pyproject.toml."""
    project = tomllib.loads((ROOT / "pyproject.toml").read_text(encoding="utf-8"))
    contract = project["tool"]["importlinter"]["contracts"][0]
    names = [layer.replace("marbleline.", "") for layer in contract["layers"]]
    return "\n".join(["```text", *names, "```", ""])


def mutations() -> str:
    """What is broken on purpose, by guarantee, with the tests of which one has to fail."""
    rows = ["| | change | in | tests |", "|---|---|---|---|"]
    for one in sorted(MUTATIONS, key=lambda mutation: mutation.guarantee):
        tests = ", ".join(f"`{test.removeprefix('tests/')}`" for test in one.tests)
        rows.append(f"| {one.guarantee} | {one.what}{' *' if one.server else ''} | `{one.file}` | {tests} |")
    return "\n".join([*rows, ""])


def decisions() -> str:
    """The index of docs/decisions, from the first lines of each record. Raises ValueError."""
    rows = ["| number | decision | status | date |", "|---|---|---|---|"]
    for path in sorted((ROOT / "docs" / "decisions").glob("0*.md")):
        found = _RECORD.match(path.read_text(encoding="utf-8"))
        if found is None or int(found["number"]) != int(path.name[:4]):
            raise ValueError(
                f"{path.name}: begins with '# NUMBER. TITLE' and 'Status: ... Date: YYYY-MM-DD.'"
            )
        number, title, status, date = found.groups()
        rows.append(f"| [{number}]({path.name}) | {title} | {status} | {date} |")
    return "\n".join([*rows, ""])


SECTIONS: Final[dict[str, Callable[[], str]]] = {
    "tree": tree,
    "layers": layers,
    "mutations": mutations,
    "decisions": decisions,
}


def _folders(folder: Path) -> list[Path]:
    return sorted(path.parent for path in folder.glob("*/__init__.py"))


def _entry(folder: Path, indent: str) -> list[str]:
    name = f"{indent}{folder.name}/"
    return _wrapped(f"{name:<{_INDENT}} ", _summary(folder).split(" "), " " * (_INDENT + 1))


def _wrapped(start: str, words: list[str], indent: str) -> list[str]:
    lines = [start]
    for word in words:
        if len(lines[-1]) + len(word) > _WIDTH:
            lines.append(indent)
        lines[-1] += f"{word} "
    return [line.rstrip() for line in lines]


def _summary(folder: Path) -> str:
    module = ast.parse((folder / "__init__.py").read_text(encoding="utf-8"))
    text = (ast.get_docstring(module) or "").split("\n\n")[0].replace("\n", " ").replace("``", "")
    return re.split(r"(?<=\.) (?=[A-Z])", text)[0]
