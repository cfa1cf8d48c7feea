"""What is known of the browser behind this run: its language, its time zone, and who sits there."""

from datetime import tzinfo
from zoneinfo import ZoneInfo

import streamlit as st

from marbleline.console.access import Login, Person
from marbleline.console.languages import language_of
from marbleline.console.locale import Locale
from marbleline.console.shared import here


def locale() -> Locale:
    """The browser's language, and the plant's zone, else the browser's."""
    return Locale(language_of(st.context.locale), here().plant.zone or viewers_zone())


def viewers_zone() -> tzinfo | None:
    """The viewer's time zone, as the browser tells it; None for this machine's."""
    try:
        return ZoneInfo(st.context.timezone or "")
    except (KeyError, ValueError, OSError):
        return None


def person() -> Person | None:
    """Who is there, asked anew whenever it matters; None if nobody that may come in."""
    access = here().access
    claims: dict[str, object] = {}
    if access.login is Login.OIDC and st.user.is_logged_in:
        claims = dict(st.user)
    headers = st.context.headers.to_dict() if access.login is Login.HEADER else {}
    return access.person(st.context.ip_address, headers, claims)
