"""The fonts of a report: Bitstream Vera, which reportlab brings, embedded as the glyphs that are used.

It has all letters of the console's languages, the Turkish ones among them; the fonts that every PDF viewer
has by itself (Helvetica) have not.
"""

from functools import cache
from typing import Final

from reportlab.pdfbase import pdfmetrics
from reportlab.pdfbase.ttfonts import TTFont

REGULAR: Final = "Vera"
BOLD: Final = "VeraBd"


@cache
def register_fonts() -> None:
    """Make the fonts known to reportlab, once in a process."""
    for name in (REGULAR, BOLD):
        pdfmetrics.registerFont(TTFont(name, f"{name}.ttf"))
    pdfmetrics.registerFontFamily(REGULAR, normal=REGULAR, bold=BOLD, italic=REGULAR, boldItalic=BOLD)
