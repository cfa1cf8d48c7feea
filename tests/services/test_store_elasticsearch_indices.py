"""Templates, aliases and life cycle policies: made when needed, left alone when someone else's."""

import json
from dataclasses import replace
from typing import Any

import pytest

from marbleline.adapters.stores.elasticsearch import Keep, schema
from marbleline.domain.decision import Decision
from marbleline.domain.shadow_verdict import ShadowVerdict, ShadowVerdictKind
from marbleline.errors import StoreUnavailable
from marbleline.ports.annotations import ShadowVerdictQuery
from marbleline.ports.verdicts import VerdictQuery
from tests.builders import START, make_frame, make_record, make_report, make_verdict
from tests.services.elasticsearch_proxy import Says, Seen
from tests.services.elasticsearch_support import Bench

DAY = 86_400 * 1_000_000
OTHER_CAPTURE = "frame-of-another-software-1"


def test_frames_lie_by_day_and_verdicts_by_month_under_one_alias(bench: Bench) -> None:
    store = bench.store()
    for days in (0, 1, 40):
        at = START + days * DAY
        store.put_verdicts([make_verdict(frame=make_frame(days + 1, captured_at=at))])
    store.put_frames([make_record(1)])
    store.put_verdicts([make_verdict(frame=make_frame(9, frame_id=OTHER_CAPTURE))])
    store.put_cameras([make_report()])
    assert bench.server.indices(bench.prefix) == [
        f"{bench.prefix}-{name}-000001"
        for name in (
            "cameras",
            "frames-2025.06.15",
            "judged",
            "verdicts-2025.06",
            "verdicts-2025.07",
            "verdicts-undated",
        )
    ]
    assert store.counts(VerdictQuery()).total == 4
    assert store.verdict(OTHER_CAPTURE) is not None


def test_pictures_are_stored_and_not_analysed(bench: Bench) -> None:
    store = bench.store()
    store.put_frames([make_record(1)])
    index = bench.server.indices(f"{bench.prefix}-frames")[0]
    mapping = bench.server.ask("GET", f"/{index}/_mapping")[index]["mappings"]
    assert mapping["dynamic"] == "false"
    assert mapping["properties"]["image"] == {"type": "binary"}


def test_what_every_question_refreshes_is_not_refreshed_each_second_besides(bench: Bench) -> None:
    """A refresh writes a segment; verdicts alone are found without asking for one."""
    proxy = bench.proxy()
    store = bench.store(proxy.url)
    verdict = make_verdict(1, decision=Decision.REVIEW)
    store.put_frames([make_record(1)])
    store.put_verdicts([verdict])
    store.put_shadow_verdicts([ShadowVerdict(ShadowVerdictKind.SHADOW, verdict)])
    store.put_cameras([make_report()])
    found = bench.server.ask("GET", f"/{bench.prefix}-*/_settings")
    every = {
        name.removeprefix(f"{bench.prefix}-").split("-")[0]: one["settings"]["index"].get("refresh_interval")
        for name, one in found.items()
    }
    rare = dict.fromkeys(["frames", "judged", "review_queue", "shadow_verdicts"], "30s")
    assert every == {**rare, "cameras": "10s", "verdicts": None}
    proxy.seen.clear()
    store.picture_bytes()
    store.judged("camera-1", 1)
    store.review_counts(verdict.frame.line)
    store.shadow_verdicts(ShadowVerdictQuery(), 1)
    store.cameras()
    asked = [one.path.partition("?")[0] for one in proxy.seen]
    assert asked[::2] == [path.replace("_search", "_refresh") for path in asked[1::2]]


def test_setting_up_twice_changes_nothing(bench: Bench) -> None:
    paths = [f"/{kind}/{bench.prefix}-verdicts" for kind in ("_component_template", "_index_template")]
    bench.store().put_verdicts([make_verdict(1)])
    first = [bench.server.ask("GET", path) for path in paths]
    bench.store().put_verdicts([make_verdict(2)])
    assert [bench.server.ask("GET", path) for path in paths] == first


def test_an_older_template_is_brought_up_to_date_and_the_index_too(
    bench: Bench, monkeypatch: pytest.MonkeyPatch
) -> None:
    without = {name: kind for name, kind in schema._PROPERTIES["verdicts"].items() if name != "anomaly"}
    with monkeypatch.context() as older:
        older.setattr(schema, "_PROPERTIES", {**schema._PROPERTIES, "verdicts": without})
        bench.store().put_verdicts([make_verdict(1)])
    index = bench.server.indices(f"{bench.prefix}-verdicts")[0]
    assert "anomaly" not in bench.server.ask("GET", f"/{index}/_mapping")[index]["mappings"]["properties"]
    bench.store().put_verdicts([make_verdict(2)])
    assert "anomaly" in bench.server.ask("GET", f"/{index}/_mapping")[index]["mappings"]["properties"]
    bench.store().put_verdicts([make_verdict(frame=make_frame(3, captured_at=START + 60 * DAY))])
    index = bench.server.indices(f"{bench.prefix}-verdicts")[1]
    assert "anomaly" in bench.server.ask("GET", f"/{index}/_mapping")[index]["mappings"]["properties"]


