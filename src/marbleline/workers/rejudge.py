"""Rejudge: ask a model version again about frames of the past; its opinions stand beside the verdicts."""

from collections.abc import Callable, Iterator, Sequence
from dataclasses import dataclass
from itertools import islice
from typing import Final

from marbleline.domain.clock import Clock
from marbleline.domain.encoded import Encoded
from marbleline.domain.opinion import OpinionKind
from marbleline.domain.picture import Limits
from marbleline.domain.quality import Gate
from marbleline.domain.verdict import Verdict
from marbleline.errors import PictureError
from marbleline.ports.classifier import Classifier
from marbleline.ports.paging import pages
from marbleline.ports.remarks import OpinionQuery
from marbleline.ports.store import Store, VerdictQuery
from marbleline.workers.encoder import encode
from marbleline.workers.shadow import opinions_on

BATCH: Final = 16


@dataclass(slots=True)
class Progress:
    """How far it is.

    ``changed``    opinions whose decision differs from the verdict's
    ``missing``    frames whose picture the store no longer has, or that can't be read
    ``there``      frames on which this version had been asked before
    """

    judged: int = 0
    changed: int = 0
    missing: int = 0
    there: int = 0

    @property
    def seen(self) -> int:
        """Frames looked at."""
        return self.judged + self.missing + self.there


def rejudge(
    store: Store,
    classifier: Classifier,
    query: VerdictQuery,
    limits: Limits,
    clock: Clock,
    told: Callable[[Progress], None] = lambda progress: None,
) -> Progress:
    """Judge all frames again whose verdicts the query finds, newest first; ``told`` after each batch.

    May be stopped and run again: what has been asked is not asked twice.
    Raises StoreUnavailable, ClassifierUnavailable, ModelError.
    """
    progress = Progress()
    verdicts = _found(store, query)
    while batch := list(islice(verdicts, BATCH)):
        wanted = [one for one in batch if not _asked(store, one, classifier.manifest.version)]
        progress.there += len(batch) - len(wanted)
        before = {one.frame.frame_id: one for one in wanted}
        frames = [encoded for one in wanted if (encoded := _again(store, one, classifier, limits, clock))]
        progress.missing += len(wanted) - len(frames)
        opinions = opinions_on(frames, classifier, Gate(), clock, OpinionKind.REJUDGED) if frames else []
        refused = {rejection.document_id for rejection in store.put_opinions(opinions)}
        progress.missing += len(refused)
        progress.judged += len(opinions) - len(refused)
        progress.changed += sum(
            one.verdict.decision is not before[one.verdict.frame.frame_id].decision for one in opinions
        )
        told(progress)
    return progress


def _found(store: Store, query: VerdictQuery) -> Iterator[Verdict]:
    for page in pages(lambda after: store.search(query, 100, after), lambda one: one.frame.frame_id):
        yield from page


def _asked(store: Store, verdict: Verdict, version: int) -> Sequence[object]:
    query = OpinionQuery(verdict.frame.frame_id, OpinionKind.REJUDGED, version)
    return store.opinions(query, 1)


def _again(
    store: Store, verdict: Verdict, classifier: Classifier, limits: Limits, clock: Clock
) -> Encoded | None:
    content = store.image(verdict.frame.frame_id)
    if content is None:
        return None
    try:
        return encode(verdict.frame, content, classifier.manifest.input, limits, clock)
    except PictureError:
        return None
