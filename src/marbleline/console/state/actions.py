"""What people do from the console. Each action checks the role first, whatever a page showed."""

import logging
from collections.abc import Sequence
from dataclasses import dataclass
from typing import Final, Protocol

from marbleline.console.auth.roles import Person, Role, require
from marbleline.console.state.cached_connection import CachedConnection
from marbleline.console.state.feed import LiveFeed
from marbleline.domain.clock import Clock
from marbleline.domain.label import Label, MarkedRegion, new_label, truths, why_not_settled_by, withdrawal
from marbleline.domain.verdict import Verdict
from marbleline.errors import LabelRejected
from marbleline.operations.dead_letters import DeadLetterFilter, choose, in_batches, replayable
from marbleline.ports.annotations import Annotations, LabelQuery
from marbleline.ports.camera_setups import CameraSetups
from marbleline.ports.connection import Connection
from marbleline.ports.dead_letters import DeadLetters
from marbleline.ports.defect_guide import DefectGuide
from marbleline.ports.frames import Frames
from marbleline.ports.product_switches import ProductChanges, ProductSwitches
from marbleline.ports.review_queue import ReviewQueue
from marbleline.ports.slab_verdicts import SlabVerdicts
from marbleline.ports.verdict_statistics import VerdictStatistics
from marbleline.ports.verdicts import Verdicts

log = logging.getLogger("marbleline.console")

_OWN: Final = 200


class PageStore(
    Frames,
    Verdicts,
    VerdictStatistics,
    SlabVerdicts,
    Annotations,
    ReviewQueue,
    CameraSetups,
    DefectGuide,
    ProductChanges,
    Connection,
    Protocol,
):
    """What the pages ask of the store."""


class PageBroker(DeadLetters, ProductSwitches, Connection, Protocol):
    """What the pages ask of the broker."""


@dataclass(frozen=True, slots=True)
class Actions:
    """``store`` and ``broker`` are shared by all pages; ``feed`` shows a new label to all tabs at once."""

    store: CachedConnection[PageStore]
    broker: CachedConnection[PageBroker]
    feed: LiveFeed
    clock: Clock

    def overrule(
        self,
        person: Person,
        frame_id: str,
        truth: str,
        region: MarkedRegion | None = None,
        asked: str = "",
        note: str = "",
    ) -> Verdict | None:
        """Save a label: what a person says a slab is. Returns the overruled verdict, None if unknown.

        ``asked``: why the line asked for it; empty if it did not. ``note``: what the person writes of it.
        Another person's label stays.
        Raises AccessDenied, WireError (no such class), LabelRejected, StoreUnavailable.
        """
        require(person, Role.OPERATOR)
        verdict = self.find(frame_id)
        if verdict is not None:
            now = self.clock()
            self._put(new_label(verdict, truth, person.name, now, region=region, asked=asked, note=note))
        return verdict

    def overrule_selected(
        self, person: Person, frame_ids: Sequence[str], truth: str, note: str = ""
    ) -> list[Label]:
        """Save one label for each slab; returns them. Slabs that are unknown or have a label are skipped.

        Raises AccessDenied, WireError (no such class), LabelRejected, StoreUnavailable.
        """
        require(person, Role.OPERATOR)
        known = self.feed.snapshot().truths
        wanted = [frame_id for frame_id in dict.fromkeys(frame_ids) if frame_id not in known]
        found = self.store.query(lambda store: [store.verdict(frame_id) for frame_id in wanted])
        labels = [
            new_label(one, truth, person.name, self.clock(), note=note) for one in found if one is not None
        ]
        self._put(*labels)
        return labels

    def settle(self, person: Person, frame_id: str, truth: str, note: str = "") -> Verdict | None:
        """Decide about a slab that other people label differently. Returns its verdict, None if unknown.

        Whoever has settled it may decide anew.
        Raises AccessDenied, WireError (no such class), LabelRejected (nobody disagrees, or the person is one
        of those who do), StoreUnavailable.
        """
        require(person, Role.OPERATOR)
        verdict = self.find(frame_id)
        if verdict is None:
            return None
        said = self.store.query(lambda store: store.labels(LabelQuery(frame_id=frame_id), _OWN))
        refused = why_not_settled_by(truths(said).get(frame_id), person.name)
        if refused:
            raise LabelRejected(f"slab {verdict.frame.slab_id or frame_id}: {refused}")
        self._put(new_label(verdict, truth, person.name, self.clock(), note=note, settles=True))
        return verdict

    def undo_selected(self, person: Person, labels: Sequence[Label]) -> int:
        """Withdraw the person's own of these labels; returns how many they were.

        Raises AccessDenied, LabelRejected, StoreUnavailable.
        """
        require(person, Role.OPERATOR)
        own = [label for label in labels if label.by == person.name]
        self._put(*(withdrawal(label, person.name, self.clock()) for label in own))
        return len(own)

    def undo(self, person: Person, frame_id: str) -> Label | None:
        """Withdraw the person's own last label of a slab; returns it, None if there was none.

        Raises AccessDenied, LabelRejected, StoreUnavailable.
        """
        require(person, Role.OPERATOR)
        own = self.store.query(
            lambda store: store.labels(LabelQuery(frame_id=frame_id, by=person.name), _OWN)
        )
        current = truths(own).get(frame_id)
        if current is None:
            return None
        label = current.labels[0]
        self._put(withdrawal(label, person.name, self.clock()))
        return label

    def mark_seen(self, person: Person, frame_id: str) -> bool:
        """Take a held faulty slab off its camera's card, for everybody; returns whether it was held.

        Raises AccessDenied.
        """
        require(person, Role.OPERATOR)
        released = self.feed.release(frame_id)
        if released:
            log.info("console.faulty_seen", extra={"frame_id": frame_id, "user": person.name})
        return released

    def replay(self, person: Person, dead_letter_ids: Sequence[str] = ()) -> int:
        """Replay dead letters, all of them if none is named; returns how many were replayed.

        Raises AccessDenied, BrokerUnavailable, BrokerFull.
        """
        require(person, Role.ENGINEER)

        def send(broker: PageBroker) -> int:
            letters = choose(broker, DeadLetterFilter(dead_letter_ids=tuple(dead_letter_ids)))
            again = [letter.dead_letter_id for letter in letters if replayable(letter)]
            return sum(in_batches(broker.replay, again))

        replayed = self.broker.query(send)
        self.broker.clear_cache()
        return replayed

    def find(self, frame_id: str) -> Verdict | None:
        """The verdict on a frame: from the feed, else from the store. Raises StoreUnavailable."""
        snapshot = self.feed.snapshot()
        for verdict in snapshot.recent:
            if verdict.frame.frame_id == frame_id:
                return verdict
        return self.store.query(lambda store: store.verdict(frame_id))

    def _put(self, *labels: Label) -> None:
        rejections = self.store.query(lambda store: store.put_labels(labels))
        self.store.clear_cache()
        if rejections:  # the next poll brings those of several that were taken
            first = rejections[0]
            raise LabelRejected(f"label {first.document_id}: the store rejects it: {first.reason}")
        self.feed.update_side_data(lambda side_data: side_data.add_labels(labels))
