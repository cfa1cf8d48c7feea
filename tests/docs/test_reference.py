"""Docs and code do not part."""

import re
from pathlib import Path

import pytest

from marbleline.cli import COMMANDS
from tests.docs.reference import DOCS, PAGES

ROOT = DOCS.parent
PROSE = sorted([*ROOT.glob("*.md"), *DOCS.rglob("*.md")])


@pytest.mark.parametrize("name", PAGES)
def test_a_made_page_is_what_the_code_says(name: str) -> None:
    assert (DOCS / name).read_text(encoding="utf-8") == PAGES[name](), "run make docs"


@pytest.mark.parametrize("page", PROSE, ids=lambda page: str(page.relative_to(ROOT)))
def test_links_lead_somewhere(page: Path) -> None:
    text = re.sub(r"```.*?```", "", page.read_text(encoding="utf-8"), flags=re.DOTALL)
    links = re.findall(r"\]\((?!https?://|#|mailto:)([^)#\s]+)", text)
    missing = [link for link in links if not (page.parent / link).exists()]
    assert not missing, f"{page.name} points to what is not there"


def anchors(page: Path) -> set[str]:
    """The anchors that GitHub makes of a page's headings."""
    text = re.sub(r"```.*?```", "", page.read_text(encoding="utf-8"), flags=re.DOTALL)
    headings = re.findall(r"^#+ (.+)$", text, flags=re.MULTILINE)
    return {re.sub(r"[^\w\- ]", "", heading.lower()).replace(" ", "-") for heading in headings}


@pytest.mark.parametrize("page", PROSE, ids=lambda page: str(page.relative_to(ROOT)))
def test_links_to_headings_lead_somewhere(page: Path) -> None:
    links = re.findall(r"\]\((?!https?://)([^)#\s]*)#([^)\s]+)\)", page.read_text(encoding="utf-8"))
    missing = [
        f"{path}#{name}" for path, name in links if name not in anchors(page.parent / path if path else page)
    ]
    assert not missing, f"{page.name} points to headings that are not there"


def test_no_two_decisions_have_one_number() -> None:
    numbers = [path.name[:4] for path in (DOCS / "decisions").glob("0*.md")]
    assert len(numbers) == len(set(numbers))


@pytest.mark.parametrize("page", PROSE, ids=lambda page: str(page.relative_to(ROOT)))
def test_commands_in_the_docs_exist(page: Path) -> None:
    named = set(re.findall(r"(?:`|    |bin/)marbleline ([a-z][a-z-]+)", page.read_text(encoding="utf-8")))
    assert named <= set(COMMANDS), f"{page.name} names a command that there is not"


def test_every_make_target_that_the_docs_name_exists() -> None:
    files = "\n".join(path.read_text() for path in (ROOT / "Makefile", ROOT / "images" / "images.mk"))
    targets = set(re.findall(r"^([a-z0-9-]+):.*##", files, flags=re.MULTILINE))
    for page in PROSE:
        named = set(re.findall(r"`make ([a-z0-9-]+)", page.read_text(encoding="utf-8")))
        assert named <= targets, f"{page.name} names a target that there is not"
