"""What happens on the line, told to a person on a terminal."""

import statistics
import threading
import time
from collections import Counter, deque
from collections.abc import Callable
from typing import Final

from marbleline.domain.verdict import Verdict
from marbleline.errors import BrokerUnavailable, WireError
from marbleline.ports.subscription import Subscription

EVERY_S: Final = 5.0


def comment(
    feed: Subscription, say: Callable[[str], None], over: threading.Event, quiet: bool = False
) -> None:
    """Tell of each slab that isn't good, and of all of them every few seconds, until it is ``over``."""
    decisions: Counter[str] = Counter()
    latencies: deque[float] = deque(maxlen=200)
    since, told = time.monotonic(), 0
    while not over.is_set():
        try:
            messages = feed.receive(100, wait_s=0.25)
        except BrokerUnavailable:
            over.wait(1.0)
            continue
        for message in messages:
            try:
                verdict = Verdict.from_json(message.body)
            except WireError:
                continue
            decisions[verdict.decision.value] += 1
            latencies.append(verdict.latency_ms)
            if not quiet and verdict.decision.value != "good":
                say(describe(verdict))
        passed = time.monotonic() - since
        total = decisions.total()
        if passed >= EVERY_S and total > told:
            say(summary(decisions, (total - told) / passed, latencies))
            since, told = time.monotonic(), total


def describe(verdict: Verdict) -> str:
    """``camera-1 #12  FAULTY  crack 97 %  38 ms``"""
    frame = verdict.frame
    what = f"{verdict.defect or ''} {verdict.faulty_probability:.0%}".strip()
    why = f"  ({', '.join(verdict.reasons)})" if verdict.reasons else ""
    late = "  LATE" if verdict.late else ""
    return (
        f"  {frame.camera} #{frame.sequence:<6} {verdict.decision.value.upper():<7} {what}{why}"
        f"  {verdict.latency_ms:.0f} ms{late}"
    )


def summary(decisions: Counter[str], rate: float, latencies: deque[float]) -> str:
    """One line about all verdicts so far, the rate and the median delay of the last ones."""
    counts = ", ".join(f"{decisions[name]} {name}" for name in ("good", "faulty", "review"))
    median = statistics.median(latencies) if latencies else 0.0
    return f"{decisions.total()} judged: {counts}; {rate:.1f}/s, {median:.0f} ms to the verdict (median)"
