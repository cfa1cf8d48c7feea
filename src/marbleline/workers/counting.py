"""Counting for the ledger: what spools, broker and store durably hold, read upstream first."""

from collections.abc import Mapping
from dataclasses import dataclass

from marbleline.domain.clock import Clock
from marbleline.domain.ledger import Ledger, Tally, balance, excuse
from marbleline.ports.broker import Broker, Holdings
from marbleline.ports.store import Store


@dataclass(frozen=True, slots=True)
class SpoolCount:
    """What a camera's spool says: the highest sequence it gave, and frame_id -> sequence of what it holds."""

    captured: int
    held: Mapping[str, int]


def count(broker: Broker, store: Store, spools: Mapping[str, SpoolCount], clock: Clock) -> Ledger:
    """The ledger now. ``spools`` were read before the call; cameras elsewhere report through the store.

    Raises BrokerUnavailable, StoreUnavailable.
    """
    captured = {camera: spool.captured for camera, spool in spools.items()}
    for report in store.cameras():
        captured[report.camera] = max(captured.get(report.camera, 0), report.captured)
    for camera, sequence in store.highest_sequences().items():
        captured[camera] = max(captured.get(camera, 0), sequence)
    holdings = broker.holdings()
    entries = [
        balance(
            _tally(camera, captured[camera], spools[camera].held if camera in spools else {}, holdings, store)
        )
        for camera in sorted(captured)
    ]
    return Ledger(excuse(entries, holdings.unknown), clock())


def _tally(camera: str, captured: int, spooled: Mapping[str, int], holdings: Holdings, store: Store) -> Tally:
    held = {**spooled, **holdings.pending.get(camera, {})}
    unrecorded = holdings.unrecorded.get(camera, {})
    dead = holdings.dead_lettered.get(camera, {})
    dropped = holdings.dropped.get(camera, {})
    known = sorted({*held, *unrecorded, *dead, *dropped})
    judged = store.judged(camera, captured)
    return Tally(
        camera=camera,
        captured=captured,
        held=held,
        unrecorded=unrecorded,
        dead=dead,
        judged_ids=store.which_judged(known) if known else frozenset(),
        judged=judged.sequences,
        verdicts=judged.verdicts,
        dropped=dropped,
    )
