"""What every page has around it: the bar on top, which the app draws, the last action's message, events."""

import logging
from collections.abc import Callable, Mapping
from dataclasses import dataclass
from importlib import import_module

import streamlit as st

from marbleline.console.auth.roles import Person
from marbleline.console.components.markup import Html, el, join
from marbleline.console.i18n.locale import Locale
from marbleline.console.pages import navigation, session, tab_view
from marbleline.console.pages.event_listener import listen
from marbleline.console.state.services import services
from marbleline.console.state.snapshot import Snapshot
from marbleline.console.state.user_event import UserEvent
from marbleline.console.stream.tabs import ActionMessage
from marbleline.errors import AccessDenied, MarblelineError, Unavailable

log = logging.getLogger("marbleline.console")

EventHandler = Callable[["PageContext", UserEvent], None]


@dataclass(frozen=True, slots=True)
class PageContext:
    """One run of one page for one person."""

    name: str
    person: Person
    locale: Locale
    snapshot: Snapshot


def page_context(name: str) -> PageContext:
    """What the page of that name is drawn from. Ends the run if the person is not let in any more, or wants
    another page.
    """
    person = session.person()
    if person is None:
        st.rerun()  # the app draws the sign-in page
    navigation.switch_if_requested(name)
    page = PageContext(name, person, session.locale(), services().feed.snapshot())
    tab_view.show(page.name, page.person, page.locale, page.snapshot)
    return page


def show_bar(name: str) -> None:
    """The bar, and what is wrong with the connections; ``name`` is the page below it."""
    page_context(name)
    st.html(place("bar"))


def place(part: str, **attributes: str) -> Html:
    """Where the browser puts the part of that name, which the stream sends: ``console.stream.drawing``."""
    return el("div", data_part=part, **attributes)


def handlers_of(name: str) -> Mapping[str, EventHandler]:
    """All that a browser may ask of the page of that name, by action: the module's ``HANDLERS``.

    ``tests/unit/console/pages/test_page_frame.py`` asks for each of them without the role that it needs.
    """
    handlers: Mapping[str, EventHandler] = import_module(f"marbleline.console.pages.{name}").HANDLERS
    return handlers


def handle_events(page: PageContext, redraw_s: float | None = None) -> None:
    """Call the page's handler of each button and key that was pressed; draw the message on what it did.

    The fragment that calls this is run again after each event, and every ``redraw_s`` seconds.
    """
    handlers = handlers_of(page.name)

    def handle(event: UserEvent) -> None:
        if event.action == navigation.GO:
            navigation.request_page(event.value)
        elif event.action in handlers:
            attempt(handlers[event.action], page_context(page.name), event)

    listen(page.name, page.locale.language, tab_view.session_tab().secret, handle, redraw_s)
    st.html(place("message", class_="ml-message", role="status"))


def notify(text: str, kind: str = "done") -> None:
    """Show a message to the person who acted; ``kind`` is ``done`` or ``failed``."""
    tab_view.set_message(ActionMessage(kind, text, services().actions.clock()))


def show_failed_query(page: PageContext, error: MarblelineError) -> None:
    """Say in place of what was asked for why there is no answer, and that it comes back if it does."""
    gettext = page.locale.gettext
    words = gettext("query.failed", error=str(error))
    if isinstance(error, Unavailable):
        words = join(el("strong", gettext("query.unavailable")), el("span", str(error), class_="ml-dim"))
    st.html(el("p", words, class_="ml-warn ml-failed"))


def attempt(handler: EventHandler, page: PageContext, event: UserEvent) -> None:
    """Run the handler; a failure is shown to the person, and one of access is logged with the name."""
    gettext = page.locale.gettext
    try:
        handler(page, event)
    except AccessDenied as error:
        log.warning("console.access_denied", extra={"user": error.user, "action": event.action})
        roles = {"role": error.role, "needed": error.needed}
        names = {name: gettext(f"role.{role}") for name, role in roles.items()}
        notify(gettext("access.denied", name=error.user, **names), "failed")
    except MarblelineError as error:
        log.warning("console.action_failed", extra={"action": event.action, "error": str(error)})
        notify(gettext("overrule.failed", error=str(error)), "failed")
