"""The names that the docs mention in code style, and whether the repository has them.

A mention is the text of a code span or one line of a code block. Each check returns True for a mention that
it does not concern, so the checks can be run over all mentions.
"""

import argparse
import re
import subprocess
from collections.abc import Iterator
from dataclasses import dataclass
from functools import cache
from pathlib import Path
from typing import Any, Final

import yaml

from marbleline.cli import COMMANDS, build_parser
from tests.docs.test_docstrings import FOLDERS, exists

ROOT: Final = Path(__file__).parents[2]
# What users have on their own machines, and what other projects name.
FOREIGN: Final = frozenset(
    line
    for line in (ROOT / "tests" / "docs" / "foreign_names.txt").read_text(encoding="utf-8").splitlines()
    if line and not line.startswith("#")
)

_SPAN: Final = re.compile(r"(?<!`)`([^`\n]+)`(?!`)")
_PATH: Final = re.compile(
    r"[\w.*-]+(?:/[\w.*-]+)*\.(?:py|md|yaml|yml|toml|mk|tpl|json|txt|po|ndjson|binpb)|(?:[\w-]+/)+"
)
_IDENTIFIER: Final = re.compile(r"[a-z][a-z0-9]*(?:_[a-z0-9]+)+(?:\(\))?|(?:[A-Z][a-z0-9]+){2,}")
_DOTTED: Final = re.compile(r"[a-z][\w-]*(?:\.[A-Za-z_][\w-]*)+(?:\(\))?")
_FLAG: Final = re.compile(r"(?<![\w-])--[a-z][a-z0-9_-]*")


@dataclass(frozen=True)
class Mention:
    """``text`` in code style on a page, in a line of text or as a line of a code block."""

    page: Path
    text: str
    in_block: bool = False

    def __str__(self) -> str:
        return f"{self.page.relative_to(ROOT)}: {self.text}"


@dataclass(frozen=True)
class SourcePath:
    """A path that a source file's text names."""

    source: Path
    text: str

    @property
    def exists(self) -> bool:
        """Whether there is such a file or folder; ``*`` stands for part of a name."""
        return bool(list(ROOT.glob(self.text.rstrip("/"))))

    def __str__(self) -> str:
        return f"{self.source.relative_to(ROOT)}: {self.text}"


@cache
def tracked() -> tuple[str, ...]:
    """Every file of the repository, as a path from its root."""
    run = subprocess.run(
        ["git", "ls-files", "--cached", "--others", "--exclude-standard"],
        cwd=ROOT,
        capture_output=True,
        text=True,
        check=True,
    )
    return tuple(run.stdout.splitlines())


def pages() -> list[Path]:
    """All prose but the changelog, which names what is gone."""
    found = [ROOT / name for name in tracked() if name.endswith(".md") and not name.startswith("model_repo/")]
    return [page for page in found if page.name != "CHANGELOG.md" and page.exists()]


@cache
def mentions() -> tuple[Mention, ...]:
    """All code spans, and all lines of code blocks, each once a page."""
    found: dict[Mention, None] = {}
    for page in pages():
        fenced = False
        for line in page.read_text(encoding="utf-8").splitlines():
            if line.lstrip().startswith("```"):
                fenced = not fenced
            elif fenced or line.startswith("    "):
                found[Mention(page, line.strip(), in_block=True)] = None
            else:
                found |= {Mention(page, text): None for text in _SPAN.findall(line)}
    return tuple(one for one in found if one.text not in FOREIGN)


@cache
def code() -> str:
    """The text of everything but prose."""
    kinds = (".py", ".yaml", ".yml", ".toml", ".json", ".mk", ".tpl", ".txt", ".po", ".js", ".css", ".ndjson")
    files = [ROOT / name for name in tracked() if name.endswith((*kinds, "Makefile", "Dockerfile"))]
    own = {"promises.py", "test_promises.py", "foreign_names.txt"}
    return "\n".join(
        path.read_text(encoding="utf-8", errors="replace")
        for path in files
        if path.exists() and path.name not in own and "locks" not in path.parts
    )


