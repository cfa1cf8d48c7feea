"""What happens to a write when the server is busy, away, read-only, or won't take the document."""

import json
import threading

import pytest
from msgspec.structs import replace

from marbleline.adapters.stores.elasticsearch import connection
from marbleline.domain.decision import Decision
from marbleline.domain.records import FrameRecord
from marbleline.domain.verdict import Verdict
from marbleline.errors import StoreUnavailable
from marbleline.ports.verdicts import JudgedSequences, VerdictQuery
from tests.builders import START, make_frame, make_record, make_report, make_verdict
from tests.services.elasticsearch_proxy import Cut, Says, Seen
from tests.services.elasticsearch_support import Bench

BUSY = {"error": {"type": "es_rejected_execution_exception", "reason": "queue is full"}, "status": 429}
NO_MASTER = {"error": {"type": "cluster_block_exception", "reason": "no master"}, "status": 503}


def test_whole_requests_refused_for_a_while_are_sent_again(bench: Bench) -> None:
    proxy = bench.proxy()
    answers = [Says(429, BUSY), Says(503, NO_MASTER), Says(429, BUSY)]
    proxy.rule = lambda seen: answers.pop() if seen.bulk and answers else None
    assert bench.store(proxy.url).put_frames([make_record(1)]) == []
    assert len(proxy.bulks) == 4
    assert len(bench.slept) == 3


def test_single_documents_refused_for_a_while_are_sent_again_alone(bench: Bench) -> None:
    proxy = bench.proxy()
    store = bench.store(proxy.url)
    store.put_frames([make_record(9)])
    proxy.seen.clear()
    records = [make_record(n) for n in (1, 2, 3)]

    def second_is_refused(seen: Seen) -> Says | None:
        if len(proxy.bulks) > 1:
            return None
        refused = {"create": {"status": 429, **BUSY}}
        bench.store().put_frames([records[0], records[2]])
        return Says(200, {"items": [{"create": {"status": 201}}, refused, {"create": {"status": 201}}]})

    proxy.rule = second_is_refused
    assert store.put_frames(records) == []
    assert len(proxy.bulks[1].body.splitlines()) == 2
    assert [store.image(one.frame.frame_id) for one in records] == [one.image for one in records]


def test_a_server_that_stays_busy_is_unavailable_after_the_limit(bench: Bench) -> None:
    proxy = bench.proxy()
    store = bench.store(proxy.url, patience_s=5.0)
    # The index is there by then: making it is no part of what is waited for.
    assert bench.store(proxy.url).put_frames([make_record(2)]) == []
    bench.slept.clear()
    proxy.rule = lambda seen: Says(429, BUSY) if seen.bulk else None
    with pytest.raises(StoreUnavailable, match=r"429.*queue is full"):
        store.put_frames([make_record(1)])
    assert 1.5 < sum(bench.slept) <= 5.0
    assert bench.slept[0] < bench.slept[-1]
    proxy.rule = lambda _: None
    assert store.put_frames([make_record(1)]) == []


def test_away_in_the_middle_of_a_call_and_back(bench: Bench) -> None:
    proxy = bench.proxy()
    store = bench.store(proxy.url)
    verdicts = [make_verdict(n) for n in range(1, 1201)]
    proxy.rule = lambda _: Cut(after=False) if len(proxy.bulks) > 2 else None
    with pytest.raises(StoreUnavailable, match="no answer"):
        store.put_verdicts(verdicts)
    proxy.stop()
    with pytest.raises(StoreUnavailable, match="no answer"):
        store.put_verdicts(verdicts)
    with pytest.raises(StoreUnavailable):
        store.check()
    proxy.rule = lambda _: None
    proxy.start()
    store.check()
    assert store.put_verdicts(verdicts) == []
    assert store.judged("camera-1", 10_000) == JudgedSequences(sequences=1200, verdicts=1200)


