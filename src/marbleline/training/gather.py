"""What goes into a data set: labelled frames, frames worth a label, and what the stable version remembers."""

from __future__ import annotations

from collections import Counter
from collections.abc import Iterator
from dataclasses import dataclass
from pathlib import Path

from marbleline.domain.decision import Decision
from marbleline.domain.frame import sha256_hex
from marbleline.domain.label import Label, Truth, truths
from marbleline.domain.model import load_manifest, versions_in
from marbleline.domain.verdict import Verdict
from marbleline.ports.paging import pages
from marbleline.ports.remarks import LabelQuery
from marbleline.ports.store import Store, VerdictQuery
from marbleline.training.memory import REHEARSAL_FILE, load_memory

_PAGE = 500
_LOOKED_THROUGH = 5_000


@dataclass(frozen=True)
class Labelled:
    """A frame of known truth. ``group`` is its slab, or camera and minute where slabs aren't told apart."""

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

    labelled: tuple[Labelled, ...]
    new: int
    to_label: tuple[Verdict, ...]
    base: dict[str, object]
    disputed: tuple[str, ...]
    without_picture: tuple[str, ...]


def gather(store: Store, line: str, stable: Path, ask: int) -> Gathered:
    """Everything that people said of a line's frames, and the ``ask`` frames most worth a label.

    Disputed frames are left out until somebody settles them; so are those whose picture is gone, or is not
    the one that was labelled. Raises StoreUnavailable, ModelError.
    """
    known = truths(_labels(store, line))
    labelled, gone = [], []
    for frame_id in sorted(known):
        truth = known[frame_id]
        if truth.disputed:
            continue
        image = store.image(frame_id)
        if image is None or sha256_hex(image) != truth.labels[0].sha256:
            gone.append(frame_id)
            continue
        labelled.append(Labelled(frame_id, truth.truth, _group(truth), truth.labels[0].sha256, image))
    disputed = tuple(sorted(one.frame_id for one in known.values() if one.disputed))
    asked = _to_label(store, line, set(known), ask)
    once = _once_each(labelled)
    return Gathered(once, _new(once, stable.parent), asked, _base(stable), disputed, tuple(gone))


def _labels(store: Store, line: str) -> Iterator[Label]:
    query = LabelQuery(line=line)
    for page in pages(lambda after: store.labels(query, _PAGE, after), lambda one: one.label_id):
        yield from page


def _group(truth: Truth) -> str:
    label = truth.labels[0]
    if label.slab_id:
        return label.slab_id
    # Frame ids begin with the time of capture in milliseconds, 48 bits.
    minute = int(label.frame_id.replace("-", "")[:12], 16) // 60_000
    return f"{label.camera}/{minute}"


def _once_each(labelled: list[Labelled]) -> tuple[Labelled, ...]:
    """One row a picture: the same bytes captured twice teach nothing twice, and must not lie in two folds."""
    return tuple({one.sha256: one for one in labelled}.values())


def _new(labelled: tuple[Labelled, ...], model: Path) -> int:
    taught: set[tuple[str, str]] = set()
    for folder in versions_in(model).values():
        if (folder / REHEARSAL_FILE).exists():
            memory = load_memory(folder / REHEARSAL_FILE)
            taught |= set(zip(memory.sha256.tolist(), memory.labels.tolist(), strict=True))
    return sum((one.sha256, one.truth) not in taught for one in labelled)


def _to_label(store: Store, line: str, known: set[str], ask: int) -> tuple[Verdict, ...]:
    """Frames in review without a word on them, the least certain first (uncertainty sampling, Lewis and Gale
    1994), one a slab before a second of any."""
    found: list[Verdict] = []
    query = VerdictQuery(line=line, decision=Decision.REVIEW)
    for page in pages(lambda after: store.search(query, _PAGE, after), lambda one: one.frame.frame_id):
        found += [one for one in page if one.frame.frame_id not in known]
        if len(found) >= _LOOKED_THROUGH:
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
    """What the stable version remembers of its training: it is replayed, so its pictures aren't needed."""
    manifest = load_manifest(stable)
    memory = load_memory(stable / REHEARSAL_FILE)
    kinds = Counter(zip(memory.sources.tolist(), memory.labels.tolist(), strict=True))
    return {
        "version": manifest.version,
        "digest": manifest.digest,
        "rehearsal_sha256": sha256_hex((stable / REHEARSAL_FILE).read_bytes()),
        "remembered": {f"{source}/{label}": count for (source, label), count in sorted(kinds.items())},
    }
