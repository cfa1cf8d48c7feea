"""Counting slabs for the ledger: what broker and store hold, the broker first."""

from functools import partial

from marbleline.domain.slab_ledger import SlabCounts, SlabEntry, balance_slabs, undecided_ranges
from marbleline.ports.inventory import QueueInventory
from marbleline.ports.slab_verdicts import SlabVerdicts, StationCounts
from marbleline.ports.topology import SLAB_RECORDS, VERDICT_RECORDS, is_slab_queue


def count_slabs(broker: QueueInventory, store: SlabVerdicts, frames_pending: int) -> tuple[SlabEntry, ...]:
    """An entry for each station that has triggers or slab verdicts; ``frames_pending``: frames not judged.

    The broker is looked at before the store: a slab moves from the one to the other, and one that moves
    meanwhile is then found in one of them at least.

    Raises BrokerUnavailable, StoreUnavailable.
    """
    if not store.slab_stations():
        return ()
    depths = broker.depths()
    folding = sum(
        depth.total for name, depth in depths.items() if is_slab_queue(name) or name == SLAB_RECORDS.name
    )
    coming = frames_pending + depths[VERDICT_RECORDS.name].total
    return tuple(balance_slabs(_counts(store, station), folding, coming) for station in store.slab_stations())


def _counts(store: SlabVerdicts, station: StationCounts) -> SlabCounts:
    seen = undecided = 0
    if station.lowest is not None and station.highest is not None:
        undecided = max(0, station.highest - station.lowest + 1 - station.numbered)
    if undecided and station.lowest is not None and station.highest is not None:
        judged = partial(store.count_triggers_judged, station.line, station.station)
        for low, high in undecided_ranges(judged, station.lowest, station.highest):
            seen += len(store.triggers_seen(station.line, station.station, low, high))
    return SlabCounts(
        line=station.line,
        station=station.station,
        judged=station.judged,
        missed=station.missed,
        seen=seen,
        unseen=max(0, undecided - seen),
    )
