"""What every store keeps: one suite per port. A test class inherits ``StoreSuite`` and says how to connect.

An adapter that keeps some of the ports inherits the suites of those. What an adapter can't keep is overridden
there with ``xfail(strict=True)`` and the reason.
"""

from tests.contract.store.alarm_history import AlarmHistorySuite
from tests.contract.store.annotations import AnnotationsSuite
from tests.contract.store.camera_reports import CameraReportsSuite
from tests.contract.store.camera_setups import CameraSetupsSuite
from tests.contract.store.defect_guide import DefectGuideSuite
from tests.contract.store.frames import FramesSuite
from tests.contract.store.product_changes import ProductChangesSuite
from tests.contract.store.review_queue import ReviewQueueSuite
from tests.contract.store.slab_verdicts import SlabVerdictsSuite
from tests.contract.store.verdict_statistics import VerdictStatisticsSuite
from tests.contract.store.verdicts import VerdictsSuite


class StoreSuite(
    FramesSuite,
    VerdictsSuite,
    VerdictStatisticsSuite,
    SlabVerdictsSuite,
    AnnotationsSuite,
    AlarmHistorySuite,
    ReviewQueueSuite,
    CameraReportsSuite,
    CameraSetupsSuite,
    DefectGuideSuite,
    ProductChangesSuite,
):
    """Inherit, and provide the fixture ``connect``."""


__all__ = ["StoreSuite"]