@pytest.mark.parametrize("lost", [1, 2])
def test_an_answer_that_was_lost_changes_nothing(bench: Bench, lost: int) -> None:
    """First the answer to the verdicts' bulk, then the one to the bulk of marks and the review queue."""
    proxy = bench.proxy()
    store = bench.store(proxy.url)
    verdicts = [make_verdict(n, decision=Decision.REVIEW) for n in (1, 2, 3)]
    proxy.rule = lambda seen: Cut(after=True) if seen.bulk and len(proxy.bulks) == lost else None
    with pytest.raises(StoreUnavailable):
        store.put_verdicts(verdicts)
    assert store.put_verdicts(verdicts) == []
    assert store.judged("camera-1", 3) == JudgedSequences(sequences=3, verdicts=3)
    assert store.review_counts(verdicts[0].frame.line).waiting == 3


def test_a_mark_that_is_refused_for_now_is_put_again_alone(bench: Bench) -> None:
    """What went with it is there; a review whose place is taken keeps it."""
    proxy = bench.proxy()
    store = bench.store(proxy.url)
    store.put_verdicts([make_verdict(9, decision=Decision.REVIEW)])
    proxy.seen.clear()

    def mark_is_refused(seen: Seen) -> Says | None:
        if len(proxy.bulks) != 2:
            return None
        return Says(200, {"items": [{"create": {"status": 429}}, {"create": {"status": 409}}]})

    proxy.rule = mark_is_refused
    store.put_verdicts([make_verdict(1, decision=Decision.REVIEW)])
    assert [one.body.count(b"\n") for one in proxy.bulks] == [2, 4, 2]
    assert b"-judged" in proxy.bulks[2].body
    assert store.judged("camera-1", 1) == JudgedSequences(sequences=1, verdicts=1)


def test_neither_the_ledger_nor_a_reviewer_is_told_of_a_rejected_verdict(bench: Bench) -> None:
    store = bench.store()
    bad = make_verdict(frame=make_frame(1, origin="bad\udc80name"), decision=Decision.REVIEW)
    assert len(store.put_verdicts([bad, make_verdict(2, decision=Decision.REVIEW)])) == 1
    assert store.judged("camera-1", 10).verdicts == 1
    assert store.review_counts(bad.frame.line).waiting == 1


def test_a_crash_between_verdict_and_mark_is_healed_by_the_redelivery(bench: Bench) -> None:
    proxy = bench.proxy()
    store = bench.store(proxy.url)
    proxy.rule = lambda seen: Cut(after=False) if seen.bulk and len(proxy.bulks) == 2 else None
    with pytest.raises(StoreUnavailable):
        store.put_verdicts([make_verdict(1)])
    assert store.verdict(make_verdict(1).frame.frame_id) is not None
    assert store.judged("camera-1", 1).verdicts == 0
    store.put_verdicts([make_verdict(1)])
    assert store.judged("camera-1", 1) == JudgedSequences(sequences=1, verdicts=1)


def test_what_has_a_verdict_is_never_ahead_of_what_is_counted(bench: Bench) -> None:
    """Else the ledger, read between the two writes, would show a frame as lost."""
    proxy = bench.proxy()
    store = bench.store(proxy.url)
    verdict = make_verdict(1)
    proxy.rule = lambda seen: Cut(after=False) if seen.bulk and len(proxy.bulks) == 2 else None
    with pytest.raises(StoreUnavailable):
        store.put_verdicts([verdict])
    assert store.which_judged([verdict.frame.frame_id]) == frozenset()
    assert store.judged("camera-1", 1).sequences == 0


