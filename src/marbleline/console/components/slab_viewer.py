"""What the viewer of one slab shows, in the person's language; ``static/slab_viewer.js`` draws it."""

from typing import Final

from marbleline.console.components.defect_guide import topic_name
from marbleline.console.components.names import slab_name, verdict_text
from marbleline.console.components.overrule import label_words
from marbleline.console.i18n.locale import Locale
from marbleline.console.state.images import data_uri, heat_uri, picture_uri
from marbleline.console.state.slab_view import SlabView
from marbleline.domain.defect_guide import TOPICS
from marbleline.domain.defect_regions import DefectRegion
from marbleline.domain.label import Label
from marbleline.domain.normal_pictures import AROUND
from marbleline.domain.verdict import Verdict

MOST_BESIDE: Final = 8
"""Other pictures of the slab that are shown beside this one."""

TEXTS: Final = (
    "close",
    "fit",
    "larger",
    "smaller",
    "heat",
    "outlines",
    "defects",
    "labels",
    "others",
    "beside",
    "beside.note",
    "guide",
    "keys",
    "stage",
    "strangest",
    "strangest.here",
    "strangest.normal",
    "strangest.note",
    "strangest.show",
)


def shown(
    view: SlabView, picture: str | None, locale: Locale, now: int, *, writes_guide: bool = False
) -> dict[str, object]:
    """The viewer's data. ``picture`` is the address of the picture as captured; without it the verdict's
    thumbnail is shown. ``writes_guide``: whether the person may make the slab an example in the guide.
    """
    verdict = view.verdict
    slab, camera, said = slab_name(verdict, locale), verdict.frame.camera, verdict_text(verdict, locale)
    return {
        "frame": verdict.frame.frame_id,
        "title": slab,
        "said": f"{said} · {camera} · {locale.time(verdict.frame.captured_at, now)}",
        "alt": locale.gettext("slab.picture", slab=slab, camera=camera, verdict=said),
        "picture": picture or picture_uri(verdict),
        "original": picture is not None,
        "heat": heat_uri(verdict),
        "width": verdict.width,
        "height": verdict.height,
        "note": _note(view, picture, locale),
        "defects": [_outline(one, view, locale) for one in view.defects],
        "strangest": _strangest(view),
        "labels": [_label(one, locale) for one in view.truth.labels] if view.truth else [],
        "others": [_other(one, locale, now) for one in (*view.shadows, *view.others)],
        "beside": [_beside(one, locale) for one in _pictures_beside(view)],
        "guide": _guide(locale) if writes_guide and view.picture is not None else [],
        "texts": {name: locale.gettext(f"viewer.{name}") for name in TEXTS},
    }


def _guide(locale: Locale) -> list[dict[str, str]]:
    return [{"topic": topic, "text": topic_name(topic, locale)} for topic in TOPICS]


def size(defect: DefectRegion, view: SlabView, locale: Locale) -> str:
    """Width by height: in millimetres where the slab was measured, else in pixels."""
    across, down = view.mm or (1.0, 1.0)
    digits = 1 if view.mm else 0
    _, _, width, height = defect.box
    wide = locale.real(width * view.verdict.width * across, digits)
    high = locale.real(height * view.verdict.height * down, digits)
    return f"{wide} x {high} {'mm' if view.mm else 'px'}"


def _outline(defect: DefectRegion, view: SlabView, locale: Locale) -> dict[str, object]:
    name, sure = locale.term("defect", view.verdict.defect or ""), locale.percent(defect.probability)
    return {
        "box": list(defect.box),
        "outline": [list(corner) for corner in defect.outline],
        "text": f"{name}, {sure}: {size(defect, view, locale)}",
    }


def _strangest(view: SlabView) -> dict[str, object] | None:
    """The strangest patch and what is around it, in shares of the picture, and the good patch beside it."""
    patch = view.verdict.strangest
    if patch is None or view.normal is None:
        return None
    return {
        "box": [patch.left, patch.top, patch.width, patch.height],
        "around": [
            patch.left - AROUND * patch.width,
            patch.top - AROUND * patch.height,
            (1 + 2 * AROUND) * patch.width,
            (1 + 2 * AROUND) * patch.height,
        ],
        "normal": data_uri("image/webp", view.normal),
    }


def _note(view: SlabView, picture: str | None, locale: Locale) -> str:
    """How good what is shown is: thumbnail instead of the original, and the resolution of the outlines."""
    words = [] if picture else [locale.gettext("viewer.thumbnail")]
    if view.defects:
        heat, (across, down) = view.verdict.heatmap, view.mm or (1.0, 1.0)
        cell = max(view.verdict.width * across / heat.columns, view.verdict.height * down / heat.rows)
        unit = "mm" if view.mm else "px"
        words.append(locale.gettext("viewer.resolution", size=f"{locale.real(cell, 0)} {unit}"))
    return " ".join(words)


def _label(label: Label, locale: Locale) -> dict[str, str]:
    return {"text": label_words(label, locale), "note": label.note}


def _pictures_beside(view: SlabView) -> list[Verdict]:
    """The newest verdict of each other picture of the slab, by camera and tile."""
    newest = {(one.frame.camera, one.frame.tile or 0): one for one in reversed(view.others)}
    own = (view.verdict.frame.camera, view.verdict.frame.tile or 0)
    return [newest[place] for place in sorted(newest) if place != own][:MOST_BESIDE]


def _beside(verdict: Verdict, locale: Locale) -> dict[str, object]:
    frame = verdict.frame
    where = frame.camera
    if frame.tile is not None:
        where += " · " + locale.gettext("viewer.tile", number=locale.number(frame.tile))
    said, slab = verdict_text(verdict, locale), slab_name(verdict, locale)
    return {
        "frame": frame.frame_id,
        "text": f"{where} · {said}",
        "alt": locale.gettext("slab.picture", slab=slab, camera=where, verdict=said),
        "picture": picture_uri(verdict),
        "heat": heat_uri(verdict),
    }


def _other(verdict: Verdict, locale: Locale, now: int) -> dict[str, str]:
    model = locale.gettext("model", model=verdict.model.name, version=verdict.model.version)
    at = locale.time(verdict.stages.decided_at, now)
    return {
        "frame": verdict.frame.frame_id,
        "text": f"{at} · {verdict.frame.camera} · {verdict_text(verdict, locale)} · {model}",
    }
