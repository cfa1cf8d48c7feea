"""What people do from the console. Each action asks first whether the person may, whatever a page showed."""

from collections.abc import Sequence
from dataclasses import dataclass
from typing import Final

from marbleline.console.access import Person, Role, require
from marbleline.console.desk import Desk
from marbleline.console.feed import Feed
from marbleline.domain.clock import Clock
from marbleline.domain.label import Label, Region, new_label, truths, withdrawal
from marbleline.domain.verdict import Verdict
from marbleline.errors import MarblelineError
from marbleline.ports.broker import Broker
from marbleline.ports.remarks import LabelQuery
from marbleline.ports.store import Store
from marbleline.workers.dead_letters import Choice, choose, in_batches, replayable

_OWN: Final = 200


class NotSaved(MarblelineError):
    """The store will never take this label."""


@dataclass(frozen=True, slots=True)
class Actions:
    """``records`` and ``queues`` are what all pages ask; ``feed`` shows a new label to all tabs at once."""

    records: Desk[Store]
    queues: Desk[Broker]
    feed: Feed
    clock: Clock

    def overrule(
        self, person: Person, frame_id: str, truth: str, region: Region | None = None
    ) -> Verdict | None:
        """Put down what a person says a slab is; returns the verdict that was overruled, None if unknown.

        Another person's word stays beside it. Raises Refused, WireError (no such class), NotSaved,
        StoreUnavailable.
        """
        require(person, Role.OPERATOR)
        verdict = self.find(frame_id)
        if verdict is not None:
            self._put(new_label(verdict, truth, person.name, self.clock(), region=region))
        return verdict

    def undo(self, person: Person, frame_id: str) -> Label | None:
        """Take back the person's own last word on a slab; returns it, None if there was none.

        Raises Refused, NotSaved, StoreUnavailable.
        """
        require(person, Role.OPERATOR)
        own = self.records.ask(
            lambda store: store.labels(LabelQuery(frame_id=frame_id, by=person.name), _OWN)
        )
        standing = truths(own).get(frame_id)
        if standing is None:
            return None
        label = standing.labels[0]
        self._put(withdrawal(label, person.name, self.clock()))
        return label

    def replay(self, person: Person, letter_ids: Sequence[str] = ()) -> int:
        """Send dead letters round again, all of them if none is named; returns how many went.

        Raises Refused, BrokerUnavailable, BrokerFull.
        """
        require(person, Role.ENGINEER)

        def send(broker: Broker) -> int:
            letters = choose(broker, Choice(letter_ids=tuple(letter_ids)))
            again = [letter.letter_id for letter in letters if replayable(letter)]
            return sum(in_batches(broker.replay, again))

        went = self.queues.ask(send)
        self.queues.forget()
        return went

    def find(self, frame_id: str) -> Verdict | None:
        """The verdict on a frame: from memory, else from the record. Raises StoreUnavailable."""
        seen = self.feed.snapshot()
        for verdict in (*seen.recent, *seen.reviews):
            if verdict.frame.frame_id == frame_id:
                return verdict
        return self.records.ask(lambda store: store.verdict(frame_id))

    def _put(self, label: Label) -> None:
        rejections = self.records.ask(lambda store: store.put_labels([label]))
        if rejections:
            raise NotSaved(f"label {label.label_id}: the store refuses it: {rejections[0].reason}")
        self.records.forget()
        self.feed.keep(lambda beside: beside.label([label]))
