"""A camera's newest picture with its region and masks, the figures of its quality, and who changed what."""

from collections.abc import Mapping, Sequence
from typing import Final

from marbleline.console.components.button import button
from marbleline.console.components.markup import Html, el
from marbleline.console.components.table import panel, table
from marbleline.console.i18n.locale import Locale
from marbleline.console.state.images import data_uri, picture_uri
from marbleline.domain.camera_setup import CameraSetup
from marbleline.domain.quality import Quality, QualityGate, quality_issues
from marbleline.domain.region import Region, Shape
from marbleline.domain.verdict import Verdict
from marbleline.settings.secret_files import shown

_GATE: Final = QualityGate()


def picture(verdict: Verdict | None, region: Region, full_image: str | None, locale: Locale) -> Html:
    """The picture; what is not judged is dark."""
    if verdict is None:
        return panel(locale.gettext("setup.picture"), el("p", locale.gettext("setup.no_picture")))
    source = full_image or picture_uri(verdict)
    drawn = el(
        "div",
        el("img", src=source, alt=locale.gettext("setup.alt", camera=verdict.frame.camera), class_="ml-slab")
        if source
        else "",
        el("img", src=_overlay(region), alt="", class_="ml-slab"),
        class_="ml-frame",
        style=f"--ar:{aspect(verdict)}",
    )
    return el("figure", drawn, class_="ml-picture is-setup", data_setup=verdict.frame.camera)


def aspect(verdict: Verdict) -> str:
    """Width by height of the picture, within what a screen can show, for a style."""
    return f"{min(4.0, max(0.4, verdict.width / verdict.height)):.4f}"


def quality(verdict: Verdict, locale: Locale) -> Html:
    """Light, contrast and focus of what is judged of the picture, with their bounds."""
    return figures(verdict.quality, locale)


def figures(found: Quality, locale: Locale) -> Html:
    """Light, contrast and focus as measured, with their bounds."""
    gettext = locale.gettext
    rows = [
        (gettext(f"setup.{name}"), locale.real(value, 1), bounds)
        for name, value, bounds in (
            ("brightness", found.brightness, f"{_GATE.min_brightness:g} … {_GATE.max_brightness:g}"),
            ("contrast", found.contrast, f"≥ {_GATE.min_contrast:g}"),
            ("sharpness", found.sharpness, f"≥ {_GATE.min_sharpness:g}"),
        )
    ]
    head = (gettext("setup.figure"), gettext("setup.value"), gettext("setup.bounds"))
    return panel(
        gettext("setup.figures"), table(head, rows, gettext("setup.figures")), _issues(found, locale)
    )


def mixed(others: Mapping[str, str], locale: Locale) -> str:
    """What to say of other cameras -> their product (empty: the line's) that show the same slabs."""
    line = locale.gettext("source.product.line")
    named = (f"{name} ({product or line})" for name, product in others.items())
    return locale.gettext("source.mixed", others=", ".join(named))


def history(changes: Sequence[CameraSetup], locale: Locale, now: int, *, may_change: bool) -> Html:
    """Who changed what and when, newest first; each but the first can be brought back."""
    gettext = locale.gettext
    title = gettext("setup.history")
    if not changes:
        return panel(title, el("p", gettext("setup.unchanged"), class_="ml-none"))
    rows = []
    for number, one in enumerate(changes):
        again: Html | str = ""
        if number and may_change:
            again = button(gettext("setup.revert"), "revert", one.setup_id)
        rows.append(
            (
                locale.time(one.at, now),
                one.by,
                _source(one, locale),
                one.region or gettext("setup.whole"),
                one.masks or gettext("setup.no_masks"),
                again,
            )
        )
    head = [gettext(f"setup.{name}") for name in ("at", "by", "source", "region", "masks")]
    return panel(title, table((*head, ""), rows, title, words=5), class_="ml-setup-history")


def _source(change: CameraSetup, locale: Locale) -> str:
    if change.removed:
        return locale.gettext("setup.removed")
    return ", ".join(f"{name} = {text}" for name, text in shown(change.texts()).items()) or "-"


def _issues(found: Quality, locale: Locale) -> Html:
    issues = quality_issues(found, _GATE)
    if not issues:
        return el("p", locale.gettext("setup.fine"), class_="ml-dim")
    return el("p", ", ".join(locale.term("reason", one) for one in issues), class_="ml-warn")


def _overlay(region: Region) -> str:
    outer = "M0 0H1V1H0Z"
    outside = f"{outer}{_path(region.outline)}" if region.outline else ""
    masks = "".join(_path(mask) for mask in region.masks)
    svg = (
        '<svg xmlns="http://www.w3.org/2000/svg" viewBox="0 0 1 1" preserveAspectRatio="none">'
        f'<path d="{outside}" fill="#0b0d0f" fill-opacity=".65" fill-rule="evenodd"/>'
        f'<path d="{masks}" fill="#0b0d0f" fill-opacity=".65"/>'
        f'<path d="{_path(region.outline)}{masks}" fill="none" stroke="#6cc7ff" stroke-width="3"'
        ' vector-effect="non-scaling-stroke"/></svg>'
    )
    return data_uri("image/svg+xml", svg.encode())


def _path(shape: Shape) -> str:
    if not shape:
        return ""
    if len(shape) == 2:
        (left, top), (right, bottom) = shape
        shape = ((left, top), (right, top), (right, bottom), (left, bottom))
    return "M" + "L".join(f"{x:g} {y:g}" for x, y in shape) + "Z"
