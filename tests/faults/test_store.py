"""Elasticsearch away, busy, read-only and refusing while the line is busy: verdicts flow all the same."""

import re
import time

import pytest

from tests.faults.plant import Services, done
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


def test_documents_that_the_store_will_never_take_are_put_away(services: Services) -> None:
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
