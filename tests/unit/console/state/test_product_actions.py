"""Products and versions: what each role may do, on a real embedded broker and store, without any page."""

import shutil
from collections.abc import Callable
from pathlib import Path

import pytest

from marbleline.adapters.stores.sqlite import SqliteStore
from marbleline.console.auth.roles import Person, Role
from marbleline.console.state.actions import Actions
from marbleline.console.state.product_actions import ProductActions
from marbleline.console.state.product_place import Limit, ProductPlace
from marbleline.domain.product_log import read_log
from marbleline.domain.product_repository import ModelRepository, products_in, read_product
from marbleline.domain.version_labels import STABLE, read_labels, write_labels
from marbleline.errors import AccessDenied, ModelError, SettingError, UnknownProduct
from marbleline.ports.annotations import LabelQuery
from marbleline.training.monitor.promotion import GATE_FILE, history
from tests.builders import make_verdict
from tests.models.tiny_model import TINY

VERA, ANNA, EVA = (
    Person(*one) for one in (("vera", Role.VIEWER), ("anna", Role.OPERATOR), ("eva", Role.ENGINEER))
)
SLAB = make_verdict(1)
FRAME_ID = SLAB.frame.frame_id
Act = Callable[[ProductActions, Person], object]

OF_OPERATORS: dict[str, Act] = {
    "switch": lambda product_actions, who: product_actions.switch(who, "tiny"),
    "answer": lambda product_actions, who: product_actions.answer(who, FRAME_ID, "crack", "random"),
}
OF_ENGINEERS: dict[str, Act] = {
    "create": lambda product_actions, who: product_actions.create(who, "granite", "tiny"),
    "learn": lambda product_actions, who: product_actions.learn(who, "tiny"),
    "activate": lambda product_actions, who: product_actions.activate(who, "tiny", 2),
    "set_targets": lambda product_actions, who: product_actions.set_targets(who, "tiny", 0.01, 0.03),
    "promote": lambda product_actions, who: product_actions.promote(who, "tiny", 2),
    "rollback": lambda product_actions, who: product_actions.rollback(who, "tiny"),
}


@pytest.fixture
def models(tmp_path: Path) -> Path:
    folder = tmp_path / "models" / "tiny"
    shutil.copytree(TINY, folder)
    write_labels(folder, {STABLE: 1})
    return folder


@pytest.fixture
def store(store: SqliteStore) -> SqliteStore:
    """With one slab."""
    store.put_verdicts([SLAB])
    return store


@pytest.fixture
def started() -> list[tuple[str, str]]:
    return []


@pytest.fixture
def product_actions(
    tmp_path: Path, models: Path, actions: Actions, started: list[tuple[str, str]]
) -> ProductActions:
    place = ProductPlace(
        "line-1", ModelRepository(models), tmp_path, None, lambda product, by: started.append((product, by))
    )
    return ProductActions(place, actions)


@pytest.mark.parametrize("name", [*OF_OPERATORS, *OF_ENGINEERS])
def test_a_viewer_may_do_nothing(
    name: str,
    product_actions: ProductActions,
    store: SqliteStore,
    models: Path,
    started: list[tuple[str, str]],
) -> None:
    with pytest.raises(AccessDenied, match="vera"):
        {**OF_OPERATORS, **OF_ENGINEERS}[name](product_actions, VERA)
    assert product_actions.actions.broker.query(lambda broker: broker.product_switch("line-1")) is None
    assert store.labels(LabelQuery(), 10) == []
    assert (started, read_labels(models), read_log(models)) == ([], {STABLE: 1}, [])


@pytest.mark.parametrize("name", OF_ENGINEERS)
def test_an_operator_may_not_change_products_or_versions(
    name: str, product_actions: ProductActions, models: Path, started: list[tuple[str, str]]
) -> None:
    with pytest.raises(AccessDenied, match="anna"):
        OF_ENGINEERS[name](product_actions, ANNA)
    assert list(products_in(models.parent)) == ["tiny"]
    assert (started, read_labels(models), read_log(models)) == ([], {STABLE: 1}, [])


def test_an_operator_switches_the_line_by_name(product_actions: ProductActions) -> None:
    product_actions.switch(ANNA, "tiny")
    switch = product_actions.actions.broker.query(lambda broker: broker.product_switch("line-1"))
    assert switch is not None
    assert (switch.product, switch.by) == ("tiny", "anna")
    with pytest.raises(UnknownProduct, match="granite"):
        product_actions.switch(ANNA, "granite")


def test_an_answer_is_a_label_that_says_why_it_was_asked(
    product_actions: ProductActions, store: SqliteStore
) -> None:
    assert product_actions.answer(ANNA, FRAME_ID, "crack", "random") == SLAB
    [label] = store.labels(LabelQuery(), 10)
    assert (label.by, label.truth, label.asked) == ("anna", "crack", "random")
    with pytest.raises(SettingError, match="asked is 'because'"):
        product_actions.answer(ANNA, FRAME_ID, "crack", "because")


def test_an_engineer_makes_a_product_and_it_is_on_record(
    product_actions: ProductActions, models: Path
) -> None:
    product_actions.create(EVA, "granite", "tiny")
    [entry] = read_log(models.parent / "granite")
    assert (entry.by, entry.action, entry.version) == ("eva", "created", 1)
    with pytest.raises(UnknownProduct):
        product_actions.create(EVA, "basalt", "../tiny")


def test_learning_is_started_only_where_it_can_be_done(
    product_actions: ProductActions, models: Path, started: list[tuple[str, str]]
) -> None:
    product_actions.learn(EVA, "tiny")
    assert started == [("tiny", "eva")]
    assert product_actions.place.limit() is None
    shutil.rmtree(models)
    assert product_actions.place.limit() is Limit.NO_MODELS


def test_only_a_learnt_version_is_activated_without_a_gate(
    product_actions: ProductActions, models: Path
) -> None:
    with pytest.raises(ModelError, match="was not learnt from labels"):
        product_actions.activate(EVA, "tiny", 2)
    assert read_labels(models) == {STABLE: 1}


def test_targets_are_kept_with_who_set_them(product_actions: ProductActions, models: Path) -> None:
    product_actions.set_targets(EVA, "tiny", 0.01, 0.03)
    risk = read_product(models).risk
    assert (risk.escapes, risk.overkill) == (0.01, 0.03)
    [entry] = read_log(models)
    assert (entry.by, entry.action, entry.escapes, entry.overkill) == ("eva", "targets", 0.01, 0.03)
    with pytest.raises(SettingError, match="escapes is 2"):
        product_actions.set_targets(EVA, "tiny", 2.0, 0.03)


def test_a_version_is_promoted_by_its_gate_and_rolled_back(
    product_actions: ProductActions, models: Path
) -> None:
    with pytest.raises(ModelError, match="run the gate first"):
        product_actions.promote(EVA, "tiny", 2)
    (models / "2" / GATE_FILE).write_text('{"passed": true}')
    product_actions.promote(EVA, "tiny", 2)
    assert read_labels(models) == {STABLE: 2}
    product_actions.rollback(EVA, "tiny")
    assert read_labels(models) == {STABLE: 1}
    assert [(move.by, move.action) for move in history(models)] == [("eva", "promote"), ("eva", "rollback")]
