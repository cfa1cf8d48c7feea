"""The pages, in the order of the links on top; the first one is the start page.

To add a page: a module ``NAME.py`` in this package with a function ``draw()`` and its event handlers in
``HANDLERS``, its name in ``PAGES``, and the message ``page.NAME`` in each language.
"""

from collections.abc import Callable
from importlib import import_module
from typing import Final

PAGES: Final = (
    "live",
    "review",
    "guide",
    "alarms",
    "shift",
    "quality",
    "search",
    "line",
    "cameras",
    "products",
    "studio",
)
"""Names: of the module, of the message that is its title, and of the path in the address."""


def draw_function(name: str) -> Callable[[], None]:
    """The function that draws the page; imported late, because the pages' frame gets its links from here."""
    draw: Callable[[], None] = import_module(f"marbleline.console.pages.{name}").draw
    return draw