@pytest.mark.parametrize("block", ["read_only_allow_delete", "read_only", "write"])
def test_a_read_only_index_is_waited_for(bench: Bench, block: str) -> None:
    store = bench.store()
    store.put_frames([make_record(1)])
    index = bench.server.indices(f"{bench.prefix}-frames")[0]
    bench.server.ask("PUT", f"/{index}/_settings", {f"index.blocks.{block}": True})
    with pytest.raises(StoreUnavailable, match="cluster_block_exception"):
        store.put_frames([make_record(2)])
    with pytest.raises(StoreUnavailable, match=block):
        store.check()
    assert bench.slept == []
    bench.server.ask("PUT", f"/{index}/_settings", {f"index.blocks.{block}": None})
    store.check()
    assert store.put_frames([make_record(2)]) == []
    assert store.image(make_record(2).frame.frame_id) == make_record(2).image


def test_the_disks_flood_stage_is_waited_for(bench: Bench) -> None:
    """Newer servers answer the block of a full disk with 429; trying again at once would be no use."""
    proxy = bench.proxy()
    error = {"type": "cluster_block_exception", "reason": "disk usage exceeded flood-stage watermark"}
    full = {"items": [{"create": {"status": 429, "error": error}}]}
    proxy.rule = lambda seen: Says(200, full) if seen.bulk else None
    with pytest.raises(StoreUnavailable, match="flood-stage"):
        bench.store(proxy.url).put_frames([make_record(1)])
    assert bench.slept == []


def test_a_closed_index_is_the_stores_fault(bench: Bench) -> None:
    store = bench.store()
    store.put_frames([make_record(1)])
    index = bench.server.indices(f"{bench.prefix}-frames")[0]
    bench.server.ask("POST", f"/{index}/_close")
    with pytest.raises(StoreUnavailable, match="closed"):
        store.put_frames([make_record(2)])
    bench.server.ask("POST", f"/{index}/_open")
    assert store.put_frames([make_record(2)]) == []


def test_a_document_that_does_not_fit_the_mapping_is_rejected_alone(bench: Bench) -> None:
    store = bench.store()
    wrong = make_verdict(frame=make_frame(2**63, captured_at=START))
    good = make_verdict(1)
    (rejection,) = store.put_verdicts([wrong, good])
    assert rejection.document_id == wrong.frame.frame_id
    assert "sequence" in rejection.reason
    assert len(rejection.reason) < 500
    assert store.verdict(good.frame.frame_id) == good
    assert store.verdict(wrong.frame.frame_id) is None
    assert store.judged("camera-1", 2**62) == JudgedSequences(sequences=1, verdicts=1)


@pytest.mark.parametrize(
    "wrong",
    [
        make_verdict(frame=make_frame(2, captured_at=10**16)),
        make_verdict(frame=make_frame(2, captured_at=10**18)),
        replace(make_verdict(2), anomaly=float("nan")),
        replace(make_verdict(2), anomaly=float("inf")),
        make_verdict(frame=make_frame(2, frame_id="x" * 600)),
        make_verdict(frame=replace(make_frame(2), frame_id="")),
    ],
    ids=["beyond-2262", "beyond-the-calendar", "nan", "infinite", "long-id", "no-id"],
)
def test_no_document_can_hold_up_the_others(bench: Bench, wrong: Verdict) -> None:
    store = bench.store()
    others = [make_verdict(n) for n in (1, 3, 4)]
    (rejection,) = store.put_verdicts([others[0], wrong, *others[1:]])
    assert rejection.document_id == wrong.frame.frame_id
    assert store.judged("camera-1", 100).verdicts == 3


def test_text_of_any_kind_comes_back_as_it_was(bench: Bench) -> None:
    store = bench.store()
    frame = make_frame(1, origin="bad\\x80name " + "x" * 40_000, slab_id='ü "quoted" \\ \n \u2028')
    verdict = make_verdict(frame=frame)
    assert store.put_verdicts([verdict]) == []
    assert store.verdict(frame.frame_id) == verdict


