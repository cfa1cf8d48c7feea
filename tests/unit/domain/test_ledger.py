"""The ledger's arithmetic."""

from hypothesis import given
from hypothesis import strategies as st

from marbleline.domain.ledger import CameraCounts, Ledger, LedgerEntry, balance, excuse


def counts(
    captured: int,
    *,
    held: str = "",
    unrecorded: str = "",
    dead: str = "",
    judged: str = "",
    verdicts: int | None = None,
    known: str = "",
) -> CameraCounts:
    """Frames are named by their sequences: ``held="3 4"``. ``known`` are those also found judged."""

    def frames(text: str) -> dict[str, int]:
        return {f"f{word}": int(word) for word in text.split()}

    count = len([word for word in judged.split() if int(word) <= captured])
    return CameraCounts(
        "camera-1",
        captured,
        frames(held),
        frames(unrecorded),
        frames(dead),
        frozenset(f"f{word}" for word in known.split()),
        count,
        count if verdicts is None else verdicts,
    )


def entry(found: LedgerEntry) -> tuple[int, ...]:
    return (found.captured, found.judged, found.pending, found.dead_lettered, found.duplicates, found.gaps)


def test_every_frame_counts_once_where_it_is() -> None:
    found = balance(counts(6, held="5 6", dead="4", judged="1 2 3"))
    assert entry(found) == (6, 3, 2, 1, 0, 0)
    assert found.balanced


def test_a_frame_seen_twice_counts_as_the_furthest_that_it_got() -> None:
    found = balance(counts(3, held="1 2 3", unrecorded="2", dead="3", judged="1", known="1"))
    assert entry(found) == (3, 2, 0, 1, 0, 0)


def test_a_dead_letter_that_was_judged_after_all_is_judged() -> None:
    assert entry(balance(counts(2, dead="2", judged="1 2", known="2"))) == (2, 2, 0, 0, 0, 0)


def test_what_is_nowhere_is_a_gap() -> None:
    found = balance(counts(5, held="5", judged="1 2 3"))
    assert found.gaps == 1
    assert not found.balanced


def test_frames_captured_after_the_count_began_are_left_out() -> None:
    assert entry(balance(counts(2, held="3 4", judged="1 2"))) == (2, 2, 0, 0, 0, 0)


def test_two_verdicts_of_one_frame_are_a_duplicate() -> None:
    found = balance(counts(2, judged="1 2", verdicts=3))
    assert found.duplicates == 1
    assert not found.balanced


def test_messages_that_can_not_be_looked_into_excuse_as_many_gaps_and_no_more() -> None:
    entries = [LedgerEntry(name, 10, 7, 0, 0, 0, 3) for name in ("a", "b")]
    first, second = excuse(entries, 4)
    assert (first.pending, first.gaps) == (3, 0)
    assert (second.pending, second.gaps) == (1, 2)


@given(
    st.dictionaries(st.integers(1, 30), st.sampled_from(["held", "unrecorded", "dead", "judged"])),
    st.integers(0, 30),
)
def test_captured_is_always_the_sum(places: dict[int, str], captured: int) -> None:
    where = {
        place: " ".join(str(n) for n, at in places.items() if at == place)
        for place in ("held", "unrecorded", "dead", "judged")
    }
    found = balance(counts(captured, **where))  # type: ignore[arg-type]
    assert found.captured == found.judged + found.pending + found.dead_lettered + found.gaps
    assert found.gaps == len([n for n in range(1, captured + 1) if n not in places])


def test_the_total_adds_up_and_one_camera_tips_the_balance() -> None:
    ledger = Ledger((LedgerEntry("a", 3, 2, 1, 0, 0, 0), LedgerEntry("b", 2, 1, 0, 0, 0, 1)), 0)
    assert entry(ledger.total()) == (5, 3, 1, 0, 0, 1)
    assert not ledger.balanced
