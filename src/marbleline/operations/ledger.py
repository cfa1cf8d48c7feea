"""Counting for the ledger: what spools, broker and store durably hold, read upstream first."""

from collections.abc import Mapping
from dataclasses import replace
from typing import Final, Protocol

from marbleline.domain.blind_time import BlindTime, blind_time
from marbleline.domain.clock import Clock
from marbleline.domain.ledger import CameraCounts, Ledger, LedgerEntry, balance, excuse
from marbleline.operations.slab_ledger import count_slabs
from marbleline.pipeline.camera.spool_view import SpoolCount
from marbleline.ports.camera_reports import CameraReports
from marbleline.ports.inventory import Inventory, QueueInventory
from marbleline.ports.slab_verdicts import SlabVerdicts
from marbleline.ports.verdicts import Verdicts

# How often the store is read again while verdicts come in. On a line that never pauses the last reading
# stands: it shows a frame that moved meanwhile twice, and never as lost.
_READINGS: Final = 5


class LedgerStore(Verdicts, SlabVerdicts, CameraReports, Protocol):
    """What the ledger asks of the store."""


def count(
    broker: QueueInventory, store: LedgerStore, spools: Mapping[str, SpoolCount], clock: Clock
) -> Ledger:
    """The ledger now. ``spools`` are those on this machine, read before the call.

    A camera whose spool is elsewhere is known by its reports: of what was captured when it last
    reported, as many frames as it had in its spool may still be there.

    Raises BrokerUnavailable, StoreUnavailable.
    """
    captured = {camera: spool.captured for camera, spool in spools.items()}
    spooled_elsewhere: dict[str, int] = {}
    blind: dict[str, BlindTime] = {}
    for report in store.cameras():
        blind[report.camera] = blind_time(report, clock())
        if report.camera not in spools:
            captured[report.camera] = report.captured
            spooled_elsewhere[report.camera] = report.spooled
    for camera, sequence in store.highest_sequences().items():
        captured[camera] = max(captured.get(camera, 0), sequence)
    inventory = broker.inventory()
    entries: list[LedgerEntry] = []
    for camera in sorted(captured):
        spool = spools.get(camera, SpoolCount(0, {}))
        entry = balance(_camera_counts(camera, captured[camera], spool, inventory, store))
        entry = replace(entry, blind_time=blind.get(camera))
        entries += excuse([entry], spooled_elsewhere.get(camera, 0))
    found = excuse(entries, inventory.unknown)
    slabs = count_slabs(broker, store, sum(entry.pending for entry in found))
    return Ledger(found, clock(), slabs)


def _camera_counts(
    camera: str, captured: int, spool: SpoolCount, inventory: Inventory, store: Verdicts
) -> CameraCounts:
    held = {**spool.held, **inventory.pending.get(camera, {})}
    unrecorded = inventory.unrecorded.get(camera, {})
    dead = inventory.dead_lettered.get(camera, {})
    discarded = inventory.discarded.get(camera, {})
    known = sorted({*held, *spool.retained, *unrecorded, *dead, *discarded})
    judged_ids: frozenset[str] = frozenset()
    for _ in range(_READINGS):
        judged_ids = store.which_judged(known) if known else frozenset()
        judged = store.judged(camera, captured)
        # A verdict stored between the two would be in one of them only: lost, or there twice.
        if not known or store.which_judged(known) == judged_ids:
            break
    return CameraCounts(
        camera=camera,
        captured=captured,
        held=held,
        unrecorded=unrecorded,
        dead=dead,
        judged_ids=judged_ids,
        judged=judged.sequences,
        verdicts=judged.verdicts,
        discarded=discarded,
        retained=spool.retained,
    )
