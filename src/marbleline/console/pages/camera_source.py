"""The part of the cameras page that adds, changes and removes a camera: its kind, address and settings."""

from collections.abc import Iterable, Sequence
from typing import Final

import streamlit as st

from marbleline.adapters.registry import Adapter
from marbleline.console.components import camera_setup
from marbleline.console.components.button import button
from marbleline.console.components.markup import Html, el, join
from marbleline.console.components.table import panel
from marbleline.console.pages import camera_choice, camera_trial
from marbleline.console.pages.camera_choice import NEW
from marbleline.console.pages.page_frame import PageContext, notify
from marbleline.console.state.camera_actions import SETS_UP
from marbleline.console.state.product_queries import product_names
from marbleline.console.state.recent_verdicts import number_wise
from marbleline.console.state.services import services
from marbleline.console.state.shared_slabs import PRODUCT, would_be_of_another_product
from marbleline.console.state.source_rules import COMMON, settings_of
from marbleline.console.state.user_event import UserEvent
from marbleline.domain.camera_setup import CameraSetup
from marbleline.operations.line_cameras import LineCameras
from marbleline.settings.secret_files import shown
from marbleline.settings.setting import Setting

_MOST: Final = 1_000
_EDITED: Final = "source.edited"


def names(reported: Iterable[str], current: Sequence[CameraSetup]) -> list[str]:
    """The cameras that can be chosen: those that reported, and those that are set here and have not yet."""
    return sorted({*reported, *(one.camera for one in current if one.settings)}, key=number_wise)


def draw(page: PageContext, camera: str, setup: CameraSetup | None, said: LineCameras | None) -> None:
    """Draw the source of a camera; ``said``: what the line on this machine says of its cameras."""
    gettext = page.locale.gettext
    if said is None or camera in said.given:
        words = gettext("source.cluster" if said is None else "source.given")
        st.html(panel(gettext("source.title"), el("p", words, class_="ml-dim")))
        return
    st.html(panel(gettext("source.title"), join(*_state(page, camera, setup, said))))
    if not page.person.may(SETS_UP):
        return
    if not is_edited(camera):
        st.html(el("p", button(gettext("source.edit"), "edit_source", camera)))
        return
    if camera == NEW:
        st.text_input(gettext("source.name"), key="source.name", max_chars=63, width=360)
    before = shown(setup.texts()) if setup is not None else {}
    adapter = _kind(page, camera, before)
    if adapter is None:
        st.html(el("p", gettext("source.no_kinds"), class_="ml-warn"))
        return
    _inputs(page, camera, adapter, before)
    text = gettext("source.add" if camera == NEW else "source.apply")
    buttons = [
        button(text, "set_source", camera, primary=True),
        button(gettext("trial.start"), "try_source", camera),
    ]
    if "genicam" in adapter.schemes:
        buttons.append(button(gettext("trial.discover"), "discover_cameras", camera))
    if camera != NEW and not (setup is not None and setup.removed):
        buttons.append(button(gettext("source.remove"), "remove_camera", camera))
    st.html(el("p", *buttons, class_="ml-moves"))
    if "genicam" in adapter.schemes:
        camera_trial.draw_found(page, camera)
    camera_trial.draw(page, camera)


def is_edited(camera: str) -> bool:
    """Whether this tab shows the inputs of a camera; many of them, so that others do without."""
    return camera in (NEW, st.session_state.get(_EDITED, NEW))


def edit(page: PageContext, event: UserEvent) -> None:
    """Show the inputs of a camera."""
    st.session_state[_EDITED] = event.value


def apply(page: PageContext, event: UserEvent) -> None:
    """Set what the inputs show; of a new camera its name too."""
    name, texts = event.value or str(st.session_state.get("source.name", "")).strip(), typed(event.value)
    made = services().sources.set_source(page.person, name, texts)
    forget(event.value)
    forget(name)
    st.session_state[_EDITED] = made.camera
    camera_choice.choose(made.camera)
    applied = page.locale.gettext("source.applied", camera=made.camera)
    notify(f"{applied} {_others(page, made.camera, texts.get(PRODUCT, ''))}".strip())


def remove(page: PageContext, event: UserEvent) -> None:
    """Have the line run without the camera."""
    made = services().sources.remove_camera(page.person, event.value)
    forget(event.value)
    notify(page.locale.gettext("source.removed", camera=made.camera))


def forget(camera: str) -> None:
    """Show what is set of the camera, not what was typed."""
    for key in [one for one in st.session_state if str(one).startswith(f"source.of.{camera}.")]:
        del st.session_state[key]
    if camera == NEW:
        st.session_state.pop("source.name", None)


def try_source(page: PageContext, event: UserEvent) -> None:
    """Test what the inputs show."""
    camera_trial.start(page, event.value, typed(event.value))


def use_found(page: PageContext, event: UserEvent) -> None:
    """Put a camera that was found into the inputs."""
    camera, _, serial = event.value.partition(" ")
    st.session_state[_key(camera, "kind")] = "genicam"
    st.session_state[_key(camera, "genicam", "where")] = serial


