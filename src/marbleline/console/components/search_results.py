"""The slabs that were found, as a list of small pictures."""

from collections.abc import Mapping, Sequence

from marbleline.console.components.markup import Html, el
from marbleline.console.components.shape import badge
from marbleline.console.i18n.locale import Locale
from marbleline.console.state.search import SearchHit
from marbleline.domain.decision import Decision
from marbleline.domain.label import Truth


def search_results(
    found: Sequence[SearchHit],
    shown: str | None,
    truths: Mapping[str, Truth],
    locale: Locale,
    now: int,
    address: str = "",
) -> Html:
    """``shown`` is the frame that is open. ``address``: of the page that a slab leads to; empty: it is opened
    by the page that has the list.
    """
    items = [
        _item(hit, hit.frame_id == shown, truths.get(hit.frame_id), locale, now, address) for hit in found
    ]
    return el("ol", *items, class_="ml-hits")


def _item(hit: SearchHit, shown: bool, truth: Truth | None, locale: Locale, now: int, address: str) -> Html:
    slab = hit.slab_id or locale.gettext("slab.unnamed", sequence=hit.sequence)
    words = locale.term("decision", hit.decision.value)
    if hit.decision is not Decision.GOOD and hit.defect:
        words = f"{words}, {locale.term('defect', hit.defect)}"
    label = ""
    if truth is not None:
        label = locale.gettext("overrule.disputed") if truth.disputed else locale.term("truth", truth.truth)
    inside = (
        el("img", src=hit.picture, alt="", class_="ml-hit-picture") if hit.picture else el("span"),
        badge(hit.decision),
        el(
            "span",
            el("strong", slab),
            el("span", words),
            el("span", f"{hit.camera} · {locale.time(hit.captured_at, now)}", class_="ml-dim"),
            class_="ml-hit-words",
        ),
        el("span", label, class_="ml-word") if label else "",
    )
    if address:
        return el("li", el("a", *inside, href=f"{address}?frame={hit.frame_id}"))
    button = el(
        "button",
        *inside,
        type="button",
        aria_pressed="true" if shown else "false",
        data_action="open",
        data_frame=hit.frame_id,
    )
    return el("li", button, class_="is-shown" if shown else None)
