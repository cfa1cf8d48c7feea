"""The slabs that were found, as a list of small pictures."""

from collections.abc import Mapping, Sequence

from marbleline.console.locale import Locale
from marbleline.console.markup import Html, el
from marbleline.console.parts.shape import shape
from marbleline.console.search import Hit
from marbleline.domain.decision import Decision
from marbleline.domain.label import Truth


def hits(
    found: Sequence[Hit], shown: str | None, truths: Mapping[str, Truth], locale: Locale, now: int
) -> Html:
    """``shown`` is the frame that is open."""
    items = [_item(hit, hit.frame_id == shown, truths.get(hit.frame_id), locale, now) for hit in found]
    return el("ol", *items, class_="ml-hits")


def _item(hit: Hit, shown: bool, truth: Truth | None, locale: Locale, now: int) -> Html:
    slab = hit.slab_id or locale.say("slab.unnamed", sequence=hit.sequence)
    words = locale.known("decision", hit.decision.value)
    if hit.decision is not Decision.GOOD and hit.defect:
        words = f"{words}, {locale.known('defect', hit.defect)}"
    said = ""
    if truth is not None:
        said = locale.say("overrule.disputed") if truth.disputed else locale.known("truth", truth.truth)
    return el(
        "li",
        el(
            "button",
            el("img", src=hit.picture, alt="", class_="ml-hit-picture") if hit.picture else el("span"),
            el("span", shape(hit.decision), class_=f"ml-badge is-{hit.decision.value}"),
            el(
                "span",
                el("strong", slab),
                el("span", words),
                el("span", f"{hit.camera} · {locale.time(hit.captured_at, now)}", class_="ml-dim"),
                class_="ml-hit-words",
            ),
            el("span", said, class_="ml-word") if said else "",
            type="button",
            aria_pressed="true" if shown else "false",
            data_act="open",
            data_frame=hit.frame_id,
        ),
        class_="is-shown" if shown else None,
    )
