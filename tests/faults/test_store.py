"""Elasticsearch away, busy, read-only and refusing while the line is busy: verdicts flow all the same."""

import re
import threading
import time

import pytest

from tests.faults.plant import Services, done
from tests.faults.table import finish
from tests.services.elasticsearch_proxy import Says, Seen, forward
from tests.services.elasticsearch_support import Server


def test_the_store_is_down_for_a_minute_and_verdicts_flow(services: Services) -> None:
    services.store_proxy.stop()
    time.sleep(60)
    services.store_proxy.start()
    over = time.monotonic()
    row = done(services, "store down for 60 s", over)
    assert row.longest_gap_s < 30, "verdicts waited for the store"


@pytest.mark.parametrize(
    ("fault", "answer"),
    [
        (
            "store says 429 to every write for 15 s",
            Says(429, {"error": {"type": "es_rejected_execution_exception"}}),
        ),
        ("store says 503 to every write for 15 s", Says(503, {"error": {"type": "unavailable"}})),
    ],
)
def test_the_store_refuses_writes_for_a_while(services: Services, fault: str, answer: Says) -> None:
    def rule(seen: Seen) -> Says | None:
        return answer if seen.bulk else None

    services.store_proxy.rule = rule
    time.sleep(15)
    services.store_proxy.rule = forward
    over = time.monotonic()
    done(services, fault, over)


def test_the_stores_indices_are_read_only_for_a_while(services: Services) -> None:
    server, prefix = Server(services.plant.store.url), services.line.settings["store_prefix"]
    server.ask("PUT", f"/{prefix}-*/_settings", {"index.blocks.write": True})
    time.sleep(15)
    server.ask("PUT", f"/{prefix}-*/_settings", {"index.blocks.write": None})
    over = time.monotonic()
    done(services, "store's indices read-only for 15 s", over)


def test_documents_that_the_store_will_never_take_are_dead_lettered(services: Services) -> None:
    """Every verdict whose sequence ends in 7 has a text where the mapping wants a number."""

    def rule(seen: Seen) -> Seen | None:
        if not seen.bulk:
            return None
        body = re.sub(
            rb'"faulty_probability": ?[0-9.e-]+(?=[^\n]*"sequence": ?\d*7\b)',
            rb'"faulty_probability":"x"',
            seen.body,
        )
        body = re.sub(rb'("sequence": ?\d*7,[^\n]*"faulty_probability": ?)[0-9.e-]+', rb'\1"x"', body)
        return Seen(seen.method, seen.path, seen.headers, body)

    services.store_proxy.rule = rule
    services.line.wait_captured(services.line.total().captured + 300)
    services.store_proxy.rule = forward
    row = done(services, "mapping conflict: one verdict in ten refused for good")
    assert row.dead_lettered > 10


def test_a_mapping_is_changed_while_the_line_runs(services: Services) -> None:
    """Somebody maps a new field of the verdicts and forbids unknown ones: what the line writes still fits."""
    server, prefix = Server(services.plant.store.url), services.line.settings["store_prefix"]
    line = services.line
    fields = {"properties": {"somebodys_own": {"type": "keyword"}}, "dynamic": "strict"}
    for _ in range(3):
        server.ask("PUT", f"/{prefix}-*/_mapping", fields)
        line.wait_captured(line.total().captured + 150)
        server.ask("PUT", f"/{prefix}-*/_mapping", {"dynamic": False})
        line.wait_captured(line.total().captured + 50)
    row = done(services, "store's mapping changed while it runs, three times")
    assert row.dead_lettered == 0


def test_the_network_to_the_store_hangs(services: Services) -> None:
    """Requests go out and no answer comes, to either recorder: verdicts flow all the same."""
    over = threading.Event()

    def rule(seen: Seen) -> None:
        over.wait(120)

    services.store_proxy.rule = rule
    time.sleep(40)
    services.store_proxy.rule = forward
    over.set()
    row = done(services, "network to the store hangs for 40 s", time.monotonic())
    assert row.longest_gap_s < 30, "verdicts waited for the store"


def test_the_store_takes_ten_seconds_for_each_answer(services: Services) -> None:
    def rule(seen: Seen) -> None:
        time.sleep(10)

    services.store_proxy.rule = rule
    time.sleep(60)
    services.store_proxy.rule = forward
    over = time.monotonic()
    row = done(services, "store takes 10 s for each answer, for 60 s", over)
    assert row.longest_gap_s < 30, "verdicts waited for the store"


def test_the_stores_indices_are_deleted(services: Services) -> None:
    """What was in them is gone; they come again with their own mapping, and what comes later is kept."""
    server, prefix = Server(services.plant.store.url), services.line.settings["store_prefix"]
    line = services.line
    for _ in range(3):
        line.wait_captured(line.total().captured + 150)
        server.wipe(prefix)
    deleted_upto = line.total().captured
    line.wait_captured(deleted_upto + 300)
    line.wait_recorded()
    row = finish(
        line, "services", "store's indices and templates deleted, three times", time.monotonic(), gone=None
    )
    kept = {verdict.frame.sequence for verdict in line.verdicts()}
    assert set(range(deleted_upto + 1, row.sent + 1)) <= kept
    assert row.lost <= deleted_upto
    mapped = server.ask("GET", f"/{prefix}-frames*/_mapping")
    assert all(one["mappings"]["properties"]["image"] == {"type": "binary"} for one in mapped.values())
