"""What is known of a version that was learnt from labels: ``learning.json`` beside its manifest.

It is read before the version is activated, and later to find thresholds for other risk targets.
"""

from pathlib import Path
from typing import Final

from marbleline.domain.clock import Time
from marbleline.domain.durable_file import replace_file
from marbleline.domain.wire import WireStruct
from marbleline.errors import ModelError, WireError
from marbleline.training.commission.risk import SideRisk, labels_needed

OUTCOME_FILE: Final = "learning.json"


class ShareEstimate(WireStruct, frozen=True):
    """A share with its 95 % interval; None where there was nothing to measure it on."""

    value: float | None
    low: float | None
    high: float | None


class Side(WireStruct, frozen=True):
    """What the labels of one side support; see ``training.commission.risk.SideRisk``.

    ``needed``  independent labels without a mistake that the target takes at the stated confidence
    """

    target: float
    expected: float
    claimed: float
    labels: int
    effective: float
    needed: int

    @property
    def supported(self) -> bool:
        """Whether there are labels enough for the target."""
        return self.expected <= self.target


class ScoredLabel(WireStruct, frozen=True):
    """One labelled frame, and the logit of faulty by heads that saw nothing of its slab."""

    frame_id: str
    truth: str
    group: str
    asked: str
    logit: float


class Outcome(WireStruct, frozen=True, kw_only=True):
    """One version that was learnt.

    ``by``, ``at``  who had it learnt, and when (microseconds UTC); ``seconds`` is how long it took
    ``slabs``       different slabs among the ``labels`` labelled pictures, ``faulty`` of which are faulty
    ``watched``     judged slabs of the product among which questions were chosen, None in files before that
    ``decided``     expected share that is not sent to review, at ``prevalence`` faulty slabs
    ``escapes``, ``overkill``  as they happened on slabs held out
    """

    product: str
    version: int
    base: int
    by: str
    at: Time
    seconds: float
    labels: int
    faulty: int
    slabs: int
    disputed: int
    without_picture: int
    prevalence: float
    confidence: float
    decided: ShareEstimate
    escapes: ShareEstimate
    overkill: ShareEstimate
    escapes_side: Side
    overkill_side: Side
    scored: tuple[ScoredLabel, ...]
    watched: int | None = None


def side_of(side: SideRisk, confidence: float) -> Side:
    """A side's risk as it is kept."""
    needed = labels_needed(side.target, confidence)
    return Side(side.target, side.expected, side.claimed, side.labels, side.effective, needed)


def write_outcome(version: Path, outcome: Outcome) -> None:
    """Put ``learning.json`` beside the manifest, in one rename. Raises ModelError."""
    path = version / OUTCOME_FILE
    try:
        replace_file(path, outcome.to_json() + b"\n")
    except OSError as error:
        raise ModelError(f"{path}: can't be written: {error.strerror}") from error


def read_outcome(version: Path) -> Outcome | None:
    """The outcome of a version's folder, None if it was not learnt from labels. Raises ModelError."""
    path = version / OUTCOME_FILE
    try:
        return Outcome.from_json(path.read_bytes())
    except FileNotFoundError:
        return None
    except (OSError, WireError) as error:
        raise ModelError(f"{path}: can't be read: {error}") from error
