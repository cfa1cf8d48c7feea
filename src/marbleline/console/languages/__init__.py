"""The screen's texts by language; each has every text that ``english`` has, and the tests hold them to it."""

from collections.abc import Mapping
from typing import Final

from marbleline.console.languages.english import ENGLISH
from marbleline.console.languages.italian import ITALIAN
from marbleline.console.languages.spanish import SPANISH
from marbleline.console.languages.turkish import TURKISH

LANGUAGES: Final[Mapping[str, Mapping[str, str]]] = {
    "en": ENGLISH,
    "es": SPANISH,
    "it": ITALIAN,
    "tr": TURKISH,
}


def language_of(tag: str | None) -> str:
    """The language for a browser's tag such as ``it-CH``; English for one that there isn't."""
    language = (tag or "").split("-")[0].lower()
    return language if language in LANGUAGES else "en"
