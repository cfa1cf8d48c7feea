"""What docstrings refer to exists: ``ports.verdicts.Verdicts.search`` and the like."""

import ast
import re
from collections.abc import Iterator
from pathlib import Path

PACKAGE = Path(__file__).parents[2] / "src" / "marbleline"
# ``settings.batch_size`` is a field of the settings in hand, and no module.
FOLDERS = {path.stem for path in PACKAGE.iterdir() if not path.name.startswith("_")} - {"settings"}
REFERENCE = re.compile(r"(?<!`)`{1,2}(?:marbleline\.)?([a-z]\w*(?:\.\w+)+)(?:\(\))?`{1,2}(?!`)")
# All the ports of one connection together, and what one of them hands out.
ASSEMBLED = {"Broker", "Store", "Annotations", "Subscription", "SuspectClassifier"}
DOCUMENTED = (ast.Module, ast.ClassDef, ast.FunctionDef, ast.AsyncFunctionDef)


def references(path: Path) -> Iterator[str]:
    """The dotted names in the docstrings of one module that begin with a part of the package."""
    for node in ast.walk(ast.parse(path.read_text(encoding="utf-8"))):
        if isinstance(node, DOCUMENTED):
            for name in REFERENCE.findall(ast.get_docstring(node) or ""):
                if name.split(".")[0] in FOLDERS:
                    yield name


def members(body: list[ast.stmt]) -> dict[str, ast.stmt]:
    """What a module or a class defines or imports, by name."""
    found: dict[str, ast.stmt] = {}
    for node in body:
        if isinstance(node, ast.ClassDef | ast.FunctionDef | ast.AsyncFunctionDef):
            found[node.name] = node
        elif isinstance(node, ast.Assign):
            found |= {target.id: node for target in node.targets if isinstance(target, ast.Name)}
        elif isinstance(node, ast.AnnAssign) and isinstance(node.target, ast.Name):
            found[node.target.id] = node
        elif isinstance(node, ast.Import | ast.ImportFrom):
            found |= {alias.asname or alias.name: node for alias in node.names}
    return found


def exists(name: str) -> bool:
    """Whether there is such a module, or such a name in a module, or such a member of a class."""
    parts = name.split(".")
    folder = PACKAGE
    while parts and (folder / parts[0]).is_dir():
        folder /= parts.pop(0)
    module = folder / f"{parts[0]}.py" if parts else folder / "__init__.py"
    if parts and module.is_file():
        parts.pop(0)
    else:
        module = folder / "__init__.py"
    body = ast.parse(module.read_text(encoding="utf-8")).body
    for number, part in enumerate(parts, start=1):
        node = members(body).get(part)
        if node is None:
            return False
        if not isinstance(node, ast.ClassDef):
            return number == len(parts)
        body = node.body
    return True


def test_what_docstrings_refer_to_exists() -> None:
    missing = {
        str(path.relative_to(PACKAGE)): gone
        for path in sorted(PACKAGE.rglob("*.py"))
        if (gone := sorted({name for name in references(path) if not exists(name)}))
    }
    assert not missing, "these modules refer to what is not there"


def test_a_reference_to_what_moved_is_found() -> None:
    assert exists("ports.verdicts.Verdicts.search")
    assert exists("ports.topology.MAX_DELIVERIES")
    assert exists("ports.verdicts.VerdictQuery.since")
    assert exists("domain.verdict")
    assert not exists("ports.verdicts.Verdicts.fetch")
    assert not exists("ports.verdicts.Verdict_s")
    assert not exists("ports.pictures.Pictures")
    assert not exists("ports.topology.MAX_DELIVERIES.value")


def test_the_architecture_names_every_port() -> None:
    """The table in docs/architecture.md and the protocols of src/marbleline/ports are the same."""
    ports = {
        (node.name, path.name)
        for path in (PACKAGE / "ports").glob("*.py")
        for node in ast.parse(path.read_text(encoding="utf-8")).body
        if isinstance(node, ast.ClassDef)
        and any(isinstance(base, ast.Name) and base.id == "Protocol" for base in node.bases)
    }
    page = (PACKAGE.parents[1] / "docs" / "architecture.md").read_text(encoding="utf-8")
    rows = re.findall(r"^\| (`[A-Z].*?) \| `(\w+\.py)` \|", page, flags=re.MULTILINE)
    named = {(name, module) for names, module in rows for name in re.findall(r"`(\w+)`", names)}
    assert named == {one for one in ports if one[0] not in ASSEMBLED}