def _state(page: PageContext, camera: str, setup: CameraSetup | None, said: LineCameras) -> list[Html]:
    gettext = page.locale.gettext
    words = []
    if not said.runs(page.snapshot.taken_at):
        words.append(el("p", gettext("source.no_line"), class_="ml-warn"))
    found = said.states.get(camera)
    if camera == NEW:
        words.append(el("p", gettext("source.new.how"), class_="ml-dim"))
    elif setup is not None and setup.removed:
        words.append(el("p", gettext("source.is_removed"), class_="ml-dim"))
    elif setup is None or not setup.settings:
        words.append(el("p", gettext("source.assumed"), class_="ml-dim"))
    elif found is None or said.wanted.get(camera) != setup.texts():
        words.append(el("p", gettext("source.waits"), class_="ml-dim"))
    else:
        warns = "ml-warn" if found.detail else "ml-dim"
        words.append(el("p", gettext(f"process.{found.state.value}"), class_=warns))
        if found.detail:
            words.append(el("p", found.detail, class_="ml-warn"))
    if not page.person.may(SETS_UP):
        texts = shown(setup.texts()) if setup is not None else {}
        words += [el("p", f"{name} = {text}", class_="ml-dim") for name, text in texts.items()]
        words.append(el("p", gettext("source.engineer"), class_="ml-dim"))
    return words


def _kind(page: PageContext, camera: str, before: dict[str, str]) -> Adapter | None:
    adapters = {one.schemes[0]: one for one in services().sources.rules.adapters()}
    if not adapters:
        return None
    key, now = _key(camera, "kind"), before.get("source", "").partition(":")[0]
    st.session_state.setdefault(key, now if now in adapters else next(iter(adapters)))
    kind = st.selectbox(page.locale.gettext("source.kind"), list(adapters), key=key, width=360)
    return adapters[kind]


def _inputs(page: PageContext, camera: str, adapter: Adapter, before: dict[str, str]) -> None:
    """An input for the address and each setting; what they hold is found by ``typed``."""
    kind = adapter.schemes[0]
    scheme, _, where = before.get("source", "").partition(":")
    if adapter.form != f"{kind}:":
        key = _key(camera, kind, "where")
        st.text_input(
            page.locale.gettext("source.where"),
            _shown_first(key, where if scheme == kind else ""),
            key=key,
            help=f"{adapter.form}: {adapter.help}",
            max_chars=_MOST,
        )
    own = before if scheme == kind else {}
    settings = settings_of(adapter)
    columns = st.columns(2)
    for place, setting in enumerate(one for one in settings.values() if one.name not in COMMON):
        with columns[place % 2]:
            _input(camera, kind, setting, own)
    _product_input(page, camera, kind, before)
    if others := _others(page, camera, str(st.session_state.get(_key(camera, kind, PRODUCT), ""))):
        st.html(el("p", others, class_="ml-warn", data_mixed=camera))
    with st.expander(page.locale.gettext("source.more")):
        for name in COMMON:
            if name != PRODUCT:
                _input(camera, kind, settings[name], before)


def _product_input(page: PageContext, camera: str, kind: str, before: dict[str, str]) -> None:
    """Which product the camera's frames are of: the line's, or always one of those that there are."""
    key, gettext = _key(camera, kind, PRODUCT), page.locale.gettext
    chosen = str(st.session_state.setdefault(key, before.get(PRODUCT, "")))
    names = product_names(services().products)
    st.selectbox(
        gettext("source.product"),
        ["", *names, *([chosen] if chosen and chosen not in names else [])],
        key=key,
        format_func=lambda name: name or gettext("source.product.line"),
        help=gettext("source.product.help"),
        width=360,
    )


def _others(page: PageContext, camera: str, wanted: str) -> str:
    """What to say if cameras of the same slabs would have another product than this; empty: nothing."""
    setups = services().cameras.current()
    others = would_be_of_another_product(page.snapshot.recent, setups, camera, wanted)
    return camera_setup.mixed(others, page.locale) if others else ""


def _input(camera: str, kind: str, setting: Setting, before: dict[str, str]) -> None:
    key = _key(camera, kind, setting.name)
    text = _shown_first(key, before.get(setting.name, setting.default))
    choices = setting.kind.metavar.split("|")
    if len(choices) > 1:
        st.selectbox(setting.name, choices, key=key, help=setting.help)
    else:
        what = f"{setting.help} {setting.kind.allowed}"
        st.text_input(setting.name, text, key=key, help=what, max_chars=_MOST, placeholder=setting.default)


def _shown_first(key: str, text: str) -> str:
    """What an input shows until somebody types.

    It is the input's own default too: where a redraw cuts off the one that brings an input, the browser gets
    what the tab's state holds as no change, and would show it empty.
    """
    st.session_state.setdefault(key, text)
    return text


def typed(camera: str) -> dict[str, str]:
    """The settings that the inputs of a camera hold; what is as by default is left out."""
    kind = str(st.session_state.get(_key(camera, "kind"), ""))
    adapter = next((one for one in services().sources.rules.adapters() if kind in one.schemes), None)
    if adapter is None:
        return {}
    where = str(st.session_state.get(_key(camera, kind, "where"), "")).strip()
    texts = {"source": f"{kind}:{where}"}
    for name, setting in settings_of(adapter).items():
        # An input that was emptied is as by default, which it shows then.
        text = str(st.session_state.get(_key(camera, kind, name), "")).strip() or setting.default
        if text != setting.default:
            texts[name] = text
    return texts


def _key(camera: str, *parts: str) -> str:
    return f"source.of.{camera}.{'.'.join(parts)}"
