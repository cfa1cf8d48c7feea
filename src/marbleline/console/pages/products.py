"""The products page: list, switch, and the guided commissioning of one."""

from collections.abc import Callable
from typing import Final

import streamlit as st

from marbleline.console.components import commissioning, products, verdict
from marbleline.console.components.button import button
from marbleline.console.components.commissioning import Step
from marbleline.console.components.markup import el
from marbleline.console.components.table import panel
from marbleline.console.pages import risk_targets
from marbleline.console.pages.page_frame import (
    EventHandler,
    PageContext,
    handle_events,
    notify,
    page_context,
    show_failed_query,
)
from marbleline.console.state import product_queries
from marbleline.console.state.freshness import CameraStatus, Freshness
from marbleline.console.state.product_actions import SETS_UP, SWITCHES, ProductActions
from marbleline.console.state.product_queries import Products
from marbleline.console.state.selection import DisplayedSlab
from marbleline.console.state.services import services
from marbleline.console.state.user_event import UserEvent
from marbleline.domain.version_labels import CANDIDATE
from marbleline.errors import MarblelineError
from marbleline.training.commission.risk import labels_needed
from marbleline.training.commission.thresholds import LEAST_GOOD
from marbleline.training.guided.job import JobState
from marbleline.training.guided.questions import AskedFrame

REFRESH_S: Final = 2.0
_MOST_SKIPPED: Final = 500


def draw() -> None:
    """Draw the page."""
    _content()


@st.fragment
def _content() -> None:
    page, product_actions = page_context("products"), services().products
    handle_events(page, REFRESH_S)
    try:
        found = product_queries.products(product_actions)
    except MarblelineError as error:
        show_failed_query(page, error)
        return
    st.html(products.current(found, page.locale, page.snapshot.taken_at))
    left, right = st.columns([2, 5], gap="small")
    chosen = _chosen(found)
    with left:
        st.html(products.listed(found, chosen, page.person, page.locale))
        if found.found is not None and page.person.may(SETS_UP):
            _new_product(page, found)
    with right:
        if found.found is None:
            _no_models(page)
        else:
            _steps(page, product_actions, found, chosen)


def _chosen(found: Products) -> str:
    """The product that is looked at: the chosen one, else the one that the line inspects."""
    wanted = st.session_state.get("products.chosen", "")
    return wanted if wanted in (found.found or {}) else found.current


def _new_product(page: PageContext, found: Products) -> None:
    gettext, names = page.locale.gettext, list(found.found or {})
    with st.expander(gettext("products.new")):
        st.text_input(gettext("products.name"), key="products.name", max_chars=60)
        start = st.selectbox(
            gettext("products.from"),
            names,
            index=names.index(found.current) if found.current in names else 0,
            key="products.from",
        )
        st.html(button(gettext("products.create"), "create", start or ""))


def _no_models(page: PageContext) -> None:
    gettext, command = page.locale.gettext, "kubectl exec deploy/marbleline-publisher -- marbleline product"
    st.html(
        panel(
            gettext("products.no_models"),
            el("p", gettext("products.no_models.why")),
            el("pre", f"{command} list\n{command} use NAME"),
        )
    )


def _steps(page: PageContext, product_actions: ProductActions, found: Products, chosen: str) -> None:
    shown = Step(st.session_state.get("products.step", Step.WATCH))
    st.html(commissioning.stepper(shown, page.locale))
    draws: dict[Step, Callable[[PageContext, ProductActions, str], None]] = {
        Step.WATCH: _watch,
        Step.ANSWER: _answer,
        Step.LEARN: _learn,
        Step.ACTIVATE: _activate,
        Step.TARGETS: risk_targets.draw,
    }
    try:
        if chosen not in (found.found or {}):
            st.html(el("p", page.locale.gettext("products.unknown", name=chosen), class_="ml-warn"))
            return
        draws[shown](page, product_actions, chosen)
    except MarblelineError as error:
        show_failed_query(page, error)


def _watch(page: PageContext, product_actions: ProductActions, product: str) -> None:
    on_the_line = product_queries.products(product_actions).current == product
    seen = product_queries.seen(product_actions, product)
    st.html(commissioning.watched(seen, page.locale, on_the_line=on_the_line))


def _answer(page: PageContext, product_actions: ProductActions, product: str) -> None:
    locale = page.locale
    risk = product_actions.place.repository.read(product).risk
    labels = product_queries.label_counts(product_actions, product)
    needed = labels_needed(risk.escapes, risk.confidence)
    st.html(commissioning.progress(labels, LEAST_GOOD, needed, locale))
    if not page.person.may(SWITCHES):
        st.html(el("p", locale.gettext("answer.not_allowed"), class_="ml-dim"))
        return
    asked = _question(product_actions, product)
    slab = None if asked is None else services().actions.find(asked.frame_id)
    if asked is None or slab is None:
        st.html(el("p", locale.gettext("answer.no_more"), class_="ml-dim"))
        return
    st.html(commissioning.answers(asked, locale))
    shown = DisplayedSlab(slab, CameraStatus(Freshness.ONLINE, None), held=False)
    # Without the heat map: a label must not repeat what the model thinks.
    picture = verdict.picture(
        shown,
        locale,
        page.snapshot.taken_at,
        heat=False,
        full_image=services().full_images.data_uri(asked.frame_id),
    )
    st.html(el("div", picture, class_="ml-stage is-question"))


