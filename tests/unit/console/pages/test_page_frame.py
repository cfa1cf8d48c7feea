"""Every action of every page, asked for by somebody whose role is too low. No browser, no page drawn."""

import contextlib
import inspect
import shutil
from collections.abc import Iterator
from dataclasses import dataclass
from pathlib import Path
from typing import Final

import pytest
import streamlit as st

from marbleline.adapters.brokers.sqlite import SqliteBroker
from marbleline.adapters.stores.sqlite import SqliteStore
from marbleline.console.auth.login import Access, Login
from marbleline.console.auth.roles import Person, Role
from marbleline.console.i18n.locale import Locale
from marbleline.console.pages.page_frame import PageContext, handlers_of
from marbleline.console.pages.registry import PAGES
from marbleline.console.state.actions import Actions
from marbleline.console.state.alarm_actions import AlarmActions
from marbleline.console.state.cached_connection import CachedConnection
from marbleline.console.state.camera_actions import CameraActions
from marbleline.console.state.feed import LiveFeed
from marbleline.console.state.full_image import FullImageLoader
from marbleline.console.state.guide_actions import GuideActions
from marbleline.console.state.product_actions import ProductActions
from marbleline.console.state.product_place import ProductPlace
from marbleline.console.state.review_desk import DeskView
from marbleline.console.state.services import Services, services, set_services
from marbleline.console.state.shift_calendar import ShiftCalendar
from marbleline.console.state.source_actions import SourceActions
from marbleline.console.state.store_poller import FeedConfig
from marbleline.console.state.user_event import UserEvent
from marbleline.domain.alarm_event import AlarmEvents
from marbleline.domain.frame import FrameIds
from marbleline.domain.product_log import read_log
from marbleline.domain.product_repository import ModelRepository, products_in
from marbleline.domain.version_labels import STABLE, read_labels, write_labels
from marbleline.errors import AccessDenied, MarblelineError
from marbleline.ports.annotations import LabelQuery
from marbleline.ports.topology import FRAMES
from tests.builders import FakeClock, frame_message, make_frame, make_picture, make_verdict
from tests.console.page_actions import PAGE_ACTIONS, PageAction
from tests.models.tiny_model import TINY
from tests.unit.console.sources import made_sources

ACTIONS: Final = {(one.page, one.action): one for one in PAGE_ACTIONS}
GUARDED: Final = [one for one in PAGE_ACTIONS if one.role is not None]
SLAB: Final = make_verdict(1)


@dataclass(frozen=True, slots=True)
class Plant:
    """What an action could change."""

    broker: SqliteBroker
    store: SqliteStore
    models: Path
    learnings: list[tuple[str, str]]

    def state(self) -> object:
        """All of it; equal to an earlier one if nothing was changed."""
        folder = self.models / "marble"
        return (
            self.store.labels(LabelQuery(), 10),
            self.store.alarm_events("line-1", 10),
            self.store.current_camera_setups("line-1"),
            self.store.current_guide("marble"),
            self.broker.product_switch("line-1"),
            [letter.dead_letter_id for letter in self.broker.dead_letters(10)],
            (list(products_in(self.models)), read_labels(folder), read_log(folder)),
            (folder / "product.toml").exists(),
            list(self.learnings),
        )


@pytest.fixture
def plant(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> Iterator[Plant]:
    """A console's services on a line with one slab, one dead letter and one product."""
    folder = tmp_path / "models" / "marble"
    shutil.copytree(TINY, folder)
    write_labels(folder, {STABLE: 1})
    made = Plant(SqliteBroker(tmp_path / "broker.db"), SqliteStore(tmp_path / "store.db"), folder.parent, [])
    made.store.put_verdicts([SLAB])
    picture = make_picture()
    message = frame_message(make_frame(2, content=picture), picture)
    made.broker.publish_dead_letter(FRAMES.name, message, "truncated", "")

    def make_broker() -> SqliteBroker:
        return SqliteBroker(tmp_path / "broker.db")

    def make_store() -> SqliteStore:
        return SqliteStore(tmp_path / "store.db")

    clock = FakeClock()
    feed = LiveFeed(FeedConfig(make_broker, make_store, None, lambda at: 0), "line-1", clock)
    actions = Actions(CachedConnection(make_store), CachedConnection(make_broker), feed, clock)
    cameras = CameraActions("line-1", actions)
    place = ProductPlace(
        "line-1", ModelRepository(folder), tmp_path, None, lambda *job: made.learnings.append(job)
    )
    nobody = Person("anonymous", Role.VIEWER)
    set_services(
        Services(
            feed,
            FullImageLoader(make_store),
            actions,
            Access(Login.NONE, nobody, nobody),
            ShiftCalendar(None, ()),
            ProductActions(place, actions),
            AlarmActions(AlarmEvents("line-1", FrameIds(clock)), actions),
            cameras,
            made_sources(cameras, tmp_path),
            GuideActions(actions),
        )
    )
    view = DeskView(selected=(SLAB.frame.frame_id,))
    monkeypatch.setattr(st, "session_state", {"products.name": "granite", "review": view})
    monkeypatch.setattr(st, "query_params", {})
    yield made
    set_services(None)
    for connection in (actions.store, actions.broker, made.broker, made.store):
        connection.close()


def ask(one: PageAction, role: Role) -> None:
    """What the page does when this event comes from a browser of somebody with that role."""
    page = PageContext(one.page, Person("vera", role), Locale(), services().feed.snapshot())
    event = UserEvent(1, one.action, SLAB.frame.frame_id, one.value)
    handlers_of(one.page)[one.action](page, event)


def test_the_table_lists_every_action_of_every_page() -> None:
    found = {(page, action) for page in PAGES for action in handlers_of(page)}
    assert found == set(ACTIONS), "tests/console/page_actions.py has to say which role an action needs"


@pytest.mark.parametrize("one", GUARDED, ids=lambda one: f"{one.page}-{one.action}")
def test_an_action_is_refused_below_its_role(plant: Plant, one: PageAction) -> None:
    before = plant.state()
    for role in Role:
        if not Person("vera", role).may(one.role or role):
            with pytest.raises(AccessDenied, match=f"vera is {role}, this needs {one.role}"):
                ask(one, role)
    assert plant.state() == before
    assert one.role is not None
    with contextlib.suppress(MarblelineError):
        try:
            ask(one, one.role)
        except AccessDenied as error:
            raise AssertionError(f"{one} needs more than {one.role}: {error}") from error


def test_an_action_without_a_role_changes_nothing_but_the_view(plant: Plant) -> None:
    before = plant.state()
    for one in PAGE_ACTIONS:
        if one.role is None:
            ask(one, Role.VIEWER)
    assert plant.state() == before


def test_every_method_that_takes_a_person_is_behind_an_action_with_a_role() -> None:
    """The tests of these classes call each of these methods below its role."""
    methods = {
        name
        for kind in (Actions, ProductActions, AlarmActions, CameraActions, SourceActions, GuideActions)
        for name, function in inspect.getmembers(kind, inspect.isfunction)
        if "person" in inspect.signature(function).parameters
    }
    assert methods == {"set_targets" if one.action == "targets" else one.action for one in GUARDED}
