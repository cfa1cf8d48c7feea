"""Slab verdicts: written once, found by what they say, counted for the ledger of slabs."""

from msgspec.structs import replace

from marbleline.domain.decision import Decision
from marbleline.domain.slab import SlabTrigger, SlabVerdict
from marbleline.domain.slab_fold import SlabRules, fold_slab
from marbleline.ports.slab_verdicts import SlabQuery, SlabVerdicts, StationCounts
from marbleline.ports.store import Store
from tests.builders import SECOND, START, make_frame, make_slab_verdict, make_tile, make_verdict, wait_until
from tests.contract.promises import assert_keeps
from tests.contract.store.base import Connect, StoreContract, put


def missed(trigger: int, station: str | None = None) -> SlabVerdict:
    """A slab of which no frame came."""
    at = START + trigger * SECOND
    told = SlabTrigger("line-1", f"slab-{trigger}", trigger, at, 4, station=station)
    return fold_slab([], SlabRules(), at + 9 * SECOND, told)


class SlabVerdictsSuite(StoreContract):
    """What every store keeps of ``ports.slab_verdicts``."""

    def test_keeps_the_port_of_slab_verdicts(self, store: Store) -> None:
        assert_keeps(store, SlabVerdicts)

    def test_no_slab_verdicts_are_no_error(self, store: Store) -> None:
        assert store.put_slab_verdicts([]) == []
        assert store.slab_verdict("line-1/-/#1") is None
        assert store.slab_verdicts(SlabQuery(), 10) == []
        assert store.which_slabs_judged([]) == frozenset()
        assert store.slab_stations() == []
        assert store.count_triggers_judged("line-1", None, 1, 9) == 0
        assert store.triggers_seen("line-1", None, 1, 9) == frozenset()

    def test_a_slab_verdict_comes_back_whole_and_the_first_stays(
        self, store: Store, connect: Connect
    ) -> None:
        other = connect()
        slab = replace(make_slab_verdict(7, Decision.FAULTY), slab_id="Плита 7", grade="A")
        for _ in range(2):
            assert store.put_slab_verdicts([slab, slab]) == []
        assert store.put_slab_verdicts([replace(slab, decision=Decision.GOOD, defect=None)]) == []
        assert other.slab_verdict(slab.slab_verdict_id) == slab
        assert other.which_slabs_judged([slab.slab_verdict_id, "line-1/-/#8"]) == {slab.slab_verdict_id}
        other.close()

    def test_slab_verdicts_by_each_condition_newest_first(self, store: Store) -> None:
        good, faulty = make_slab_verdict(1), make_slab_verdict(2, Decision.FAULTY)
        graded = replace(make_slab_verdict(3, Decision.REVIEW), grade="B", station="front")
        assert store.put_slab_verdicts([faulty, graded, good]) == []
        asked = {
            SlabQuery(): [graded, faulty, good],
            SlabQuery(line="line-2"): [],
            SlabQuery(station="front"): [graded],
            SlabQuery(slab_id="slab-2"): [faulty],
            SlabQuery(decision=Decision.GOOD): [good],
            SlabQuery(defect="crack"): [graded, faulty],
            SlabQuery(grade="B"): [graded],
            SlabQuery(since=faulty.triggered_at): [graded, faulty],
            SlabQuery(until=faulty.triggered_at): [faulty, good],
        }
        wait_until(lambda: len(store.slab_verdicts(SlabQuery(), 10)) == 3)
        for query, found in asked.items():
            assert store.slab_verdicts(query, 10) == found, query

    def test_slab_verdicts_page_by_page_of_one_moment_too(self, store: Store) -> None:
        slabs = [make_slab_verdict(n, triggered_at=START + n // 3 * 17) for n in range(1, 8)]
        assert store.put_slab_verdicts(slabs) == []
        wait_until(lambda: len(store.slab_verdicts(SlabQuery(), 10)) == 7)
        order = store.slab_verdicts(SlabQuery(), 10)
        assert order == sorted(slabs, key=lambda one: (one.triggered_at, one.slab_verdict_id), reverse=True)
        paged: list[SlabVerdict] = []
        while page := store.slab_verdicts(
            SlabQuery(), 2, (paged[-1].triggered_at, paged[-1].slab_verdict_id) if paged else None
        ):
            paged += page
        assert paged == order

    def test_what_the_ledger_of_slabs_counts(self, store: Store) -> None:
        slabs = [make_slab_verdict(n) for n in (3, 4, 6)]
        front = [replace(make_slab_verdict(2), station="front"), missed(4, "front")]
        unnumbered = fold_slab([make_tile(1, 2, trigger=None)], SlabRules(), START + SECOND)
        assert store.put_slab_verdicts([*slabs, missed(5), *front, unnumbered]) == []
        frames = [
            make_frame(n, slab_id=f"slab-{n}", station=station, trigger=n, tile=1, tiles=4)
            for n, station in ((2, None), (6, None), (9, None), (3, "front"))
        ]
        put(store, [make_verdict(frame=one) for one in [*frames, make_frame(20)]])
        assert {(one.line, one.station): one for one in store.slab_stations()} == {
            ("line-1", None): StationCounts("line-1", None, 4, 1, 4, 2, 9),
            ("line-1", "front"): StationCounts("line-1", "front", 1, 1, 2, 2, 4),
        }
        assert store.count_triggers_judged("line-1", None, 4, 5) == 2
        assert store.count_triggers_judged("line-1", None, 1, 100) == 4
        assert store.count_triggers_judged("line-1", "front", 1, 100) == 2
        assert store.count_triggers_judged("line-2", None, 1, 100) == 0
        assert store.triggers_seen("line-1", None, 2, 8) == {2, 6}
        assert store.triggers_seen("line-1", "front", 1, 9) == {3}

    def test_what_can_never_be_stored_is_rejected_alone(self, store: Store) -> None:
        fine = make_slab_verdict(1)
        broken = replace(make_slab_verdict(2), slab_id="\ud800")
        (rejection,) = store.put_slab_verdicts([broken, fine])
        assert rejection.document_id == broken.slab_verdict_id
        assert store.slab_verdict(fine.slab_verdict_id) == fine
