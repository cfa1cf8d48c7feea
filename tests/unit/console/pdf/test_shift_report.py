"""The report as a reader sees it: A4, every figure, in each language, with every letter."""

import io
from datetime import UTC

import pytest
from pypdf import PdfReader
from reportlab.pdfbase import pdfmetrics

from marbleline.console.i18n.catalogues import LANGUAGES, translations
from marbleline.console.i18n.locale import Locale
from marbleline.console.pdf.fonts import BOLD, REGULAR, register_fonts
from marbleline.console.pdf.shift_report import heading, shift_report
from tests.unit.console.pdf.figures import HOUR, SINCE, report_figures

ENGLISH = Locale("en", UTC)


def read(report: bytes) -> PdfReader:
    return PdfReader(io.BytesIO(report))


def text_of(report: bytes) -> str:
    return " ".join(" ".join(page.extract_text().split()) for page in read(report).pages)


def test_it_has_the_rates_their_limits_the_defects_and_the_cameras() -> None:
    said = text_of(shift_report(report_figures(), "Europe/Rome", ENGLISH, SINCE + 9 * HOUR))
    assert "line-1: shift report 27 Nov, 06:00 to 14:00" in said
    assert "Times in Europe/Rome · created 15:00 by Marbleline" in said
    assert "93.0% 4.5% 2.5% 0.2% 3,200" in said, "yield, faulty, review, late, slabs"
    assert "crack" in said
    assert "104 · 72.2% · ∑ 72.2%" in said
    assert "camera-1 1,600 88.5% 6.5% 5.0% 0.5% 2.9% - 6.1% · outside" in said
    assert "none labelled" in said


def test_alarms_have_their_times_and_who_acknowledged_them() -> None:
    said = text_of(shift_report(report_figures(), "UTC", ENGLISH, SINCE))
    assert "Slabs look different: camera-1 Medium - 07:00 ayşe" in said
    assert "High 07:00 08:00 Anna & <Bert>" in said
    assert "Critical 11:00 still active -" in said


def test_many_alarms_go_on_over_pages_and_the_rest_is_named() -> None:
    alarms = report_figures().alarms[1:2] * 90
    report = shift_report(report_figures(alarms=alarms), "UTC", ENGLISH, SINCE)
    assert len(read(report).pages) > 1
    assert "only the newest are listed" in text_of(report)


def test_a_shift_without_slabs_says_so() -> None:
    said = text_of(shift_report(report_figures((), ()), "UTC", ENGLISH, SINCE))
    assert "No slab was judged in this shift." in said
    assert "No alarm is on record" in said


@pytest.mark.parametrize("language", LANGUAGES)
def test_each_language_is_a4_says_its_language_and_embeds_its_font(language: str) -> None:
    locale = Locale(language, UTC)
    found = read(shift_report(report_figures(), "UTC", locale, SINCE))
    for page in found.pages:
        assert (round(page.mediabox.width), round(page.mediabox.height)) == (595, 842)
        fonts = [font.get_object() for font in page["/Resources"]["/Font"].values()]
        assert any("Vera" in font["/BaseFont"] for font in fonts)
    assert found.trailer["/Root"]["/Lang"] == language
    assert found.metadata is not None
    assert found.metadata.title == heading(report_figures(), locale)


@pytest.mark.parametrize("language", LANGUAGES)
def test_the_fonts_have_every_letter_of_the_catalogue(language: str) -> None:
    register_fonts()
    letters = {one for text in translations(language)._catalog.values() for one in text if one.isalpha()}
    assert len(letters) > 40
    for name in (REGULAR, BOLD):
        known = pdfmetrics.getFont(name).face.charToGlyph
        assert {one for one in letters if ord(one) not in known} <= {"κ"}, name
