"""The page about the line: what is not known is not shown as a figure."""

from marbleline.console.components import figures, line
from marbleline.console.i18n.locale import Locale
from marbleline.domain.ledger import Ledger, LedgerEntry
from marbleline.ports.inventory import Depth
from tests.builders import START, make_verdict
from tests.unit.console.components.test_components import LIVE, Seen, make_snapshot

AWAY = "Not known without a connection to the line"


def test_a_console_that_is_cut_off_gives_no_throughput_and_no_queues() -> None:
    verdicts = (make_verdict(),)
    assert "a minute" in " ".join(Seen(line.throughput(verdicts, Locale(), START)).texts)
    for cut in (
        line.throughput(verdicts, Locale(), START, connected=False),
        line.queues(None, Locale(), START, connected=False),
        line.queues({"frames": Depth(3, 0, START)}, Locale(), START, connected=False),
    ):
        assert Seen(cut).texts[1:] == [AWAY]
    assert "Not available yet" in Seen(line.queues(None, Locale(), START)).texts


def test_a_line_without_slabs_has_no_share_of_late_ones_and_no_empty_tables() -> None:
    for drawn in (line.throughput((), Locale(), START), line.models((), (), Locale())):
        assert "No slab has been judged yet" in Seen(drawn).texts
        assert not [tag for tag, _ in Seen(drawn).tags if tag == "table"]
        assert not [text for text in Seen(drawn).texts if "late" in text]


def test_that_there_is_no_shadow_candidate_is_said_only_if_the_store_said_so() -> None:
    assert "No shadow candidate" in Seen(line.models((), (), Locale())).texts
    assert "No shadow candidate" not in Seen(line.models((), None, Locale())).texts


def test_a_ledger_that_is_not_being_counted_is_the_last_known_one() -> None:
    found = Ledger((LedgerEntry("a", 3, 3, 0, 0, 0, 0),), START)
    for show in (figures.ledger, figures.balance):
        assert "is-balanced" in show(found, Locale(), START)
        old = show(found, Locale(), START, current=False)
        assert "Last known" in Seen(old).texts
        assert "is-balanced" not in old
    for changes in ({"broker": LIVE.failed(START, "x")}, {"store": LIVE.failed(START, "x")}):
        assert not make_snapshot(**changes).ledger_is_current
    assert make_snapshot().ledger_is_current


def test_cameras_are_in_the_order_of_their_numbers() -> None:
    found = Ledger(tuple(LedgerEntry(f"camera-{number}", 1, 1, 0, 0, 0, 0) for number in (1, 10, 2)), START)
    names = [text for text in Seen(figures.ledger(found, Locale(), START)).texts if "camera-" in text]
    assert names == ["camera-1", "camera-2", "camera-10"]
