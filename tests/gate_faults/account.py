"""What became of every slab, by the soft PLC's own log, the record, and the truth that the belt knows."""

from collections import Counter, defaultdict
from collections.abc import Iterable, Mapping, Sequence
from dataclasses import dataclass, field
from typing import Any

from pymodbus.framer.rtu import FramerRTU

from marbleline.domain.decision import Decision
from marbleline.domain.verdict import Verdict
from marbleline.softplc.belt import Belt
from marbleline.softplc.program import Event

GOOD_WORD = 1


@dataclass(slots=True)
class Account:
    """``wrong`` and ``torn`` say what is wrong with which slab; ``rejected`` counts good slabs by cause."""

    slabs: int = 0
    passed: int = 0
    faulty_rejected: int = 0
    wrong: list[str] = field(default_factory=list)
    torn: list[str] = field(default_factory=list)
    rejected: Counter[str] = field(default_factory=Counter)

    def line(self) -> str:
        """The last line of ``make gate-faults``."""
        return (
            f"{self.slabs} slabs, wrong passes: {len(self.wrong)}, torn reads: {len(self.torn)},"
            f" false rejects: {sum(self.rejected.values())}"
        )


def count(slabs: int, belt: Belt, events: Sequence[Event], verdicts: Iterable[Verdict]) -> Account:
    """Check slabs 1 to ``slabs``.

    A slab passed wrongly if it is faulty, if the words that opened the gate are not a good result of its own
    trigger, or if the record has no good verdict of a picture of this very slab for that trigger. A read was
    torn if the PLC took words for a result that no result consists of, or that contradict the record. A good
    slab that did not pass was rejected falsely; the PLC's log says why, or the PLC was down.
    """
    account = Account(slabs=slabs)
    on_record: dict[int, list[Verdict]] = defaultdict(list)
    for verdict in verdicts:
        if verdict.frame.trigger is not None:
            on_record[verdict.frame.trigger].append(verdict)
    gate: dict[int, Mapping[str, Any]] = {}
    # Slabs that came after the last one, while the run was ended, are not on record yet.
    later = {event["sequence"] for event in events if event["event"] == "trigger" and _slab(event) > slabs}
    for event in events:
        if event["event"] == "accepted" and event["sequence"] not in later:
            account.torn += _torn(event, on_record)
        if event["event"] != "gate":
            continue
        slab = _slab(event)
        if slab in gate:
            account.wrong.append(f"slab {slab} met the gate twice")
        gate[slab] = event
    for slab in range(1, slabs + 1):
        found, label = gate.get(slab), belt.label(slab)
        if found is not None and found["passed"]:
            account.passed += 1
            account.wrong += _wrong(slab, label, found, on_record)
        elif label == "good":
            account.rejected["plc_down" if found is None else str(found["cause"])] += 1
        else:
            account.faulty_rejected += 1
    return account


def _wrong(
    slab: int, label: str, event: Mapping[str, Any], on_record: Mapping[int, Sequence[Verdict]]
) -> list[str]:
    if label != "good":
        return [f"slab {slab} passed and has a {label}"]
    words, sequence = event["words"], event["sequence"]
    if _sequence(words) != sequence or words[2] != GOOD_WORD or not _whole(words):
        return [f"slab {slab} passed by words that are not its own good result: {words} for {sequence}"]
    own = on_record.get(sequence, [])
    origins = {verdict.frame.origin for verdict in own}
    if origins != {f"belt/{slab}/{label}"} or {verdict.decision for verdict in own} != {Decision.GOOD}:
        return [f"slab {slab} passed by trigger {sequence}, whose record shows {sorted(map(str, origins))}"]
    return []


def _torn(event: Event, on_record: Mapping[int, Sequence[Verdict]]) -> list[str]:
    words: list[int] = event["words"]  # type: ignore[assignment]
    sequence = int(str(event["sequence"]))
    if not _whole(words) or _sequence(words) != sequence:
        return [f"trigger {sequence}: accepted {words}"]
    decisions = {verdict.decision for verdict in on_record.get(sequence, [])}
    if words[2] == GOOD_WORD and decisions != {Decision.GOOD}:
        return [f"trigger {sequence}: accepted as good, on record as {sorted(decisions)}"]
    return []


def _slab(event: Event) -> int:
    return int(str(event["slab"]))


def _sequence(words: Sequence[int]) -> int:
    return words[0] << 16 | words[1] if len(words) > 1 else -1


def _whole(words: Sequence[int]) -> bool:
    """By pymodbus's CRC, which is not ours."""
    if len(words) != 8:
        return False
    crc = FramerRTU.compute_CRC(b"".join(word.to_bytes(2, "big") for word in words[:-1]))
    return words[-1] == ((crc & 0xFF) << 8 | crc >> 8)
