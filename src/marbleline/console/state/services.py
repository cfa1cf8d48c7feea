"""What all tabs of one server share. Streamlit runs the pages' code again and again; this module stays."""

from dataclasses import dataclass

from marbleline.console.auth.login import Access
from marbleline.console.state.actions import Actions
from marbleline.console.state.alarm_actions import AlarmActions
from marbleline.console.state.camera_actions import CameraActions
from marbleline.console.state.feed import LiveFeed
from marbleline.console.state.full_image import FullImageLoader
from marbleline.console.state.guide_actions import GuideActions
from marbleline.console.state.product_actions import ProductActions
from marbleline.console.state.shift_calendar import ShiftCalendar
from marbleline.console.state.source_actions import SourceActions


@dataclass(frozen=True, slots=True)
class Services:
    """What pages use."""

    feed: LiveFeed
    full_images: FullImageLoader
    actions: Actions
    access: Access
    shift_calendar: ShiftCalendar
    products: ProductActions
    alarms: AlarmActions
    cameras: CameraActions
    sources: SourceActions
    guide: GuideActions

    def start(self) -> None:
        """Start the threads. Call it once."""
        self.feed.start()
        self.full_images.start()

    def close(self) -> None:
        """Stop the threads and disconnect. Never raises."""
        self.feed.close()
        self.full_images.close()
        self.sources.trials.close()
        self.actions.store.close()
        self.actions.broker.close()


_current: list[Services] = []


def set_services(new: Services | None) -> None:
    """Set what ``services`` returns; None at shutdown."""
    _current[:] = [] if new is None else [new]


def services() -> Services:
    """The services of this server. Raises LookupError before ``set_services``."""
    if not _current:
        raise LookupError("the console's services are not set: start it by `marbleline console`")
    return _current[0]
