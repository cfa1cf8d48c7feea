"""Rejudge: ask a model version about frames of the past; its answers are stored as shadow verdicts."""

from collections.abc import Callable, Iterator, Sequence
from dataclasses import dataclass
from itertools import islice
from typing import Final, Protocol

from marbleline.domain.clock import Clock
from marbleline.domain.encoded import Encoded
from marbleline.domain.input_spec import InputSpec
from marbleline.domain.picture import Limits
from marbleline.domain.quality import QualityGate
from marbleline.domain.shadow_verdict import ShadowVerdictKind
from marbleline.domain.verdict import Verdict
from marbleline.errors import PictureError
from marbleline.pipeline.encoder import encode
from marbleline.pipeline.shadow import shadow_verdicts_on
from marbleline.ports.annotations import ShadowVerdictQuery, ShadowVerdicts
from marbleline.ports.classifier import Classifier
from marbleline.ports.frames import Frames
from marbleline.ports.paging import pages
from marbleline.ports.verdicts import VerdictQuery, Verdicts
from marbleline.sandbox.decoder import PrepareInput, prepare_here

BATCH: Final = 16


@dataclass(slots=True)
class Progress:
    """How far it is.

    ``changed``    shadow verdicts whose decision differs from the verdict's
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


class RejudgeStore(Frames, Verdicts, ShadowVerdicts, Protocol):
    """The verdicts, their pictures, and what other versions said of them."""


def rejudge(
    store: RejudgeStore,
    classifier: Classifier,
    query: VerdictQuery,
    limits: Limits,
    clock: Clock,
    on_progress: Callable[[Progress], None] = lambda progress: None,
    decode: PrepareInput = prepare_here,
) -> Progress:
    """Judge all frames again whose verdicts the query finds, newest first; ``on_progress`` after each batch.

    May be stopped and run again: what has been asked is not asked twice.
    Raises StoreUnavailable, ClassifierUnavailable, ModelError.
    """

    def again(verdict: Verdict) -> Encoded | None:
        return _again(store, verdict, classifier.manifest.input, limits, clock, decode)

    progress = Progress()
    verdicts = _found(store, query)
    while batch := list(islice(verdicts, BATCH)):
        wanted = [one for one in batch if not _asked(store, one, classifier.manifest.version)]
        progress.there += len(batch) - len(wanted)
        before = {one.frame.frame_id: one for one in wanted}
        frames = [encoded for one in wanted if (encoded := again(one))]
        progress.missing += len(wanted) - len(frames)
        shadow_verdicts = (
            shadow_verdicts_on(frames, classifier, QualityGate(), clock, ShadowVerdictKind.REJUDGED)
            if frames
            else []
        )
        refused = {rejection.document_id for rejection in store.put_shadow_verdicts(shadow_verdicts)}
        progress.missing += len(refused)
        progress.judged += len(shadow_verdicts) - len(refused)
        progress.changed += sum(
            one.verdict.decision is not before[one.verdict.frame.frame_id].decision for one in shadow_verdicts
        )
        on_progress(progress)
    return progress


def _found(store: Verdicts, query: VerdictQuery) -> Iterator[Verdict]:
    for page in pages(lambda after: store.search(query, 100, after), lambda one: one.frame.frame_id):
        yield from page


def _asked(store: ShadowVerdicts, verdict: Verdict, version: int) -> Sequence[object]:
    query = ShadowVerdictQuery(verdict.frame.frame_id, ShadowVerdictKind.REJUDGED, version)
    return store.shadow_verdicts(query, 1)


def _again(
    store: Frames, verdict: Verdict, spec: InputSpec, limits: Limits, clock: Clock, decode: PrepareInput
) -> Encoded | None:
    content = store.image(verdict.frame.frame_id)
    if content is None:
        return None
    try:
        return encode(verdict.frame, content, spec, limits, clock, decode)
    except PictureError:
        return None
