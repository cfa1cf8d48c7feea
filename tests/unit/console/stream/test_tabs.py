"""A tab is found by its secret for as long as its session holds it."""

import gc

from marbleline.console.i18n.locale import Locale
from marbleline.console.stream.tabs import Tab, View, find_tab
from tests.unit.console.stream.conftest import ANNA


def test_a_tab_is_found_until_its_session_ends() -> None:
    tab, other = Tab(), Tab()
    secret = tab.secret
    assert find_tab(secret) is tab
    assert find_tab(other.secret) is other
    assert find_tab("") is None
    del tab
    gc.collect()
    assert find_tab(secret) is None


def test_each_view_is_a_new_revision() -> None:
    tab = Tab()
    tab.show(View("live", ANNA, Locale()))
    assert tab.revision == 1
    tab.show(None)
    assert (tab.revision, tab.view) == (2, None)
