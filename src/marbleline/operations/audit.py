"""Taking an audit: the logged frames are looked for upstream first, as in the ledger."""

from collections.abc import Sequence

from marbleline.domain.audit import AuditEntry, Logged, audit
from marbleline.operations.ledger import LedgerStore
from marbleline.ports.inventory import QueueInventory


def audit_frames(
    logged: Sequence[Logged], broker: QueueInventory, store: LedgerStore
) -> tuple[AuditEntry, ...]:
    """What became of these frames. Raises BrokerUnavailable, StoreUnavailable."""
    spooled = {report.camera: report.spooled for report in store.cameras()}
    inventory = broker.inventory()
    away, held = (
        {frame_id for frames in mappings for camera in frames.values() for frame_id in camera}
        for mappings in (
            (inventory.dead_lettered, inventory.discarded),
            (inventory.pending, inventory.unrecorded),
        )
    )
    judged = store.which_judged(sorted({one.frame_id for one in logged}))
    return audit(logged, judged, away, held, spooled, inventory.unknown)
