"""``marbleline repair`` puts slabs in the queue that were on record before Elasticsearch kept one."""

import json
from pathlib import Path

import pytest

from marbleline.adapters.stores.elasticsearch import ElasticsearchStore
from marbleline.cli import main
from marbleline.domain.decision import Decision
from marbleline.domain.label import new_label, withdrawal
from marbleline.domain.review import ReviewState
from marbleline.domain.verdict import Verdict
from marbleline.ports.review_queue import ReviewCounts, ReviewQuery
from marbleline.ports.verdicts import VerdictQuery
from tests.builders import SECOND, START, make_frame, make_verdict, wait_until
from tests.services.elasticsearch_support import Bench

MONTH = 32 * 86_400 * SECOND


def forget_the_queue(bench: Bench) -> None:
    """As in a store that an earlier version wrote: verdicts and labels, and no queue."""
    for index in bench.server.indices(f"{bench.prefix}-review_queue"):
        bench.server.ask("DELETE", f"/{index}")


def waiting(store: ElasticsearchStore) -> list[int]:
    return [one.frame.sequence for one in store.review_page(ReviewQuery("line-1"), 100)]


@pytest.fixture
def reviews(bench: Bench) -> list[Verdict]:
    """Six slabs of two months, of which 2 was labelled, 3 too and then not, and people differ on 4."""
    made = [
        make_verdict(
            frame=make_frame(number, captured_at=START + number * SECOND + (MONTH if number > 3 else 0)),
            decision=Decision.FAULTY if number == 6 else Decision.REVIEW,
        )
        for number in range(1, 7)
    ]
    store = bench.store()
    assert store.put_verdicts(made) == []
    taken_back = new_label(made[2], "good", "ayşe", START + 2 * MONTH)
    labels = [
        new_label(made[1], "good", "ayşe", START + 2 * MONTH),
        taken_back,
        withdrawal(taken_back, "ayşe", START + 2 * MONTH + SECOND),
        new_label(made[3], "good", "ayşe", START + 2 * MONTH),
        new_label(made[3], "crack", "eva", START + 2 * MONTH + SECOND),
        new_label(made[5], "good", "ayşe", START + 2 * MONTH),
        new_label(made[5], "crack", "eva", START + 2 * MONTH + SECOND),
    ]
    assert store.put_labels(labels) == []
    assert store.review_counts("line-1") == ReviewCounts(3, 2)
    # A search finds a verdict up to a second after it was put, and the repair goes by searches.
    sent = VerdictQuery(decision=Decision.REVIEW)
    wait_until(lambda: len(store.search(sent, 10)) == 5, what="the five reviews in a search")
    return made


def test_repair_completes_the_queue_and_again_changes_nothing(
    bench: Bench, reviews: list[Verdict], tmp_path: Path, capsys: pytest.CaptureFixture[str]
) -> None:
    forget_the_queue(bench)
    store = bench.store()
    assert waiting(store) == []
    command = ["repair", "--data", str(tmp_path), "--store", bench.server.url, "--store-prefix", bench.prefix]
    assert main([*command, "--dry-run"]) == 0
    assert waiting(store) == []
    capsys.readouterr()
    assert main([*command, "--json"]) == 0
    assert json.loads(capsys.readouterr().out)["review_queue"] == {"reviews": 5, "added": 5}
    assert waiting(store) == [1, 3, 5]
    disputed = store.review_page(ReviewQuery("line-1", ReviewState.DISPUTED), 10)
    assert [one.frame.sequence for one in disputed] == [4, 6]
    assert main(command) == 0
    assert "0 of 5 slabs that were sent to review were not in it" in capsys.readouterr().out
    assert store.review_counts("line-1") == ReviewCounts(3, 2)


def test_what_is_in_the_queue_stays_and_only_the_rest_is_added(bench: Bench, reviews: list[Verdict]) -> None:
    forget_the_queue(bench)
    store = bench.store()
    assert store.put_verdicts(reviews[4:5]) == []
    assert store.put_labels([new_label(reviews[4], "dot", "ayşe", START + 2 * MONTH)]) == []
    assert store.complete_review_queue(reviews, []) == 4
    assert waiting(store) == [1, 3]
