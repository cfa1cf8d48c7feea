"""The labels of a product as answers to learn from, with their pictures in a folder."""

from dataclasses import dataclass
from pathlib import Path

from marbleline.domain.frame import sha256_hex
from marbleline.domain.label import Truth, truths
from marbleline.ports.annotations import Labels
from marbleline.ports.verdicts import Verdicts
from marbleline.training.commission.answers import Answer, Mark
from marbleline.training.data.gather import LabelledStore, group_of, labels_of
from marbleline.training.data.judged_part import judged_part

_PAGE = 500


@dataclass(frozen=True, slots=True)
class LabelCounts:
    """Slabs of a product with a label that nobody disputes, and those that were left out."""

    good: int
    faulty: int
    disputed: int


@dataclass(frozen=True, slots=True)
class LabelledPictures:
    """What a version is learnt from: ``frame_ids`` are those of ``answers``, in the same order.

    ``disputed``, ``without_picture``  frames left out: people disagree, or the picture is gone
    """

    answers: tuple[Answer, ...]
    frame_ids: tuple[str, ...]
    disputed: int
    without_picture: int


def standing_labels(store: Labels, line: str, product: str) -> dict[str, Truth]:
    """Frame id -> what people say of it, for all labelled frames of a product. Raises StoreUnavailable."""
    return truths(labels_of(store, line, product))


def count_labels(known: dict[str, Truth]) -> LabelCounts:
    """How many slabs are labelled good and faulty."""
    settled = [one for one in known.values() if not one.disputed]
    good = sum(one.truth == "good" for one in settled)
    return LabelCounts(good, len(settled) - good, len(known) - len(settled))


def write_pictures(store: LabelledStore, line: str, product: str, folder: Path) -> LabelledPictures:
    """Put the labelled pictures of a product into ``folder``; those that are there are left as they are.

    Raises StoreUnavailable, OSError.
    """
    folder.mkdir(parents=True, exist_ok=True)
    known = standing_labels(store, line, product)
    answers, frame_ids, gone = [], [], 0
    for frame_id in sorted(known):
        truth = known[frame_id]
        if truth.disputed:
            continue
        path = folder / truth.labels[0].sha256
        if not path.is_file():
            image = store.image(frame_id)
            if image is None or sha256_hex(image) != truth.labels[0].sha256:
                gone += 1
                continue
            partial = path.with_suffix(".partial")
            partial.write_bytes(judged_part(image, store.verdict(frame_id)))
            partial.replace(path)
        asked = next((label.asked for label in truth.labels if label.asked), "")
        mark = _mark(truth, store, frame_id)
        answers.append(Answer(path, truth.truth, truth.truth, group_of(truth), asked, mark))
        frame_ids.append(frame_id)
    return LabelledPictures(
        tuple(answers), tuple(frame_ids), sum(one.disputed for one in known.values()), gone
    )


def _mark(truth: Truth, store: Verdicts, frame_id: str) -> Mark | None:
    """The newest mark of whoever said what counts, in shares of the part of the picture that was judged."""
    marks = (one.region for one in truth.labels if one.truth == truth.truth and one.region is not None)
    mark = next(marks, None)
    if mark is None:
        return None
    verdict = store.verdict(frame_id)
    region = None if verdict is None else verdict.frame.judged_region()
    left, top, right, bottom = (0.0, 0.0, 1.0, 1.0) if region is None else region.box
    across, down = right - left, bottom - top
    inside = (
        max(0.0, (mark.left - left) / across),
        max(0.0, (mark.top - top) / down),
        min(1.0, (mark.left + mark.width - left) / across),
        min(1.0, (mark.top + mark.height - top) / down),
    )
    return inside if inside[0] < inside[2] and inside[1] < inside[3] else None
