"""Which slabs wait for a person, as SQL: verdicts without a standing label, frames with different ones."""

import sqlite3
from collections import Counter
from collections.abc import Iterator, Sequence
from typing import Final

from marbleline.domain.decision import Decision
from marbleline.domain.label import Label
from marbleline.domain.review import ReviewState, certainty, review_state
from marbleline.ports.review_queue import ReviewCounts, ReviewOrder, ReviewPlace, ReviewQuery

_CHUNK: Final = 500
_WAITING: Final = f"""
line = ? AND decision = '{Decision.REVIEW.value}' AND NOT EXISTS (
    SELECT 1 FROM labels AS said WHERE said.frame_id = verdicts.frame_id AND said.truth IS NOT NULL
    AND NOT EXISTS (
        SELECT 1 FROM labels AS back WHERE back.frame_id = said.frame_id AND back.truth IS NULL
        AND json_extract(CAST(back.document AS TEXT), '$.withdraws') = said.label_id
    )
)"""  # noqa: S608
# As ``domain.review.certainty``.
_CERTAINTY: Final = "abs(faulty_probability - 0.5)"
_ORDERS: Final = {
    ReviewOrder.OLDEST: ("frame_id", "frame_id > ?"),
    ReviewOrder.NEWEST: ("frame_id DESC", "frame_id < ?"),
    ReviewOrder.UNSURE: (f"{_CERTAINTY}, frame_id", f"({_CERTAINTY}, frame_id) > (?, ?)"),
}


def review_page(
    connection: sqlite3.Connection, query: ReviewQuery, limit: int, after: ReviewPlace | None
) -> list[bytes]:
    """Documents of verdicts in the query's order, after the given place."""
    if query.state is not ReviewState.WAITING:
        return _differing_page(connection, query, limit, after)
    order, beyond = _ORDERS[query.order]
    where, values = _WAITING, [query.line, *_values(query.order, after)]
    if after is not None:
        where = f"{beyond} AND {where}"
        values = [*values[1:], query.line]
    rows = connection.execute(
        "SELECT document FROM (SELECT id, frame_id, faulty_probability FROM verdicts"  # noqa: S608
        f" WHERE {where} ORDER BY {order} LIMIT ?) JOIN documents USING (id) ORDER BY {order}",
        (*values, limit),
    )
    return [document for (document,) in rows]


def review_counts(connection: sqlite3.Connection, line: str) -> ReviewCounts:
    """How many there are in each state."""
    (waiting,) = connection.execute(f"SELECT count(*) FROM verdicts WHERE {_WAITING}", (line,)).fetchone()  # noqa: S608
    states = Counter(state for _, state in _differing(connection, line))
    return ReviewCounts(waiting, states[ReviewState.DISPUTED], states[ReviewState.SETTLED])


def _values(order: ReviewOrder, after: ReviewPlace | None) -> list[str | float]:
    if after is None:
        return []
    return [after.certainty, after.frame_id] if order is ReviewOrder.UNSURE else [after.frame_id]


def _differing(connection: sqlite3.Connection, line: str) -> Iterator[tuple[str, ReviewState]]:
    """Frames that ever had different labels by different people, and their state by all of their labels.

    A settled one is among them, for a dispute is what is settled, and no label is ever removed.
    """
    rows = connection.execute(
        "SELECT frame_id FROM labels WHERE line = ? AND truth IS NOT NULL"
        ' GROUP BY frame_id HAVING min(truth) < max(truth) AND min("by") < max("by")',
        (line,),
    )
    several = [frame_id for (frame_id,) in rows]
    for chunk in _chunks(several):
        labels: dict[str, list[Label]] = {}
        for (document,) in connection.execute(
            f"SELECT document FROM labels WHERE frame_id IN ({_places(chunk)})",  # noqa: S608
            chunk,
        ):
            label = Label.from_json(document)
            labels.setdefault(label.frame_id, []).append(label)
        for frame_id, of_frame in labels.items():
            yield frame_id, review_state(of_frame, sent=True)


def _differing_page(
    connection: sqlite3.Connection, query: ReviewQuery, limit: int, after: ReviewPlace | None
) -> list[bytes]:
    found: list[tuple[float, str, int]] = []
    wanted = [frame_id for frame_id, state in _differing(connection, query.line) if state is query.state]
    for chunk in _chunks(wanted):
        rows = connection.execute(
            f"SELECT faulty_probability, frame_id, id FROM verdicts WHERE frame_id IN ({_places(chunk)})",  # noqa: S608
            chunk,
        )
        found += [(certainty(probability), frame_id, number) for probability, frame_id, number in rows]

    def place(one: tuple[float, str, int]) -> tuple[float, str]:
        return (one[0] if query.order is ReviewOrder.UNSURE else 0.0, one[1])

    newest = query.order is ReviewOrder.NEWEST
    found.sort(key=place, reverse=newest)
    if after is not None:
        last = place((after.certainty, after.frame_id, 0))
        found = [one for one in found if (place(one) < last if newest else place(one) > last)]
    documents = {
        number: document
        for chunk in _chunks([number for _, _, number in found[:limit]])
        for number, document in connection.execute(
            f"SELECT id, document FROM documents WHERE id IN ({_places(chunk)})",  # noqa: S608
            chunk,
        )
    }
    return [documents[number] for _, _, number in found[:limit]]


def _chunks(values: list[str] | list[int]) -> Iterator[Sequence[str | int]]:
    for start in range(0, len(values), _CHUNK):
        yield values[start : start + _CHUNK]


def _places(values: Sequence[str | int]) -> str:
    return ", ".join("?" * len(values))