@cache
def words() -> frozenset[str]:
    """Every word of the code: what a name may be."""
    return frozenset(re.findall(r"\w+", code()))


@cache
def values() -> dict[str, Any]:
    """The chart's values."""
    text = (ROOT / "charts" / "marbleline" / "values.yaml").read_text(encoding="utf-8")
    loaded: dict[str, Any] = yaml.safe_load(text)
    return loaded


@cache
def options(command: str) -> frozenset[str]:
    """The flags of a command, those of its own subcommands included."""
    found: set[str] = set()
    waiting: list[argparse.ArgumentParser] = [build_parser(command)]
    while waiting:
        for action in waiting.pop()._actions:
            found |= set(action.option_strings)
            if isinstance(action, argparse._SubParsersAction):
                waiting += action.choices.values()
    return frozenset(found)


def code_paths(mention: Mention) -> bool:
    """A path from the root, a main folder or the page, the last parts of one, or a file that we write."""
    if not _PATH.fullmatch(mention.text):
        return True
    text = mention.text.rstrip("/").replace("NAME", "*")
    roots = (
        ROOT,
        ROOT / "src" / "marbleline",
        ROOT / "charts" / "marbleline",
        ROOT / "tests",
        mention.page.parent,
    )
    if any(list(root.glob(text)) for root in roots):
        return True
    if any(f"/{name}".endswith(f"/{text}") or f"/{text}/" in f"/{name}" for name in tracked()):
        return True
    return "/" not in text and f'"{text}"' in code()  # a file that a command writes


def flags(mention: Mention) -> bool:
    """After ``marbleline COMMAND`` a flag is the command's; alone, any command's or our code's."""
    parts = re.split(r"marbleline (?=[a-z][a-z-]* |[a-z][a-z-]*$)", mention.text)
    for part in parts[1:]:
        command, _, rest = part.partition(" ")
        rest = re.split(r"[|;&)#]", rest)[0]
        if command in COMMANDS and not set(_FLAG.findall(rest)) <= options(command):
            return False
    alone = _FLAG.findall(mention.text) if mention.text.startswith("--") and not mention.in_block else []
    ours = frozenset[str]().union(*map(options, COMMANDS))
    return all(flag in ours or flag in code() for flag in alone)


def identifiers(mention: Mention) -> bool:
    """A name in snake_case or of several capitalised words is one of the code's."""
    if not _IDENTIFIER.fullmatch(mention.text):
        return True
    name = mention.text.removesuffix("()")
    return name in words() or re.sub(r"_(total|info)$", "", name) in words()


def dotted_names(mention: Mention) -> bool:
    """``domain.picture.read``, a log event, one of the chart's values, or fields of a document."""
    if not _DOTTED.fullmatch(mention.text) or _PATH.fullmatch(mention.text):
        return True
    name = mention.text.removesuffix("()").removeprefix("marbleline.")
    parts = name.split(".")
    if parts[0] in FOLDERS and exists(name):
        return True
    found: Any = values()
    for part in parts:
        found = found.get(part) if isinstance(found, dict) else None
    if (
        found is not None
        or f'"{name}"' in code()
        or any(f"/{path}".endswith(f"/{name}") for path in tracked())
    ):
        return True
    return parts[0] not in FOLDERS and all(part in words() for part in parts)


def settings_by_variable(mention: Mention) -> bool:
    """``MARBLELINE_NAME`` is a setting's variable, or one that the code reads by that name."""
    for name in re.findall(r"MARBLELINE_[A-Z0-9_]+", mention.text):
        if name not in words() and name.removeprefix("MARBLELINE_").lower() not in words():
            return False
    return True


def source_paths() -> Iterator[SourcePath]:
    """The paths under the repository's folders that comments, docstrings and other texts of the code name."""
    pattern = re.compile(r"(?<![\w/.{}-])(?:docs|tests|charts|benchmarks|examples|dags)/[\w./*-]*\w")
    for name in tracked():
        if name.endswith((".py", ".yaml", ".mk", ".toml", "Makefile")) and (ROOT / name).exists():
            for text in pattern.findall((ROOT / name).read_text(encoding="utf-8")):
                yield SourcePath(ROOT / name, text)