def test_a_newer_workers_template_is_left_alone(bench: Bench) -> None:
    path = f"/_component_template/{bench.prefix}-verdicts"
    newer = {
        "template": {"mappings": {**schema.mappings("verdicts"), "_meta": {"by": "a newer worker"}}},
        "version": schema.TEMPLATE_VERSION + 1,
    }
    bench.server.ask("PUT", path, newer)
    assert bench.store().put_verdicts([make_verdict(1)]) == []
    (found,) = bench.server.ask("GET", path)["component_templates"]
    assert found["component_template"]["version"] == schema.TEMPLATE_VERSION + 1
    assert found["component_template"]["template"]["mappings"]["_meta"] == {"by": "a newer worker"}


def test_an_operators_own_template_has_the_last_word(bench: Bench) -> None:
    own = {"template": {"settings": {"index.number_of_shards": 3}}}
    bench.server.ask("PUT", f"/_component_template/{bench.prefix}-frames@custom", own)
    store = bench.store()
    store.put_frames([make_record(1)])
    index = bench.server.indices(f"{bench.prefix}-frames")[0]
    settings = bench.server.ask("GET", f"/{index}/_settings")[index]["settings"]["index"]
    assert settings["number_of_shards"] == "3"
    assert settings["codec"] == "best_compression"


def test_documents_that_do_not_fit_someones_own_mapping_are_rejected_one_by_one(
    bench: Bench, caplog: pytest.LogCaptureFixture
) -> None:
    own = {
        "template": {"mappings": {"properties": {"frame": {"properties": {"slab_id": {"type": "integer"}}}}}}
    }
    bench.server.ask("PUT", f"/_component_template/{bench.prefix}-verdicts@custom", own)
    bench.store().put_verdicts([make_verdict(9)])
    fits = make_verdict(frame=make_frame(1, slab_id="17"))
    wrong = make_verdict(frame=make_frame(2, slab_id="block 7 / slab 3"))
    (rejection,) = bench.store().put_verdicts([wrong, fits])
    assert rejection.document_id == wrong.frame.frame_id
    assert "slab_id" in rejection.reason
    (record,) = [one for one in caplog.records if one.getMessage() == "store.mapping_differs"]
    assert "slab_id" in record.__dict__["cause"]


def test_an_index_where_an_alias_should_be_is_a_clear_error(bench: Bench) -> None:
    bench.server.ask("PUT", f"/{bench.prefix}-frames")
    with pytest.raises(StoreUnavailable, match=f"{bench.prefix}-frames"):
        bench.store().put_frames([make_record(1)])
    bench.server.ask("DELETE", f"/{bench.prefix}-frames")
    assert bench.store().put_frames([make_record(1)]) == []


def test_a_store_that_lost_everything_is_set_up_again_under_a_running_worker(bench: Bench) -> None:
    store = bench.store()
    store.put_verdicts([make_verdict(1)])
    store.put_cameras([make_report()])
    bench.server.wipe(bench.prefix)
    assert store.put_verdicts([make_verdict(2)]) == []
    store.put_cameras([make_report()])
    assert store.judged("camera-1", 10).sequences == 1
    index = next(one for one in bench.server.indices(bench.prefix) if "verdicts" in one)
    assert bench.server.ask("GET", f"/{index}/_mapping")[index]["mappings"]["dynamic"] == "false"


def test_an_index_made_by_hand_behind_the_alias_is_written_to(bench: Bench) -> None:
    """As after reindexing into a better mapping."""
    store = bench.store()
    store.put_frames([make_record(1)])
    old, alias = f"{bench.prefix}-frames-2025.06.15-000001", f"{bench.prefix}-frames-2025.06.15"
    new = f"{alias}-000002"
    bench.server.ask("PUT", f"/{new}")
    swap = [
        {"remove_index": {"index": old}},
        {"add": {"index": new, "alias": alias, "is_write_index": True}},
        {"add": {"index": new, "alias": f"{bench.prefix}-frames"}},
    ]
    bench.server.ask("POST", "/_aliases", {"actions": swap})
    assert store.put_frames([make_record(2)]) == []
    assert bench.server.indices(f"{bench.prefix}-frames") == [new]
    assert store.highest_sequences() == {"camera-1": 2}


