"""Counting for the ledger: what spools, broker and store durably hold, read upstream first."""

from collections.abc import Mapping
from dataclasses import dataclass
from typing import Final

from marbleline.domain.clock import Clock
from marbleline.domain.ledger import Entry, Ledger, Tally, balance, excuse
from marbleline.ports.broker import Broker, Holdings
from marbleline.ports.store import Store

# How often the store is read again while verdicts come in. On a line that never pauses the last reading
# stands: it shows a frame that moved meanwhile twice, and never as lost.
_READINGS: Final = 5


@dataclass(frozen=True, slots=True)
class SpoolCount:
    """What a camera's spool says: the highest sequence it gave, and frame_id -> sequence of what it holds."""

    captured: int
    held: Mapping[str, int]


def count(broker: Broker, store: Store, spools: Mapping[str, SpoolCount], clock: Clock) -> Ledger:
    """The ledger now. ``spools`` are those on this machine, read before the call.

    A camera whose spool is elsewhere is known by its reports: of what was captured when it last
    reported, as many frames as it had in its spool may still be there.

    Raises BrokerUnavailable, StoreUnavailable.
    """
    captured = {camera: spool.captured for camera, spool in spools.items()}
    spooled_elsewhere: dict[str, int] = {}
    for report in store.cameras():
        if report.camera not in spools:
            captured[report.camera] = report.captured
            spooled_elsewhere[report.camera] = report.spooled
    for camera, sequence in store.highest_sequences().items():
        captured[camera] = max(captured.get(camera, 0), sequence)
    holdings = broker.holdings()
    entries: list[Entry] = []
    for camera in sorted(captured):
        held = spools[camera].held if camera in spools else {}
        entry = balance(_tally(camera, captured[camera], held, holdings, store))
        entries += excuse([entry], spooled_elsewhere.get(camera, 0))
    return Ledger(excuse(entries, holdings.unknown), clock())


def _tally(camera: str, captured: int, spooled: Mapping[str, int], holdings: Holdings, store: Store) -> Tally:
    held = {**spooled, **holdings.pending.get(camera, {})}
    unrecorded = holdings.unrecorded.get(camera, {})
    dead = holdings.dead_lettered.get(camera, {})
    dropped = holdings.dropped.get(camera, {})
    known = sorted({*held, *unrecorded, *dead, *dropped})
    judged_ids: frozenset[str] = frozenset()
    for _ in range(_READINGS):
        judged_ids = store.which_judged(known) if known else frozenset()
        judged = store.judged(camera, captured)
        # A verdict stored between the two would be in one of them only: lost, or there twice.
        if not known or store.which_judged(known) == judged_ids:
            break
    return Tally(
        camera=camera,
        captured=captured,
        held=held,
        unrecorded=unrecorded,
        dead=dead,
        judged_ids=judged_ids,
        judged=judged.sequences,
        verdicts=judged.verdicts,
        dropped=dropped,
    )
