"""A browser gets its language; numbers, dates and durations are written as that language writes them."""

from zoneinfo import ZoneInfo

import pytest

from marbleline.console.i18n.catalogues import LANGUAGES
from marbleline.console.i18n.locale import Locale
from tests.builders import START

DAY = 86_400_000_000


@pytest.mark.parametrize(
    ("tag", "language", "territory"),
    [
        ("tr-TR", "tr", "TR"),
        ("it", "it", None),
        ("ES-mx", "es", "MX"),
        ("en-GB", "en", "GB"),
        ("es-419", "es", None),
        ("fr-FR", "en", None),
        ("../../etc", "en", None),
        ("", "en", None),
        (None, "en", None),
    ],
)
def test_the_browser_chooses(tag: str | None, language: str, territory: str | None) -> None:
    locale = Locale.from_tag(tag)
    assert (locale.language, locale.territory) == (language, territory)


def test_numbers_are_written_as_the_language_writes_them() -> None:
    written = {language: Locale(language).number(1_234_567) for language in LANGUAGES}
    assert written == {"en": "1,234,567", "es": "1.234.567", "it": "1.234.567", "tr": "1.234.567"}
    assert Locale("it").real(0.5) == "0,500"
    assert Locale("es", territory="MX").real(0.5) == "0.500"
    assert Locale().real(12.3, 0) == "12"


@pytest.mark.parametrize(
    ("share", "text"),
    [
        (0, "0%"),
        (0.0001, "0.1%"),
        (0.005, "0.5%"),
        (0.5, "50%"),
        (0.996, "99.6%"),
        (0.9996, "99.9%"),
        (0.99999, "99.9%"),
        (1, "100%"),
    ],
)
def test_a_percentage_is_never_rounded_to_none_or_all(share: float, text: str) -> None:
    assert Locale().percent(share) == text
    turkish = Locale("tr").percent(share)
    assert turkish == "%" + text.rstrip("%").replace(".", ",")


@pytest.mark.parametrize(
    ("language", "tenths", "hundredths"),
    [
        ("en", "93.0%", "93.04%"),
        ("it", "93,0%", "93,04%"),
        ("es", "93,0\xa0%", "93,04\xa0%"),
        ("tr", "%93,0", "%93,04"),
    ],
)
def test_a_share_has_each_languages_form(language: str, tenths: str, hundredths: str) -> None:
    locale = Locale(language)
    assert (locale.tenths(0.9304), locale.hundredths(0.9304)) == (tenths, hundredths)


@pytest.mark.parametrize(
    ("seconds", "text"),
    [(0, "0 s"), (4.9, "4 s"), (125, "2 min 5 s"), (7200, "2 h"), (90_061, "1 giorno 1 h")],
)
def test_a_duration_has_its_two_largest_units(seconds: float, text: str) -> None:
    assert Locale("it").duration(seconds) == text


def test_times_are_in_the_zone_and_have_a_date_on_another_day() -> None:
    rome = Locale("es", ZoneInfo("Europe/Rome"))
    assert rome.hour(START, START + 3 * DAY).startswith("15 jun")
    assert rome.hour(START, START) == rome.clock(START)
    assert rome.time(START).startswith(rome.clock(START))
    assert rome.time(None) == "?"


def test_english_without_a_territory_is_not_american() -> None:
    assert Locale.from_tag("en").date_format == "DD/MM/YYYY"
    assert Locale.from_tag("en-US").date_format == "MM/DD/YYYY"
    assert Locale.from_tag("tr-TR").date_format == "DD.MM.YYYY"


def test_a_territory_that_babel_does_not_know_falls_back_to_the_language() -> None:
    assert Locale.from_tag("it-ZZ").number(1234) == Locale("it").number(1234)


def test_plurals_follow_the_language() -> None:
    assert Locale("it").ngettext("skipped", 1) == "1 saltata"
    assert Locale("it").ngettext("skipped", 2) == "2 saltate"
    assert Locale("tr").ngettext("skipped", 2) == "2 atland\u0131"


def test_a_term_of_a_newer_model_is_shown_as_it_is() -> None:
    assert Locale().term("defect", "crack") == "crack"
    assert Locale().term("defect", "moon {x}") == "moon {x}"
    assert not Locale().has("defect.moon")