def test_too_many_shards_is_waited_for(bench: Bench) -> None:
    """A cluster's bound on shards refuses a new day's index with a 400 that is no document's fault."""
    proxy = bench.proxy()
    error = {"type": "validation_exception", "reason": "this action would add [2] shards, but ..."}

    def full(seen: Seen) -> Says | None:
        made = seen.method == "PUT" and seen.path.endswith("-000001")
        return Says(400, {"error": error, "status": 400}) if made else None

    proxy.rule = full
    store = bench.store(proxy.url)
    with pytest.raises(StoreUnavailable, match="would add"):
        store.put_frames([make_record(1)])
    proxy.rule = lambda _: None
    assert store.put_frames([make_record(1)]) == []


class LifeCycles:
    """Index lifecycle management as a server with it answers; the local one has none.

    It keeps policies, and takes the setting that refers to one out of what goes on to the server.
    """

    def __init__(self) -> None:
        self.policies: dict[str, Any] = {}
        self.puts: list[str] = []

    def __call__(self, seen: Seen) -> Says | Seen | None:
        """The proxy's rule."""
        if "/_ilm/policy/" in seen.path:
            name = seen.path.rsplit("/", 1)[1]
            if seen.method == "PUT":
                self.puts.append(name)
                self.policies[name] = json.loads(seen.body)
                return Says(200, {"acknowledged": True})
            found = self.policies.get(name)
            missing = {"error": {"type": "resource_not_found_exception", "reason": name}, "status": 404}
            return Says(404, missing) if found is None else Says(200, {name: {"version": 1, **found}})
        if seen.method == "PUT" and "/_component_template/" in seen.path and b'"lifecycle"' in seen.body:
            body = json.loads(seen.body)
            assert body["template"]["settings"]["index"].pop("lifecycle")["name"] in self.policies
            return replace(seen, body=json.dumps(body).encode())
        return None


def test_life_cycles_are_set_where_the_server_has_them(bench: Bench) -> None:
    proxy = bench.proxy()
    proxy.rule = cycles = LifeCycles()

    def write(frames_days: int) -> None:
        store = bench.store(proxy.url, keep=Keep(frames_days, verdicts_days=365))
        store.put_frames([make_record(1)])
        store.put_verdicts([make_verdict(1)])
        store.put_cameras([make_report()])

    write(30)
    assert cycles.puts == [f"{bench.prefix}-frames", f"{bench.prefix}-verdicts"]
    phases = cycles.policies[f"{bench.prefix}-frames"]["policy"]["phases"]
    assert phases["delete"]["min_age"] == "31d"
    assert "rollover" not in str(phases)
    put = [one for one in proxy.seen if one.method == "PUT" and b'"lifecycle"' in one.body]
    assert [one.path for one in put] == [f"/_component_template/{name}" for name in cycles.puts]
    write(30)
    assert len(cycles.puts) == 2
    write(60)
    assert cycles.puts[2:] == [f"{bench.prefix}-frames"]


@pytest.mark.parametrize("status", [400, 403, 405])
def test_without_life_cycles_or_the_privilege_the_store_works_all_the_same(
    bench: Bench, status: int, caplog: pytest.LogCaptureFixture
) -> None:
    proxy = bench.proxy()
    proxy.rule = lambda seen: Says(status, {"error": "no"}) if "/_ilm/" in seen.path else None
    assert bench.store(proxy.url, keep=Keep(30, 365)).put_frames([make_record(1)]) == []
    assert [one.getMessage() for one in caplog.records].count("store.no_lifecycle") == 1


def test_kept_for_ever_asks_for_no_life_cycle(bench: Bench) -> None:
    proxy = bench.proxy()
    bench.store(proxy.url).put_frames([make_record(1)])
    assert not [one for one in proxy.seen if "_ilm" in one.path]


def test_an_old_index_that_is_read_only_by_intent_leaves_the_store_ready(bench: Bench) -> None:
    bench.store().put_frames([make_record(1)])
    index = bench.server.indices(f"{bench.prefix}-frames")[0]
    bench.server.ask("PUT", f"/{index}/_settings", {"index.blocks.write": True})
    store = bench.store()
    store.put_verdicts([make_verdict(1)])
    store.check()
    bench.server.ask("PUT", f"/{index}/_settings", {"index.blocks.read_only_allow_delete": True})
    with pytest.raises(StoreUnavailable, match="disk"):
        store.check()
