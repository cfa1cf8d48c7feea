"""The three decisions as shapes: distinguished without colour, and from three metres.

A tick in a disc, a cross, a question mark in a triangle: the outlines alone differ.
"""

from functools import lru_cache
from typing import Final

from marbleline.console.components.markup import Html, el
from marbleline.console.state.images import data_uri
from marbleline.domain.decision import Decision

_INK: Final = {"light": ("#ffffff", "#0b0d0f"), "dark": ("#0b0d0f", "#ffffff")}

_DRAWN: Final = {
    Decision.GOOD: '<circle cx="32" cy="32" r="29" fill="{ink}"/>'
    '<path d="M18 33 28 43 47 22" fill="none" stroke="{paper}" stroke-width="7.5" '
    'stroke-linecap="round" stroke-linejoin="round"/>',
    Decision.FAULTY: '<path d="M12 12 52 52M52 12 12 52" fill="none" stroke="{ink}" stroke-width="15" '
    'stroke-linecap="round"/>',
    Decision.REVIEW: '<path d="M32 7 60 56H4Z" fill="{ink}" stroke="{ink}" stroke-width="6" '
    'stroke-linejoin="round"/><path d="M25 30a7.5 7.5 0 1 1 11 6.5c-3 1.8-3.5 2.7-3.5 5.5" fill="none" '
    'stroke="{paper}" stroke-width="5" stroke-linecap="round"/><circle cx="32.4" cy="50" r="3.2" '
    'fill="{paper}"/>',
}


def shape(decision: Decision, *, ink: str | None = None) -> Html:
    """A decision's shape as a picture without a text of its own: the word stands beside it.

    ``ink`` is ``light`` or ``dark``; by default the one that is seen on the decision's own colour.
    """
    ink = ink or ("dark" if decision is Decision.REVIEW else "light")
    return el("img", src=_uri(decision, ink), alt="", class_="ml-shape", aria_hidden="true")


def badge(decision: Decision) -> Html:
    """The shape on the decision's own colour, for a corner of a picture or beside a figure."""
    return el("span", shape(decision), class_=f"ml-badge is-{decision.value}")


@lru_cache(maxsize=16)
def _uri(decision: Decision, ink: str) -> str:
    colour, paper = _INK[ink]
    drawn = _DRAWN[decision].format(ink=colour, paper=paper)
    svg = f'<svg xmlns="http://www.w3.org/2000/svg" viewBox="0 0 64 64">{drawn}</svg>'
    return data_uri("image/svg+xml", svg.encode())
