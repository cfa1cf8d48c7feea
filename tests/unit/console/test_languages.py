"""Four languages: none lacks a text, none fills it in otherwise, and a browser gets its own."""

import re
from pathlib import Path
from string import Formatter

import pytest

import marbleline.console as console
from marbleline.console.access import Role
from marbleline.console.freshness import Freshness
from marbleline.console.languages import LANGUAGES, language_of
from marbleline.console.legs import LEGS
from marbleline.console.locale import Locale
from marbleline.domain.alarm import DRIFT, GOLDEN_SAMPLE
from marbleline.domain.decision import Decision
from marbleline.domain.model import CLASSES
from marbleline.domain.verdict import Stages
from tests.builders import START

ENGLISH = LANGUAGES["en"]


def fields(text: str) -> set[str]:
    return {name for _, name, _, _ in Formatter().parse(text) if name}


@pytest.mark.parametrize("language", list(LANGUAGES))
def test_no_text_is_missing_empty_or_filled_in_otherwise(language: str) -> None:
    words = LANGUAGES[language]
    assert set(words) == set(ENGLISH)
    assert not [name for name, text in words.items() if not text.strip()]
    assert not [name for name, text in words.items() if fields(text) != fields(ENGLISH[name])]
    assert len(words["months"].split()) == 12
    assert len(words["units"].split()) == 4


@pytest.mark.parametrize("language", [one for one in LANGUAGES if one != "en"])
def test_a_language_is_not_english_in_disguise(language: str) -> None:
    def has_words(text: str) -> bool:
        return " " in re.sub(r"{\w+}", "", text).strip(" :,")

    same = [name for name, text in LANGUAGES[language].items() if text == ENGLISH[name] and has_words(text)]
    assert set(same) <= {"units", "date.input"}


def test_whatever_the_code_says_by_name_has_a_text() -> None:
    source = "".join(path.read_text() for path in Path(console.__path__[0]).rglob("*.py"))
    said = set(re.findall(r'say\(\s*"([a-z_.]+)"', source))
    for prefix, names in {
        "decision": Decision,
        "truth": CLASSES,
        "overrule": CLASSES,
        "state": Freshness,
        "role": Role,
        "leg": LEGS,
        "stage": Stages.__slots__[1:],
        "alarm": (DRIFT, GOLDEN_SAMPLE),
        "remedy": (DRIFT, GOLDEN_SAMPLE),
    }.items():
        said |= {f"{prefix}.{name}" for name in names}
    assert said - set(ENGLISH) == set()


@pytest.mark.parametrize(
    ("tag", "language"),
    [("tr-TR", "tr"), ("it", "it"), ("ES-mx", "es"), ("en-GB", "en"), ("fr", "en"), ("", "en"), (None, "en")],
)
def test_the_browser_chooses(tag: str | None, language: str) -> None:
    assert language_of(tag) == language


def test_figures_are_written_as_the_language_writes_them() -> None:
    assert Locale("tr").percent(0.996) == "%99,6"
    assert Locale("it").real(0.5) == "0,500"
    assert Locale("tr").span(125) == "2 dk 5 sn"
    assert Locale("es").hour(START, START + 3 * 86_400_000_000).split()[:2] == ["15", "jun"]
