"""Taking an audit: the logged frames are looked for upstream first, as in the ledger."""

from collections.abc import Sequence

from marbleline.domain.audit import AuditEntry, Logged, audit
from marbleline.ports.broker import Broker
from marbleline.ports.store import Store


def take_audit(logged: Sequence[Logged], broker: Broker, store: Store) -> tuple[AuditEntry, ...]:
    """What became of these frames. Raises BrokerUnavailable, StoreUnavailable."""
    spooled = {report.camera: report.spooled for report in store.cameras()}
    holdings = broker.holdings()
    away, held = (
        {frame_id for frames in mappings for camera in frames.values() for frame_id in camera}
        for mappings in ((holdings.dead_lettered, holdings.dropped), (holdings.pending, holdings.unrecorded))
    )
    judged = store.which_judged(sorted({one.frame_id for one in logged}))
    return audit(logged, judged, away, held, spooled, holdings.unknown)
