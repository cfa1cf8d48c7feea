"""The message catalogues, one ``.po`` file a language, read when a browser first asks for the language.

Message ids are keys such as ``page.live``, for many English words need more than one translation ("Review" is
a page, a decision and a column); ``en.po`` has the English texts. There is no compiled ``.mo`` that could
disagree with its source: to parse a file takes about 10 ms.
"""

import gettext
import io
from functools import lru_cache
from pathlib import Path
from typing import Final

from babel.messages.mofile import write_mo
from babel.messages.pofile import read_po

LANGUAGES: Final = ("en", "es", "it", "tr")

FOLDER: Final = Path(__file__).with_name("catalogues")


@lru_cache(maxsize=len(LANGUAGES))
def translations(language: str) -> gettext.GNUTranslations:
    """The texts of one of ``LANGUAGES``."""
    with (FOLDER / f"{language}.po").open("rb") as file:
        catalogue = read_po(file, locale=language)
    compiled = io.BytesIO()
    write_mo(compiled, catalogue)
    compiled.seek(0)
    return gettext.GNUTranslations(compiled)
