"""The plant's guide to defects: what it says of each class with pictures, and its versions."""

from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from typing import Final

from marbleline.console.components.button import button
from marbleline.console.components.markup import Html, el
from marbleline.console.components.shape import shape
from marbleline.console.components.table import Cell, panel, table
from marbleline.console.i18n.locale import Locale
from marbleline.domain.decision import Decision
from marbleline.domain.defect_guide import MOST_PICTURES, TOPICS, GuideEntry

GUIDE_KEY: Final = "g"
_EXCERPT: Final = 120


@dataclass(frozen=True, slots=True)
class GuideView:
    """What of a guide is shown to whom. ``now`` in microseconds UTC.

    ``pictures``  addresses of an entry's pictures, by entry id
    ``writes``    whether the person may write it
    ``slab``      frame id of the slab that can be made an example; empty: none
    ``marked``    whether a part of that slab's picture is marked
    """

    product: str
    entries: Mapping[str, GuideEntry]
    pictures: Mapping[str, Sequence[str]]
    locale: Locale
    now: int
    writes: bool
    slab: str = ""
    marked: bool = False


def topic_name(topic: str, locale: Locale) -> str:
    """A class as labels name it, or when to say review."""
    return locale.gettext("guide.review") if topic == Decision.REVIEW else locale.term("truth", topic)


def cards(
    view: GuideView, topics: Sequence[str] = TOPICS, *, edits: bool = False, opens: bool = True
) -> Html:
    """A card for each topic; ``edits``: with the buttons to change it, for those who may.

    ``opens``: with the one that opens its text to be written anew.
    """
    edits = edits and view.writes
    made = [_card(topic, view, "h2", edits=edits, opens=edits and opens) for topic in topics]
    return el("div", *made, class_="ml-guide")


def introduction(view: GuideView) -> Html | str:
    """What the guide is and how it comes to be, while it says nothing; empty afterwards."""
    if any(not entry.empty for entry in view.entries.values()):
        return ""
    gettext = view.locale.gettext
    hint = "guide.empty.write" if view.writes else "guide.empty.read"
    return el("p", gettext("guide.empty", product=view.product), " ", gettext(hint), class_="ml-guide-empty")


def drawer(view: GuideView) -> Html:
    """The guide beside the slab, with a way to make the slab an example."""
    gettext = view.locale.gettext
    title = gettext("guide.title", product=view.product)
    return el(
        "aside",
        el(
            "div",
            el("h2", title),
            button(gettext("guide.close"), "guide"),
            class_="ml-guide-head",
        ),
        introduction(view),
        el("div", *(_card(topic, view, "h3") for topic in TOPICS), class_="ml-guide"),
        el("a", gettext("guide.whole"), href=f"guide?product={view.product}", data_page="guide"),
        class_="ml-guide-drawer",
        aria_label=title,
        tabindex=0,
    )


def versions(entries: Sequence[GuideEntry], locale: Locale, now: int, *, writes: bool) -> Html:
    """Who wrote what and when, newest first; each but the first can be brought back."""
    gettext = locale.gettext
    title = gettext("guide.versions")
    if not entries:
        return panel(title, el("p", gettext("guide.unwritten"), class_="ml-none"))
    rows: list[list[Cell]] = []
    for number, one in enumerate(entries):
        again: Cell = ""
        if number and writes:
            again = button(gettext("setup.revert"), "revert", f"{one.topic} {one.entry_id}")
        cut = one.text[:_EXCERPT] + ("…" if len(one.text) > _EXCERPT else "")
        rows.append([locale.time(one.at, now), one.by, cut or "-", locale.number(len(one.pictures)), again])
    head = [gettext(f"guide.{name}") for name in ("at", "by", "text", "pictures")]
    body = table((*head, ""), rows, title, words=3)
    scrolled = el("div", body, class_="ml-guide-versions", tabindex=0, role="group", aria_label=title)
    return panel(title, scrolled)


def _card(topic: str, view: GuideView, heading: str, *, edits: bool = False, opens: bool = False) -> Html:
    locale, gettext, entry = view.locale, view.locale.gettext, view.entries.get(topic)
    name = topic_name(topic, locale)
    decision = Decision(topic) if topic in tuple(Decision) else Decision.FAULTY
    if entry is None or entry.empty:
        body: list[Cell] = [el("p", gettext("guide.nothing"), class_="ml-dim")]
    else:
        body = [el("p", entry.text, class_="ml-guide-text")] if entry.text else []
        body.append(_pictures(entry, name, view, edits=edits))
        written = gettext("guide.written", name=entry.by, time=locale.time(entry.at, view.now))
        body.append(el("p", written, class_="ml-dim ml-guide-by"))
    if opens:
        body.append(button(_about(gettext("guide.edit"), name), "edit", topic))
    full = entry is not None and len(entry.pictures) >= MOST_PICTURES
    if view.slab and view.writes and not full:
        words = gettext("guide.use.marked" if view.marked else "guide.use")
        body.append(button(_about(words, name), "add_example", topic, frame=view.slab))
    return el(
        "section",
        el(heading, el("span", shape(decision), class_=f"ml-guide-mark is-{decision.value}"), name),
        *body,
        class_="ml-panel ml-guide-card",
        data_topic=topic,
    )


def _pictures(entry: GuideEntry, name: str, view: GuideView, *, edits: bool) -> Cell:
    gettext = view.locale.gettext
    figures = []
    for place, (address, one) in enumerate(
        zip(view.pictures.get(entry.entry_id, ()), entry.pictures, strict=False)
    ):
        title = gettext("guide.example", topic=name, number=view.locale.number(place + 1))
        caption = gettext("slab", slab=one.slab_id) if one.slab_id else ""
        value = f"{entry.topic} {entry.entry_id} {place}"
        figures.append(
            el(
                "figure",
                el("img", src=address, alt=title),
                el("figcaption", caption) if caption else "",
                button(_about(gettext("guide.remove"), title), "remove_example", value) if edits else "",
            )
        )
    return el("div", *figures, class_="ml-guide-pictures") if figures else ""


def _about(words: str, what: str) -> Html:
    """The words of a button, with what it is about for those who do not see where it stands."""
    return el("span", words, el("span", f": {what}", class_="ml-unseen"))
