"""Every language is complete, and every text that the code asks for exists."""

import ast
import re
from collections.abc import Iterable, Iterator
from pathlib import Path
from string import Formatter

import pytest
from babel.messages.catalog import Catalog, Message
from babel.messages.pofile import read_po

import marbleline.console as console
from marbleline.console.auth.roles import Role
from marbleline.console.components.commissioning import Step
from marbleline.console.components.review_desk import QUEUES
from marbleline.console.components.slab_viewer import TEXTS
from marbleline.console.i18n.catalogues import FOLDER, LANGUAGES
from marbleline.console.pages.alarms import MINUTES
from marbleline.console.pages.region_editor import TEXTS as DRAW_TEXTS
from marbleline.console.pages.registry import PAGES
from marbleline.console.state.calendar_periods import CalendarUnit
from marbleline.console.state.freshness import Freshness
from marbleline.console.state.product_place import Limit
from marbleline.console.state.quality_figures import GroupBy
from marbleline.console.state.review_desk import NEXT, PREVIOUS
from marbleline.console.state.stage_latency import LATENCY_STAGES
from marbleline.domain.alarm import CALIBRATION, DAMAGED, DRIFT, GOLDEN_SAMPLE
from marbleline.domain.alarm_event import AlarmAction, AlarmState
from marbleline.domain.alarm_severity import SEVERITIES, Severity
from marbleline.domain.decision import Decision
from marbleline.domain.defect_guide import TOPICS
from marbleline.domain.model import CLASSES, DEFECTS
from marbleline.domain.product_log import ProductAction
from marbleline.domain.quality_rates import Rate
from marbleline.domain.reasons import REASONS
from marbleline.domain.slab import SLAB_REASONS
from marbleline.domain.verdict import Stages
from marbleline.operations.line_cameras import CameraProcess
from marbleline.ports.review_queue import ReviewOrder
from marbleline.training.commission.ask import Why
from marbleline.training.guided.job import JobState

# What the code completes at run time: prefix -> names. Those with other names are asked for by name.
COMPUTED = {
    "decision": Decision,
    "defect": DEFECTS,
    "truth": CLASSES,
    "overrule": CLASSES,
    "status": Freshness,
    "role": Role,
    "page": PAGES,
    "latency": LATENCY_STAGES,
    "stage": Stages.__struct_fields__[1:],
    "alarm": (
        CALIBRATION,
        DAMAGED,
        DRIFT,
        GOLDEN_SAMPLE,
        "lag",
        "late",
        "spool",
        "spools",
        "no_verdicts",
        "dead_letters",
    ),
    "alarmkind": tuple(SEVERITIES),
    "alarmstate": [state for state in AlarmState if state is not AlarmState.NORMAL],
    "alarmaction": AlarmAction,
    "severity": [severity.name.lower() for severity in Severity],
    "alarmcentre.minutes": [str(minutes) for minutes in MINUTES],
    "alarmcentre": ("at", "alarm", "what", "by", "acknowledge", "shelve", "unshelve"),
    "remedy": (
        CALIBRATION,
        DAMAGED,
        DRIFT,
        GOLDEN_SAMPLE,
        "lag",
        "late",
        "spool",
        "dead_letters",
        "offline",
        "silent",
        "full",
        "stalled",
        "behind",
    ),
    "reason": ("unsure", "anomalous", "dark", "bright", "flat", "blurred", "drifted"),
    "follow": ("every", "suspect"),
    "control": ("older", "newer"),
    "viewer": TEXTS,
    "draw": DRAW_TEXTS,
    "history": ("shadow", "rejudged"),
    "setup": ("brightness", "contrast", "sharpness", "at", "by", "source", "region", "masks"),
    "process": CameraProcess,
    "trial": ("waiting", "pictures", "unreadable", "away", "ended", "failed", "over"),
    "trial.hint": ("video", "genicam", "http", "folder", "landing"),
    "trial.found": ("serial", "address", "name", "model"),
    "ledger": (
        *("camera", "captured", "judged", "pending", "dead_lettered", "discarded"),
        *("station", "triggers", "missed"),
    ),
    "slab_reason": SLAB_REASONS,
    "dead_letter": REASONS,
    "line": ("queue", "ready", "unacked", "oldest"),
    "review": (
        *(*QUEUES, *ReviewOrder, NEXT, PREVIOUS),
        *(f"{one}{hint}" for one in ("empty", "undisputed", "unsettled") for hint in ("", ".hint")),
        *("left", "disputed.left", "settled.left"),
    ),
    "guide": ("at", "by", "text", "pictures"),
    "guide.hint": TOPICS,
    "asked": Why,
    "event": ("promote", "rollback", "switched", *ProductAction),
    "studio": ("stable", "candidate"),
    "step": Step,
    "job": JobState,
    "learn": Limit,
    "support": ("faulty", "good"),
    "targets": ("escapes", "overkill", "escapes.most", "overkill.most"),
    "search": ("none", "none.hint"),
    "shift": ("yield", "faulty", "review", "overkill", "escape"),
    "quality": (*Rate, "defect", "count", "part", "cumulative", "course"),
    "quality.by": GroupBy,
    "report": ("alarm", "severity", "raised", "returned", "acknowledged"),
    "quality.unit": CalendarUnit,
}


