"""What Streamlit knows of the browser behind this run: language, time zone, user.

The only module that reads ``st.context`` and ``st.user``; all else gets plain values.
"""

from datetime import tzinfo
from zoneinfo import ZoneInfo

import streamlit as st

from marbleline.console.auth.login import Login
from marbleline.console.auth.roles import Person
from marbleline.console.i18n.locale import Locale
from marbleline.console.state.services import services


def locale() -> Locale:
    """The browser's language; the time zone of the settings, else the browser's."""
    return Locale.from_tag(st.context.locale, services().shift_calendar.zone or browser_zone())


def browser_zone() -> tzinfo | None:
    """The browser's time zone; None for this machine's."""
    try:
        return ZoneInfo(st.context.timezone or "")
    except (KeyError, ValueError, OSError):
        return None


def person() -> Person | None:
    """The user, determined again at every call; None if nobody who is let in."""
    access = services().access
    claims: dict[str, object] = {}
    if access.login is Login.OIDC and st.user.is_logged_in:
        claims = dict(st.user)
    return access.person(st.context.ip_address, st.context.headers.to_dict(), claims)
