"""What people set of cameras. Each action checks the role first, whatever a page showed."""

from collections.abc import Callable, Mapping
from dataclasses import dataclass
from typing import Final

from marbleline.console.auth.roles import Person, Role, require
from marbleline.console.state.actions import Actions
from marbleline.domain.camera_setup import CameraSetup, new_setup
from marbleline.errors import SettingError

SETS_UP: Final = Role.ENGINEER
"""Who changes what is judged of a camera's pictures."""

SHOWN: Final = 20
"""Changes of a camera that are shown and can be brought back."""

_LATER_US: Final = 1_000


@dataclass(frozen=True, slots=True)
class CameraActions:
    """``actions`` has the connections and the clock that all pages share."""

    line: str
    actions: Actions

    def changes(self, camera: str) -> list[CameraSetup]:
        """The newest changes of a camera, newest first. Raises StoreUnavailable."""
        return self.actions.store.query_cached(
            ("camera_setups", camera), 2.0, lambda store: store.camera_setups(self.line, camera, SHOWN)
        )

    def change(
        self, person: Person, camera: str, region: str, masks: str, reverts_to: str | None = None
    ) -> CameraSetup:
        """Set a camera's region and masks; the encoders take it up within seconds.

        Raises AccessDenied, SettingError naming what is wrong, StoreUnavailable.
        """
        require(person, SETS_UP)
        before = self.newest(camera)
        texts = before.texts() if before is not None else {}
        removed = before is not None and before.removed
        return self.put(before, camera, region, masks, person.name, texts, reverts_to, removed=removed)

    def newest(self, camera: str) -> CameraSetup | None:
        """What is set of the camera now, asked of the store; None: nothing. Raises StoreUnavailable."""
        found = self.actions.store.query(lambda store: store.camera_setups(self.line, camera, 1))
        return found[0] if found else None

    def current(self) -> list[CameraSetup]:
        """What is set of each camera. Raises StoreUnavailable."""
        return self.actions.store.query_cached(
            ("camera_setups",), 2.0, lambda store: store.current_camera_setups(self.line)
        )

    def put(
        self,
        before: CameraSetup | None,
        camera: str,
        region: str,
        masks: str,
        by: str,
        texts: Mapping[str, str],
        reverts_to: str | None = None,
        *,
        removed: bool = False,
    ) -> CameraSetup:
        """Add a change after ``before``, the camera's newest, whose author may make it.

        Raises SettingError, StoreUnavailable.
        """
        # A clock that is behind that of whoever changed it last must not make this change the older one.
        at = max([self.actions.clock(), *([before.at + _LATER_US] if before else [])])
        made = new_setup(self.line, camera, region, masks, by, at, reverts_to, texts, removed=removed)
        rejections = self.actions.store.query(lambda store: store.put_camera_setups([made]))
        if rejections:
            raise SettingError(f"camera {camera}: the store rejects the change: {rejections[0].reason}")
        self.actions.store.clear_cache()
        return made

    def revert(
        self, person: Person, camera: str, setup_id: str, check: Callable[[CameraSetup], None] | None = None
    ) -> CameraSetup:
        """Bring back what an earlier change had set, as a change of its own.

        ``check`` gets the earlier change, and raises SettingError if that may not be set any more.

        Raises AccessDenied, SettingError if the camera has no such change, StoreUnavailable.
        """
        require(person, SETS_UP)
        known = self.actions.store.query(lambda store: store.camera_setups(self.line, camera, SHOWN))
        earlier = next((one for one in known if one.setup_id == setup_id), None)
        if earlier is None:
            raise SettingError(f"camera {camera}: there is no change {setup_id!r} among its last {SHOWN}")
        if check is not None:
            check(earlier)
        return self.put(
            known[0],
            camera,
            earlier.region or "",
            earlier.masks or "",
            person.name,
            earlier.texts(),
            setup_id,
            removed=earlier.removed,
        )
