"""What became of the frames that cameras logged."""

from marbleline.domain.audit import AuditEntry, Logged, audit

FRAMES = [Logged(f"id-{number}", "belt", number) for number in range(1, 7)]


def test_each_logged_frame_is_found_once_or_missing() -> None:
    twice = [*FRAMES, FRAMES[0], Logged("other-1", "arch", 1)]
    entries = audit(twice, {"id-1", "id-2", "other-1"}, {"id-2", "id-3"}, {"id-3", "id-4"}, {}, 0)
    assert entries == (
        AuditEntry("arch", 1, 1, 0, 0, ()),
        AuditEntry("belt", 6, 2, 1, 1, ("id-5", "id-6")),
    )


def test_what_may_be_in_a_spool_or_queue_is_the_newest_and_not_missing() -> None:
    [entry] = audit(FRAMES, {"id-1"}, (), (), {"belt": 1, "other": 9}, 2)
    assert (entry.pending, entry.missing) == (3, ("id-2", "id-3"))


def test_one_queue_excuses_each_frame_once() -> None:
    logged = [Logged("a-1", "a", 1), Logged("b-1", "b", 1)]
    first, second = audit(logged, (), (), (), {}, 1)
    assert (first.missing, second.missing) == ((), ("b-1",))
