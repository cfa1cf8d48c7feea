"""What code and docs say of each other is true: errors, reasons, names, paths, flags."""

import ast
import builtins
import re
from collections import Counter
from collections.abc import Iterator
from functools import cache
from pathlib import Path

import pytest

from marbleline import errors
from marbleline.domain.reasons import REASONS
from marbleline.operations import judge
from tests.docs.promises import (
    ROOT,
    Mention,
    code,
    code_paths,
    dotted_names,
    flags,
    identifiers,
    mentions,
    settings_by_variable,
    source_paths,
)
from tests.docs.test_docstrings import PACKAGE, members

ERRORS = {name for name, value in vars(errors).items() if isinstance(value, type)}
EXCEPTIONS = {name for name, value in vars(builtins).items() if isinstance(value, type)} & {
    name for name in dir(builtins) if name.endswith(("Error", "Exception", "Warning", "Interrupt"))
}
# Nobody raises these two: one catches whatever belongs to them.
BASES = {"MarblelineError"}


@cache
def modules() -> dict[Path, ast.Module]:
    """The syntax tree of each module of the package."""
    return {path: ast.parse(path.read_text(encoding="utf-8")) for path in sorted(PACKAGE.rglob("*.py"))}


def exception_classes() -> Iterator[tuple[str, Path]]:
    """Every class of the package that is an exception, and where it is declared."""
    known = ERRORS | EXCEPTIONS
    for path, tree in modules().items():
        for node in ast.walk(tree):
            if isinstance(node, ast.ClassDef) and known & {ast.unparse(base) for base in node.bases}:
                yield node.name, path


def calls() -> Iterator[tuple[Path, ast.Call]]:
    for path, tree in modules().items():
        for node in ast.walk(tree):
            if isinstance(node, ast.Call):
                yield path, node


def test_errors_are_declared_in_one_module() -> None:
    elsewhere = {name: str(path.relative_to(PACKAGE)) for name, path in exception_classes()}
    assert {name for name, path in elsewhere.items() if path != "errors.py"} == set()
    assert set(elsewhere) == ERRORS


def test_a_public_class_name_means_one_class() -> None:
    declared: dict[str, list[str]] = {}
    for path, tree in modules().items():
        for node in tree.body:
            if isinstance(node, ast.ClassDef) and not node.name.startswith("_"):
                declared.setdefault(node.name, []).append(str(path.relative_to(PACKAGE)))
    assert {name: paths for name, paths in declared.items() if len(paths) > 1} == {}


def test_everything_that_a_module_declares_is_used() -> None:
    """By its name, anywhere in the repository's code: a registry names what it opens in a text."""
    used = Counter(re.findall(r"\w+", code()))
    unused = [
        f"{path.relative_to(PACKAGE)}: {name}"
        for path, tree in modules().items()
        for name in members([node for node in tree.body if not isinstance(node, ast.Import | ast.ImportFrom)])
        if used[name] == 1
    ]
    assert not unused, "nothing uses these; remove them"


def test_every_error_is_raised_somewhere() -> None:
    made = {ast.unparse(call.func).rpartition(".")[2] for path, call in calls() if path.name != "errors.py"}
    assert made >= ERRORS - BASES, "no module raises these; remove them"


def test_every_reason_is_given_somewhere() -> None:
    """As text or by its constant, in a call of another module than the one that lists them."""
    given = set()
    for path, call in calls():
        if path.name != "reasons.py":
            for argument in call.args:
                if isinstance(argument, ast.Constant):
                    given.add(argument.value)
                elif isinstance(argument, ast.Name):
                    given.add(argument.id.lower())
    assert given >= set(REASONS), "no worker gives these reasons; remove them"


def test_every_reason_that_is_given_is_listed() -> None:
    listed = set(REASONS) | {judge.MISSING, judge.UNREADABLE, judge.NO_PICTURES}
    for path, call in calls():
        if ast.unparse(call.func) in ("PictureError", "DeadLetterReason") and isinstance(
            call.args[0], ast.Constant
        ):
            assert call.args[0].value in listed, f"{path}: line {call.lineno}"


def test_docstrings_name_errors_that_exist() -> None:
    """``Raises X, Y.`` at the end of a docstring."""
    known = ERRORS | EXCEPTIONS | {"sqlite3.Error"}
    for path, tree in modules().items():
        for node in ast.walk(tree):
            if isinstance(node, ast.ClassDef | ast.FunctionDef | ast.AsyncFunctionDef | ast.Module):
                text = " ".join((ast.get_docstring(node) or "").split())
                for sentence in text.split("Raises ")[1:]:
                    for word in sentence.split(". ")[0].rstrip(".").replace(",", " ").split():
                        if word.endswith("Error") or word in ("Unavailable", "Exception"):
                            assert word in known, f"{path}: raises {word}"


@pytest.mark.parametrize("check", (code_paths, flags, identifiers, dotted_names, settings_by_variable))
def test_what_the_docs_name_exists(check: object) -> None:
    missing = [str(one) for one in mentions() if not check(one)]  # type: ignore[operator]
    assert not missing, f"{len(missing)} mentions of what is not there"


def test_paths_in_source_comments_exist() -> None:
    missing = [str(one) for one in source_paths() if not one.exists]
    assert not missing


@pytest.mark.parametrize(
    ("check", "text"),
    [
        (code_paths, "src/marbleline/line.py"),
        (code_paths, "adapters/source_*.py"),
        (flags, "marbleline ledger --watches"),
        (flags, "--no-such-flag"),
        (identifiers, "no_such_setting"),
        (identifiers, "NoSuchClass"),
        (dotted_names, "domain.picture.no_such_function"),
        (dotted_names, "no-such.event"),
        (settings_by_variable, "MARBLELINE_NO_SUCH_SETTING"),
    ],
)
def test_what_is_not_there_is_found(check: object, text: str) -> None:
    assert not check(Mention(ROOT / "README.md", text))  # type: ignore[operator]
