"""What each open tab shows, by the secret with which its browser opens the stream.

Streamlit's session sets the view and holds the tab: a session that ended has no stream. The secret reaches
the browser through the session's own connection, so who has it has logged in there.
"""

import secrets
from dataclasses import dataclass, field
from typing import Final
from weakref import WeakValueDictionary

from marbleline.console.auth.roles import Person
from marbleline.console.i18n.locale import Locale
from marbleline.console.state.selection import ViewFilter
from marbleline.domain.label import MarkedRegion


@dataclass(frozen=True, slots=True)
class ActionMessage:
    """What the last action did; ``kind`` is ``done`` or ``failed``, ``at`` in microseconds UTC."""

    kind: str
    text: str
    at: int


@dataclass(frozen=True, slots=True)
class View:
    """What one tab shows.

    ``logout``       whether the bar has a link to log out
    ``view_filter``  which slab of Live is large
    ``region``       frame id and what was drawn on its picture
    ``message``      on the last action
    """

    page: str
    person: Person
    locale: Locale
    logout: bool = False
    view_filter: ViewFilter = field(default_factory=ViewFilter)
    heat: bool = True
    region: tuple[str, MarkedRegion | None] = ("", None)
    message: ActionMessage | None = None


class Tab:
    """One session's view; ``revision`` counts its changes."""

    def __init__(self) -> None:
        self.secret: Final = secrets.token_urlsafe(32)
        self.revision = 0
        self.view: View | None = None
        _tabs[self.secret] = self

    def show(self, view: View | None) -> None:
        """Replace the view; None for a session that shows nothing of the line."""
        self.view = view
        self.revision += 1


_tabs: "WeakValueDictionary[str, Tab]" = WeakValueDictionary()


def find_tab(secret: str) -> Tab | None:
    """The tab with that secret, None if there is none or its session has ended."""
    return _tabs.get(secret)
