"""What the pages about products show: queries to store, broker and model repository, bounded."""

from dataclasses import dataclass
from typing import Final

from marbleline.console.state.actions import PageStore
from marbleline.console.state.product_actions import ProductActions
from marbleline.domain.model import versions_in
from marbleline.domain.product import RiskTargets
from marbleline.domain.product_repository import products_in
from marbleline.domain.product_switch import ProductSwitch
from marbleline.domain.threshold_effect import Effect, JudgedScores, effect_of, scores_of
from marbleline.errors import BrokerUnavailable, ModelError
from marbleline.operations.products import ProductSummary, summaries, summary_of
from marbleline.ports.verdicts import VerdictCounts, VerdictQuery
from marbleline.training.guided import questions
from marbleline.training.guided.job import LearningJob, job_folder, read_job
from marbleline.training.guided.labelled_slabs import LabelCounts, count_labels, standing_labels
from marbleline.training.guided.outcome import Outcome, read_outcome
from marbleline.training.guided.questions import AskedFrame, learnt_versions
from marbleline.training.guided.targets import TargetedThresholds, thresholds_for

ROUND: Final = 20
"""Questions that are chosen at a time."""

COMPARED: Final = 1_000
"""Slabs on which other thresholds are tried."""

_FRESH_S: Final = 2.0
_KEEP_S: Final = 30.0


@dataclass(frozen=True, slots=True)
class Products:
    """The products, and which one the line inspects.

    ``found``    by name; None where this console has no models
    ``current``  its name; ``switch`` is the newest switch, None if there never was one
    """

    found: dict[str, ProductSummary] | None
    current: str
    switch: ProductSwitch | None


def product_names(product_actions: ProductActions) -> list[str]:
    """The names of the products that this console sees, in order; none without models."""
    try:
        return sorted(products_in(product_actions.place.repository.path))
    except ModelError:
        return []


def products(product_actions: ProductActions) -> Products:
    """Raises BrokerUnavailable."""
    line = product_actions.place.line
    switch = product_actions.actions.broker.query_cached(
        ("switch", line), _FRESH_S, lambda broker: broker.product_switch(line)
    )
    try:
        found: dict[str, ProductSummary] | None = summaries(product_actions.place.repository.path) or None
    except ModelError:
        found = None
    current = product_actions.place.repository.default if switch is None else switch.product
    return Products(found, current, switch)


def likely_product(product_actions: ProductActions) -> str:
    """The product that the line inspects; while the broker is away, the one that it is set up for."""
    try:
        return products(product_actions).current
    except BrokerUnavailable:
        return product_actions.place.repository.default


def summary(product_actions: ProductActions, product: str) -> ProductSummary:
    """One product. Raises ModelError."""
    return summary_of(product_actions.place.repository.path / product)


def seen(product_actions: ProductActions, product: str) -> VerdictCounts:
    """The slabs of a product that the line has judged. Raises StoreUnavailable."""
    query = VerdictQuery(line=product_actions.place.line, product=product)
    return product_actions.actions.store.query_cached(
        ("seen", query), _FRESH_S, lambda store: store.counts(query)
    )


def label_counts(product_actions: ProductActions, product: str) -> LabelCounts:
    """How many slabs of a product have a label. Raises StoreUnavailable."""
    line = product_actions.place.line
    return product_actions.actions.store.query_cached(
        ("labelled", line, product),
        _FRESH_S,
        lambda store: count_labels(standing_labels(store, line, product)),
    )


def next_round(product_actions: ProductActions, product: str, skipped: frozenset[str]) -> list[AskedFrame]:
    """The next questions about a product; none of ``skipped``. Raises StoreUnavailable, ModelError."""
    line = product_actions.place.line
    learnt = learnt_versions(product_actions.place.repository.folder(product))
    return product_actions.actions.store.query(
        lambda store: questions.next_round(store, line, product, ROUND, learnt, skipped)
    )


def outcomes(product_actions: ProductActions, product: str) -> dict[int, Outcome]:
    """Version -> what is known of it, of the versions learnt from labels. Raises ModelError."""
    found = {}
    for version, folder in sorted(versions_in(product_actions.place.repository.folder(product)).items()):
        outcome = read_outcome(folder)
        if outcome is not None:
            found[version] = outcome
    return found


def job(product_actions: ProductActions, product: str) -> LearningJob | None:
    """The newest learning job of a product. Raises SettingError."""
    return read_job(job_folder(product_actions.place.data, product))


def targeted(product_actions: ProductActions, product: str, risk: RiskTargets) -> TargetedThresholds | None:
    """The thresholds that other targets would give; None if the version was not learnt. Raises ModelError."""
    return thresholds_for(product_actions.place.repository.folder(product), risk)


def effect(product_actions: ProductActions, product: str, found: TargetedThresholds) -> Effect:
    """What thresholds would change on the newest slabs that their version judged. Raises StoreUnavailable."""
    line, digest = product_actions.place.line, found.manifest.digest
    query = VerdictQuery(line=line, product=product, model_version=found.manifest.version)

    def read(store: PageStore) -> tuple[tuple[JudgedScores, ...], dict[str, str]]:
        judged = tuple(scores_of(one) for one in store.search(query, COMPARED))
        known = standing_labels(store, line, product)
        return judged, {frame_id: one.truth for frame_id, one in known.items() if not one.disputed}

    judged, truths = product_actions.actions.store.query_cached(("judged", query), _KEEP_S, read)
    return effect_of((one for one in judged if one.digest == digest), found.thresholds, truths)
