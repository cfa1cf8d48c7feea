"""The newest report of each camera."""

from contextlib import closing

from msgspec.structs import replace

from marbleline.domain.records import CameraState
from marbleline.ports.camera_reports import CameraReports
from marbleline.ports.store import Store
from tests.builders import (
    SECOND,
    START,
    make_report,
    wait_until,
)
from tests.contract.promises import assert_keeps
from tests.contract.store.base import Connect, StoreContract


class CameraReportsSuite(StoreContract):
    """What every store keeps of ``ports.camera_reports.CameraReports``."""

    def test_keeps_the_port_of_camera_reports(self, store: Store) -> None:
        assert_keeps(store, CameraReports)

    def test_the_newest_report_of_each_camera(self, store: Store) -> None:
        early = make_report("camera-2", reported_at=START)
        late = make_report("camera-2", reported_at=START + 5 * SECOND, state=CameraState.STALLED)
        other = make_report("camera-1", captured=0, detail="дождь")
        store.put_cameras([late, other])
        store.put_cameras([early])
        wait_until(lambda: store.cameras() == [other, late])
        newer = make_report("camera-1", reported_at=START + SECOND)
        store.put_cameras([make_report("camera-1", reported_at=START + 1), newer])
        wait_until(lambda: store.cameras() == [newer, late])

    def test_the_newest_report_of_a_camera_whose_clock_was_set_back(self, store: Store) -> None:
        early, late = (
            replace(make_report("camera-2", reported_at=at), number=number)
            for at, number in ((START + 3600 * SECOND, START + 3600 * SECOND), (START, START + 3601 * SECOND))
        )
        store.put_cameras([early])
        store.put_cameras([late])
        wait_until(lambda: store.cameras() == [late])
        store.put_cameras([early])
        assert store.cameras() == [late]

    def test_a_report_that_was_written_stays(self, store: Store, connect: Connect) -> None:
        store.put_cameras([make_report()])
        store.close()
        with closing(connect()) as again:
            wait_until(lambda: again.cameras() == [make_report()])

    def test_no_reports_are_no_error(self, store: Store) -> None:
        store.put_cameras([])
        assert store.cameras() == []