def test_text_that_is_no_unicode_is_rejected_alone(bench: Bench) -> None:
    """JSON can't carry it (RFC 8259, section 8.1); sources escape such bytes of a file's name."""
    store = bench.store()
    bad = make_verdict(frame=make_frame(1, origin="bad\udc80name"))
    (rejection,) = store.put_verdicts([bad, make_verdict(2)])
    assert rejection.document_id == bad.frame.frame_id
    assert store.judged("camera-1", 10).verdicts == 1


def test_a_document_beyond_the_servers_limit_is_rejected_unsent(bench: Bench) -> None:
    proxy = bench.proxy()
    limit = {"nodes": {"a": {"http": {"max_content_length_in_bytes": 1_000_000}}}}
    proxy.rule = lambda seen: Says(200, limit) if seen.path.startswith("/_nodes/http") else None
    store = bench.store(proxy.url)
    large = FrameRecord(make_frame(2, content=b"x" * 900_000), b"x" * 900_000)
    (rejection,) = store.put_frames([make_record(1), large, make_record(3)])
    assert rejection.document_id == large.frame.frame_id
    assert rejection.reason.startswith("too large: 1200")
    assert max(len(one.body) for one in proxy.bulks) < 1_000_000


def test_a_document_too_large_for_something_on_the_way_is_found_and_rejected(bench: Bench) -> None:
    proxy = bench.proxy()
    proxy.rule = lambda seen: Says(413, "Request Entity Too Large") if len(seen.body) > 500_000 else None
    store = bench.store(proxy.url)
    large = FrameRecord(make_frame(5), b"x" * 400_000)
    records = [*(make_record(n, image=b"y" * 50_000) for n in range(20)), large]
    (rejection,) = store.put_frames(records)
    assert rejection.document_id == large.frame.frame_id
    assert "too large" in rejection.reason
    assert all(store.image(one.frame.frame_id) == one.image for one in records if one is not large)


def test_a_request_is_bounded_in_bytes_and_count(bench: Bench) -> None:
    proxy = bench.proxy()
    store = bench.store(proxy.url)
    image = b"x" * 1_000_000
    assert store.put_frames([make_record(n, image=image) for n in range(20)]) == []
    assert store.put_verdicts([make_verdict(n) for n in range(1, 1101)]) == []
    assert max(len(one.body) for one in proxy.bulks) < 8_100_000
    assert max(one.body.count(b"\n") for one in proxy.bulks) <= 1_000
    assert len(proxy.bulks) == 4 + 3 + 3


def test_the_first_verdict_stays_however_late_another_comes(bench: Bench) -> None:
    """Also one made in another month: the index follows from the frame, not from the clock."""
    store = bench.store()
    first = make_verdict(1)
    much_later = make_verdict(frame=first.frame, decided_after_ms=90 * 86_400_000)
    assert store.put_verdicts([first]) == []
    assert store.put_verdicts([much_later, much_later]) == []
    assert bench.store().put_verdicts([much_later]) == []
    assert store.verdict(first.frame.frame_id) == first
    assert store.judged("camera-1", 10) == JudgedSequences(sequences=1, verdicts=1)
    assert len(bench.server.indices(f"{bench.prefix}-verdicts")) == 1


def test_a_number_judged_twice_shows_and_the_count_of_numbers_stays_exact(bench: Bench) -> None:
    store = bench.store()
    store.put_verdicts([make_verdict(n) for n in range(1, 31)])
    twins = [make_verdict(frame=make_frame(n, captured_at=START + 10**12 + n)) for n in (3, 7, 31)]
    for _ in range(3):
        assert store.put_verdicts(twins) == []
    assert store.judged("camera-1", 100) == JudgedSequences(sequences=31, verdicts=33)
    assert store.judged("camera-1", 5) == JudgedSequences(sequences=5, verdicts=6)
    ids = [one.frame.frame_id for one in twins]
    assert store.which_judged([*ids, "unknown"]) == frozenset(ids)


