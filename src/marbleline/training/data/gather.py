"""Collects a data set: labelled frames, frames worth a label, the replay set of the stable version."""

from __future__ import annotations

from collections import Counter
from collections.abc import Iterator
from dataclasses import dataclass, replace
from pathlib import Path
from typing import Protocol

from marbleline.domain.decision import Decision
from marbleline.domain.frame import captured_at_of, sha256_hex
from marbleline.domain.label import Label, Truth, truths
from marbleline.domain.model import load_manifest, versions_in
from marbleline.domain.verdict import Verdict
from marbleline.ports.annotations import LabelQuery, Labels
from marbleline.ports.frames import Frames
from marbleline.ports.paging import pages
from marbleline.ports.verdicts import VerdictQuery, Verdicts
from marbleline.training.data.judged_part import judged_part
from marbleline.training.finetune.replay_set import REPLAY_FILE, load_replay

_PAGE = 500
_MOST_SEARCHED = 5_000


@dataclass(frozen=True)
class LabelledFrame:
    """A frame of known truth; ``image`` shows what was judged of its picture.

    ``group`` is its slab, or camera and minute where slabs are not distinguished.
    """

    frame_id: str
    truth: str
    group: str
    sha256: str
    image: bytes


@dataclass(frozen=True)
class Gathered:
    """All that a data set is made of; the counts say what was left out.

    ``new`` counts the labelled pictures that no version, candidates included, was taught with as what they
    are called now.
    """

    labelled: tuple[LabelledFrame, ...]
    new: int
    to_label: tuple[Verdict, ...]
    base: dict[str, object]
    disputed: tuple[str, ...]
    without_picture: tuple[str, ...]


class LabelledStore(Frames, Verdicts, Labels, Protocol):
    """The labels, their pictures, and the verdicts that want labels."""


def gather(store: LabelledStore, line: str, stable: Path, ask: int, product: str | None = None) -> Gathered:
    """Everything that people said of a line's frames, and the ``ask`` frames most worth a label.

    ``product``: only frames of this one, whose version ``stable`` is; None asks for any.

    Disputed frames are left out until somebody settles them; so are those whose picture is gone, or is not
    the one that was labelled. Raises StoreUnavailable, ModelError.
    """
    known = truths(labels_of(store, line, product))
    labelled, gone = [], []
    for frame_id in sorted(known):
        truth = known[frame_id]
        if truth.disputed:
            continue
        image = store.image(frame_id)
        if image is None or sha256_hex(image) != truth.labels[0].sha256:
            gone.append(frame_id)
            continue
        image = judged_part(image, store.verdict(frame_id))
        labelled.append(LabelledFrame(frame_id, truth.truth, group_of(truth), sha256_hex(image), image))
    disputed = tuple(sorted(one.frame_id for one in known.values() if one.disputed))
    asked = _to_label(store, VerdictQuery(line=line, product=product), set(known), ask)
    once = _once_each(labelled)
    return Gathered(once, _new(once, stable.parent), asked, _base(stable), disputed, tuple(gone))


def labels_of(store: Labels, line: str, product: str | None) -> Iterator[Label]:
    """All labels of a line, page by page; with ``product`` those of its frames. Raises StoreUnavailable."""
    query = LabelQuery(line=line, product=product)
    for page in pages(lambda after: store.labels(query, _PAGE, after), lambda one: one.label_id):
        yield from page


def group_of(truth: Truth) -> str:
    """The slab of a labelled frame; camera and minute of capture where slabs are not distinguished."""
    label = truth.labels[0]
    if label.slab_id:
        return label.slab_id
    minute = captured_at_of(label.frame_id) // 60_000_000
    return f"{label.camera}/{minute}"


def _once_each(labelled: list[LabelledFrame]) -> tuple[LabelledFrame, ...]:
    """One row a picture: the same bytes captured twice teach nothing twice, and must not lie in two folds."""
    return tuple({one.sha256: one for one in labelled}.values())


def _new(labelled: tuple[LabelledFrame, ...], model: Path) -> int:
    taught: set[tuple[str, str]] = set()
    for folder in versions_in(model).values():
        if (folder / REPLAY_FILE).exists():
            memory = load_replay(folder / REPLAY_FILE)
            taught |= set(zip(memory.sha256.tolist(), memory.labels.tolist(), strict=True))
    return sum((one.sha256, one.truth) not in taught for one in labelled)


def _to_label(store: Verdicts, query: VerdictQuery, known: set[str], ask: int) -> tuple[Verdict, ...]:
    """Frames in review without a label, the least certain first (uncertainty sampling, Lewis and Gale
    1994), one a slab before a second of any."""
    found: list[Verdict] = []
    query = replace(query, decision=Decision.REVIEW)
    for page in pages(lambda after: store.search(query, _PAGE, after), lambda one: one.frame.frame_id):
        found += [one for one in page if one.frame.frame_id not in known]
        if len(found) >= _MOST_SEARCHED:
            break
    found.sort(key=lambda one: (abs(one.faulty_probability - 0.5), one.frame.frame_id))
    seen: Counter[str] = Counter()
    ranked = []
    for one in found:
        slab = one.frame.slab_id or one.frame.frame_id
        ranked.append((seen[slab], one))
        seen[slab] += 1
    ranked.sort(key=lambda pair: pair[0])
    return tuple(one for _, one in ranked[:ask])


def _base(stable: Path) -> dict[str, object]:
    """The replay set of the stable version: it is replayed, so the pictures are not needed."""
    manifest = load_manifest(stable)
    memory = load_replay(stable / REPLAY_FILE)
    kinds = Counter(zip(memory.sources.tolist(), memory.labels.tolist(), strict=True))
    return {
        "version": manifest.version,
        "digest": manifest.digest,
        "replay_sha256": sha256_hex((stable / REPLAY_FILE).read_bytes()),
        "remembered": {f"{source}/{label}": count for (source, label), count in sorted(kinds.items())},
    }