def _question(product_actions: ProductActions, product: str) -> AskedFrame | None:
    """The first question of the round that nobody has answered; a new round when none is left."""
    answered: set[str] = st.session_state.setdefault("products.answered", set())
    for _ in range(2):
        kept: tuple[str, list[AskedFrame]] = st.session_state.get("products.round", ("", []))
        left = [one for one in kept[1] if one.frame_id not in answered] if kept[0] == product else []
        if left:
            return left[0]
        st.session_state["products.round"] = (
            product,
            product_queries.next_round(product_actions, product, frozenset(answered)),
        )
    return None


def _learn(page: PageContext, product_actions: ProductActions, product: str) -> None:
    locale, gettext = page.locale, page.locale.gettext
    labels = product_queries.label_counts(product_actions, product)
    job = product_queries.job(product_actions, product)
    running = job is not None and job.state is JobState.RUNNING
    limit = product_actions.place.limit()
    st.html(el("p", locale.ngettext("learn.labels", labels.good + labels.faulty), class_="ml-dim"))
    if limit is not None:
        st.html(el("p", gettext(f"learn.{limit.value}"), class_="ml-warn"))
        st.html(el("pre", f"marbleline product learn {product} --by {page.person.name}"))
    elif page.person.may(SETS_UP):
        st.html(button(gettext("learn.start"), "learn", product, disabled=running, primary=True))
    else:
        st.html(el("p", gettext("products.engineer"), class_="ml-dim"))
    st.html(commissioning.job_state(job, locale, page.snapshot.taken_at))
    found = product_queries.outcomes(product_actions, product)
    if found:
        st.html(commissioning.outcome(found[max(found)], locale))
        st.html(commissioning.curve(found, locale))


def _activate(page: PageContext, product_actions: ProductActions, product: str) -> None:
    gettext = page.locale.gettext
    summary = product_queries.summary(product_actions, product)
    candidate = next((number for number, names in summary.labels.items() if CANDIDATE in names), None)
    outcome = None if candidate is None else product_queries.outcomes(product_actions, product).get(candidate)
    st.html(el("p", gettext("activate.stable", version=summary.stable or "-"), class_="ml-figure is-small"))
    if outcome is None:
        st.html(el("p", gettext("activate.none"), class_="ml-dim"))
        return
    if page.person.may(SETS_UP):
        words = gettext("activate.start", version=outcome.version)
        st.html(button(words, "activate", f"{product} {outcome.version}", primary=True))
    else:
        st.html(el("p", gettext("products.engineer"), class_="ml-dim"))
    st.html(commissioning.outcome(outcome, page.locale))


def _choose(page: PageContext, event: UserEvent) -> None:
    st.session_state["products.chosen"] = event.value


def _step(page: PageContext, event: UserEvent) -> None:
    if event.value in tuple(Step):
        st.session_state["products.step"] = Step(event.value)


def _switch(page: PageContext, event: UserEvent) -> None:
    services().products.switch(page.person, event.value)
    st.session_state["products.chosen"] = event.value
    notify(page.locale.gettext("products.switched", name=event.value))


def _create(page: PageContext, event: UserEvent) -> None:
    name = str(st.session_state.get("products.name", "")).strip()
    services().products.create(page.person, name, event.value)
    st.session_state["products.chosen"] = name
    notify(page.locale.gettext("products.created", name=name))


def _save_answer(page: PageContext, event: UserEvent) -> None:
    truth, _, why = event.value.partition(" ")
    found = services().products.answer(page.person, event.frame_id, truth, why)
    _forget(event.frame_id)
    if found is None:
        notify(page.locale.gettext("overrule.gone"), "failed")


def _skip(page: PageContext, event: UserEvent) -> None:
    _forget(event.frame_id)


def _forget(frame_id: str) -> None:
    """Do not ask this again in this session."""
    answered: set[str] = st.session_state.setdefault("products.answered", set())
    if len(answered) >= _MOST_SKIPPED:
        answered.clear()
    answered.add(frame_id)


def _start_learning(page: PageContext, event: UserEvent) -> None:
    services().products.learn(page.person, event.value)
    notify(page.locale.gettext("learn.started"))


def _start_judging(page: PageContext, event: UserEvent) -> None:
    product, _, version = event.value.partition(" ")
    move = services().products.activate(page.person, product, int(version) if version.isdecimal() else 0)
    notify(page.locale.gettext("activate.done", version=move.after))


HANDLERS: Final[dict[str, EventHandler]] = {
    "choose": _choose,
    "step": _step,
    "switch": _switch,
    "create": _create,
    "answer": _save_answer,
    "skip": _skip,
    "learn": _start_learning,
    "activate": _start_judging,
    "targets": risk_targets.apply,
}