def test_a_late_report_does_not_overwrite_a_newer_one(bench: Bench) -> None:
    store = bench.store()
    old, new = make_report(reported_at=START), make_report(reported_at=START + 1, captured=11)
    store.put_cameras([new])
    store.put_cameras([old])
    store.put_cameras([new, old])
    bench.store().put_cameras([old])
    assert store.cameras() == [new]


def test_a_frame_sent_again_changes_nothing(bench: Bench) -> None:
    store = bench.store()
    record = make_record(1)
    store.put_frames([record])
    store.put_frames([FrameRecord(record.frame, b"other")])
    assert store.image(record.frame.frame_id) == record.image


def test_a_field_that_only_a_newer_worker_knows_is_kept_and_not_refused(bench: Bench) -> None:
    store = bench.store()
    verdict = make_verdict(1)
    store.put_verdicts([verdict])
    index = bench.server.indices(f"{bench.prefix}-verdicts")[0]
    document = json.loads(verdict.to_json()) | {"schema_version": "2.9", "moisture": {"percent": 3}}
    newer = make_verdict(2).frame.frame_id
    document |= {
        "frame": {**document["frame"], "frame_id": newer},
        "scores": {**document["scores"], "stain": 0.5},
    }
    bench.server.ask("PUT", f"/{index}/_doc/{newer}?refresh=true", document)
    found = store.verdict(newer)
    assert found is not None
    assert found.scores["stain"] == 0.5
    mapping = bench.server.ask("GET", f"/{index}/_mapping")[index]["mappings"]["properties"]
    assert "moisture" not in mapping


NO_PARAMETER = {"error": {"type": "illegal_argument_exception", "reason": "unrecognized parameter"}}


@pytest.mark.parametrize(
    "answer",
    [
        Says(200, "nonsense"),
        Says(200, {"items": []}),
        Says(302, {}),
        Says(400, "The plain HTTP request was sent to HTTPS port"),
        Says(400, NO_PARAMETER),
        Says(404, {}),
        Says(502, "<html>"),
        Says(200, {"items": []}, product=False),
    ],
    ids=lambda answer: f"{answer.status} {answer.body}"[:30],
)
def test_nonsense_from_something_on_the_way_is_no_fault_of_the_documents(bench: Bench, answer: Says) -> None:
    proxy = bench.proxy()
    store = bench.store(proxy.url)
    proxy.rule = lambda seen: answer if seen.bulk else None
    with pytest.raises(StoreUnavailable):
        store.put_frames([make_record(1), make_record(2)])
    proxy.rule = lambda _: None
    assert store.put_frames([make_record(1)]) == []


def test_no_search_is_content_with_half_an_answer(bench: Bench) -> None:
    """A shard that is away must be an outage, not a smaller count."""
    proxy = bench.proxy()
    store = bench.store(proxy.url)
    store.put_verdicts([make_verdict(1)])
    store.counts(VerdictQuery())
    store.search(VerdictQuery(), 1)
    store.judged("camera-1", 1)
    store.which_judged(["x"])
    store.highest_sequences()
    searches = [one.path for one in proxy.seen if "/_search" in one.path]
    assert len(searches) == 6
    assert all("allow_partial_search_results=false" in path for path in searches)


def test_a_server_that_never_answers_is_unavailable(bench: Bench, monkeypatch: pytest.MonkeyPatch) -> None:
    proxy = bench.proxy()
    store = bench.store(proxy.url)
    store.put_frames([make_record(1)])  # within the usual limits: a busy machine makes indices slowly
    monkeypatch.setattr(connection, "ASK_S", 0.2)
    monkeypatch.setattr(connection, "WRITE_S", 0.4)
    over = threading.Event()
    proxy.rule = lambda _: Cut(after=False) if over.wait(60) else None
    for ask in (lambda: store.put_frames([make_record(2)]), store.check, store.cameras):
        with pytest.raises(StoreUnavailable, match="timed out"):
            ask()
    over.set()
    assert bench.store().image(make_record(2).frame.frame_id) is None