def catalogue(language: str) -> Catalog:
    with (FOLDER / f"{language}.po").open("rb") as file:
        return read_po(file, locale=language)


def key(message: Message) -> str:
    return message.id if isinstance(message.id, str) else message.id[0]


def messages(language: str) -> dict[str, Message]:
    return {key(message): message for message in catalogue(language) if message.id}


def forms(message: Message) -> list[str]:
    return [message.string] if isinstance(message.string, str) else list(message.string)


def fields(texts: Iterable[str]) -> set[str]:
    return {name for text in texts for _, name, _, _ in Formatter().parse(text) if name}


ENGLISH = messages("en")


def test_there_is_a_file_for_each_language_and_none_beside() -> None:
    assert {path.name for path in FOLDER.iterdir()} == {f"{language}.po" for language in LANGUAGES}


@pytest.mark.parametrize("language", LANGUAGES)
def test_no_text_is_missing_fuzzy_obsolete_or_twice(language: str) -> None:
    whole, found = catalogue(language), messages(language)
    assert list(found) == list(ENGLISH)
    assert not whole.obsolete
    assert not [name for name, message in found.items() if message.fuzzy]
    assert not [name for name, message in found.items() if not all(text.strip() for text in forms(message))]
    assert not [name for name, message in found.items() if list(message.check(whole))]
    source = (FOLDER / f"{language}.po").read_text(encoding="utf-8")
    assert len(re.findall(r"^msgid (?!\"\"$)", source, re.MULTILINE)) == len(found)


@pytest.mark.parametrize("language", LANGUAGES)
def test_every_plural_has_all_forms_of_its_language(language: str) -> None:
    plurals = {name for name, message in ENGLISH.items() if message.pluralizable}
    whole, found = catalogue(language), messages(language)
    assert {name for name, message in found.items() if message.pluralizable} == plurals
    assert {len(forms(found[name])) for name in plurals} == {whole.num_plurals}


@pytest.mark.parametrize("language", LANGUAGES)
def test_every_text_has_the_fields_of_the_english_one(language: str) -> None:
    found = messages(language)
    assert not [name for name in found if fields(forms(found[name])) != fields(forms(ENGLISH[name]))]


@pytest.mark.parametrize("language", [one for one in LANGUAGES if one != "en"])
def test_a_translation_repeats_the_english_text_that_it_is_of(language: str) -> None:
    """So a change of the English text shows up in each language, as if it were the message id."""
    found = messages(language)
    stale = [name for name in found if found[name].auto_comments != [forms(ENGLISH[name])[-1]]]
    assert stale == []


@pytest.mark.parametrize("language", [one for one in LANGUAGES if one != "en"])
def test_a_language_is_not_english_in_disguise(language: str) -> None:
    def has_words(text: str) -> bool:
        return " " in re.sub(r"{\w+}", "", text).strip(" :,")

    found = messages(language)
    same = [name for name in found if forms(found[name]) == forms(ENGLISH[name])]
    assert not [name for name in same if has_words(forms(ENGLISH[name])[0])]


# A second word for what the other texts of the language call otherwise.
SECOND_WORDS = {
    "es": r"losas?|búfer(es)?|publicador|codificador|teselas?|fugas?|elige|pulsa",
    "it": r"spool|giudizi|tessera|tecnico|report|scegli|premi|fai clic|trascina",
    "tr": r"(levha|karo|k.lavuz|yay.nc.|kodlay.c.)\w*|derz|kaçak|gereksiz ret",
}


@pytest.mark.parametrize("language", SECOND_WORDS)
def test_one_thing_has_one_word_on_all_pages(language: str) -> None:
    second = re.compile(rf"\b({SECOND_WORDS[language]})\b", re.IGNORECASE)
    found = messages(language)
    assert not [name for name in found if any(second.search(text) for text in forms(found[name]))]


def constants(names: frozenset[str] | None = None) -> Iterator[str]:
    """String constants of the console's code: all, or those in the first argument of these methods."""
    for path in Path(console.__path__[0]).rglob("*.py"):
        for node in ast.walk(ast.parse(path.read_text(encoding="utf-8"))):
            if names is None:
                if isinstance(node, ast.Constant) and isinstance(node.value, str):
                    yield node.value
            elif isinstance(node, ast.Call) and node.args:
                called = getattr(node.func, "attr", getattr(node.func, "id", ""))
                plain = not isinstance(node.args[0], ast.JoinedStr)
                if called in names and plain:
                    yield from (
                        one.value
                        for one in ast.walk(node.args[0])
                        if isinstance(one, ast.Constant)
                        and isinstance(one.value, str)
                        and "{" not in one.value
                    )


def test_every_text_that_the_code_asks_for_exists() -> None:
    literal = {name for name in constants(frozenset({"gettext", "ngettext"})) if not name.endswith(".")}
    computed = {f"{prefix}.{name}" for prefix, names in COMPUTED.items() for name in names}
    assert (literal | computed) - set(ENGLISH) == set()


def test_no_text_is_there_that_nothing_asks_for() -> None:
    computed = {f"{prefix}.{name}" for prefix, names in COMPUTED.items() for name in names}
    assert set(ENGLISH) - set(constants()) - computed == set()
