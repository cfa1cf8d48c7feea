"""The whole slab: its tiles and its defects, where they lie, and what was decided of it."""

from collections.abc import Iterator
from typing import Final

from marbleline.console.components.markup import Html, el
from marbleline.console.components.shape import badge
from marbleline.console.components.table import panel
from marbleline.console.i18n.locale import Locale
from marbleline.console.state.images import data_uri
from marbleline.domain.slab import SLAB_REASONS, SlabDefect, SlabTile, SlabVerdict, Unit

MOST_LISTED: Final = 8
"""Defects that are listed with figures; all are drawn."""


def slab_map(slab: SlabVerdict, shown: str, locale: Locale) -> Html:
    """The map; ``shown`` is the frame whose tile is open. Each tile that was judged opens its frame."""
    drawn = el(
        "div",
        *(_tile(one, slab, one.frame_id == shown, locale) for one in slab.tiles),
        *(_box_of(one, slab, locale) for one in slab.defects if not one.outline),
        _outlines(slab),
        class_="ml-slab-map",
        style=f"aspect-ratio:{_aspect(slab):.3f}",
    )
    return panel(locale.gettext("slab_map"), _said(slab, locale), drawn, _list(slab, locale))


def _said(slab: SlabVerdict, locale: Locale) -> Html:
    words = [locale.gettext("slab_map.seen", seen=slab.frames_seen, expected=slab.frames_expected)]
    if slab.grade:
        words.append(locale.gettext("slab_map.grade", grade=slab.grade))
    words += [
        locale.term("slab_reason" if reason in SLAB_REASONS else "reason", reason) for reason in slab.reasons
    ]
    return el(
        "p",
        badge(slab.decision),
        el("strong", locale.term("decision", slab.decision.value)),
        el("span", ", ".join(words), class_="ml-dim"),
        class_="ml-map-said",
        data_slab=slab.decision.value,
    )


def _tile(tile: SlabTile, slab: SlabVerdict, shown: bool, locale: Locale) -> Html:
    place = _box(tile.left, tile.top, tile.width, tile.height, slab)
    if tile.decision is None or tile.frame_id is None:
        words = locale.gettext("slab_map.missing", tile=tile.tile)
        return el(
            "span",
            str(tile.tile),
            title=words,
            aria_label=words,
            class_="ml-map-tile is-missing",
            style=place,
        )
    decision = locale.term("decision", tile.decision.value)
    words = locale.gettext("slab_map.tile", tile=tile.tile, decision=decision)
    return el(
        "button",
        str(tile.tile),
        type="button",
        title=words,
        aria_label=words,
        aria_pressed="true" if shown else "false",
        class_=f"ml-map-tile is-{tile.decision.value}",
        style=place,
        data_action="open",
        data_frame=tile.frame_id,
    )


def _outlines(slab: SlabVerdict) -> Html | str:
    """The outlines of the defects: a light line on a dark one, so that it is seen on any stone."""
    across, down = slab.width or 1.0, slab.height or 1.0
    shapes = [[(x / across, y / down) for x, y in one.outline] for one in slab.defects if one.outline]
    if not shapes:
        return ""
    path = "".join("M" + "L".join(f"{x:.4f} {y:.4f}" for x, y in shape) + "Z" for shape in shapes)
    lines = "".join(
        f'<path d="{path}" fill="none" stroke="{colour}" stroke-width="{width}" stroke-linejoin="round"'
        ' vector-effect="non-scaling-stroke"/>'
        for colour, width in (("#0b0d0f", 4), ("#fff", 2))
    )
    svg = (
        f'<svg xmlns="http://www.w3.org/2000/svg" viewBox="0 0 1 1" preserveAspectRatio="none">{lines}</svg>'
    )
    return el("img", src=data_uri("image/svg+xml", svg.encode()), alt="", class_="ml-map-outlines")


def _box_of(defect: SlabDefect, slab: SlabVerdict, locale: Locale) -> Html:
    """The box of a defect without an outline: an older version judged it."""
    return el(
        "span",
        title=_words(defect, slab, locale),
        class_="ml-map-defect",
        style=_box(defect.left, defect.top, defect.width, defect.height, slab),
    )


def _list(slab: SlabVerdict, locale: Locale) -> Html | str:
    if not slab.defects:
        return ""
    items = [el("li", words) for words in _listed(slab, locale)]
    return el("ol", *items, class_="ml-map-defects")


def _listed(slab: SlabVerdict, locale: Locale) -> Iterator[str]:
    for defect in slab.defects[:MOST_LISTED]:
        yield _words(defect, slab, locale)
    if (rest := len(slab.defects) - MOST_LISTED) > 0:
        yield locale.ngettext("slab_map.more", rest)


def _words(defect: SlabDefect, slab: SlabVerdict, locale: Locale) -> str:
    name, share = locale.term("defect", defect.defect), locale.percent(defect.probability)
    if slab.unit is Unit.SHARE:
        x, y = locale.percent(defect.x), locale.percent(defect.y)
        return locale.gettext("slab_map.defect", defect=name, percent=share, x=x, y=y)
    x, y, length = (locale.real(value, 0) for value in (defect.x, defect.y, defect.length))
    return locale.gettext("slab_map.defect_mm", defect=name, percent=share, x=x, y=y, length=length)


def _aspect(slab: SlabVerdict) -> float:
    """Width over height; of a slab without measures by its tiles, as if each were of 4:3."""
    if slab.unit is Unit.MM and slab.height:
        return slab.width / slab.height
    rows = len({round(tile.top, 6) for tile in slab.tiles}) or 1
    columns = -(-len(slab.tiles) // rows) or 1
    return columns / rows * 4 / 3


def _box(left: float, top: float, width: float, height: float, slab: SlabVerdict) -> str:
    across, down = slab.width or 1.0, slab.height or 1.0
    sides = {
        "left": left / across,
        "top": top / down,
        "width": width / across,
        "height": height / down,
    }
    return ";".join(f"{name}:{value * 100:.2f}%" for name, value in sides.items())
