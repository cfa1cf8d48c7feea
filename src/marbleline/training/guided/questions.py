"""Which slabs of a product to ask a person about: the newest ones of the line, in the order of ``ask``."""

from collections.abc import Collection, Sequence
from dataclasses import dataclass
from pathlib import Path
from typing import Final, Protocol

import numpy as np

from marbleline.domain.model import load_manifest, versions_in
from marbleline.domain.product_heads import HEADS_FILE
from marbleline.domain.verdict import Verdict
from marbleline.ports.annotations import Labels
from marbleline.ports.verdicts import VerdictQuery, Verdicts
from marbleline.training.arrays import Values
from marbleline.training.commission.ask import Why, next_questions
from marbleline.training.guided.labelled_slabs import count_labels, standing_labels

MOST_CONSIDERED: Final = 400
"""Slabs among which questions are chosen: a plant's newest, of which the store has the pictures."""

_LARGEST_LOGIT: Final = 15.0


class QuestionedStore(Labels, Verdicts, Protocol):
    """What was judged, and what people said of it."""


@dataclass(frozen=True, slots=True)
class AskedFrame:
    """A frame to ask about, and why."""

    frame_id: str
    why: Why


def questions(
    store: Verdicts,
    line: str,
    product: str,
    labelled: Collection[str],
    faulty_labels: int,
    count: int,
    learnt: Collection[int] = (),
) -> list[AskedFrame]:
    """The next ``count`` frames of a product to ask about, fewer if no more are left, in the order to ask.

    ``labelled``  frame ids that have a label already; ``faulty_labels`` of these say faulty
    ``learnt``    versions that were learnt from slabs of this product: only theirs are probabilities that
                  mean something for it, so only among their verdicts is uncertainty looked for

    The same labels and verdicts give the same questions. Raises StoreUnavailable.
    """
    found = store.search(VerdictQuery(line=line, product=product), MOST_CONSIDERED)
    if not found:
        return []
    answered = np.array([one.frame.frame_id in labelled for one in found])
    known = all(one.model.version in learnt for one in found)
    chosen = next_questions(
        count,
        _strangeness(found),
        _logits(found) if known else None,
        answered,
        faulty_labels,
        np.random.default_rng(len(labelled)),
    )
    return [AskedFrame(found[one.number].frame.frame_id, one.why) for one in chosen]


def next_round(
    store: QuestionedStore,
    line: str,
    product: str,
    count: int,
    learnt: Collection[int],
    skipped: Collection[str] = (),
) -> list[AskedFrame]:
    """As ``questions``, about frames that have no label in the store and are none of ``skipped``."""
    known = standing_labels(store, line, product)
    faulty = count_labels(known).faulty
    return questions(store, line, product, {*known, *skipped}, faulty, count, learnt)


def learnt_versions(product: Path) -> list[int]:
    """The versions of the product of a folder that have heads of its own. Raises ModelError."""
    return [number for number, where in versions_in(product).items() if is_learnt(load_manifest(where).files)]


def is_learnt(files: Collection[str]) -> bool:
    """Whether a version with these files has heads of its product's own."""
    return HEADS_FILE in files


def _strangeness(verdicts: Sequence[Verdict]) -> Values:
    """float64 [n], 0 to 1: the rank of each anomaly among those of the same version, whose scale it has."""
    digests = np.array([one.model.digest for one in verdicts])
    anomaly = np.array([one.anomaly for one in verdicts])
    ranks = np.zeros(len(verdicts))
    for digest in np.unique(digests):
        own = np.flatnonzero(digests == digest)
        ranks[own] = (np.argsort(np.argsort(anomaly[own], kind="stable"), kind="stable") + 1) / len(own)
    return ranks


def _logits(verdicts: Sequence[Verdict]) -> Values:
    """float64 [n]: the logit of faulty of each verdict."""
    probability = np.array([one.faulty_probability for one in verdicts])
    least = 1 / (1 + np.exp(_LARGEST_LOGIT))
    clipped = np.clip(probability, least, 1 - least)
    return np.asarray(np.log(clipped / (1 - clipped)), np.float64)
