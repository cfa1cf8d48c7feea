"""Cameras that people add, change and remove from a browser. Each action checks the role first."""

from collections.abc import Callable, Mapping
from dataclasses import dataclass
from pathlib import Path

from marbleline.console.auth.roles import Person, require
from marbleline.console.state.camera_actions import SETS_UP, CameraActions
from marbleline.console.state.source_rules import SourceRules
from marbleline.console.state.source_trials import SourceTrials, Trial
from marbleline.domain.camera_setup import CameraSetup
from marbleline.domain.frame import check_name
from marbleline.errors import SettingError
from marbleline.operations.line_cameras import LineCameras, read_line_cameras
from marbleline.settings.secret_files import SecretFiles

Check = Callable[[Mapping[str, str]], None]
"""Gets the settings of a camera, secrets revealed. Raises SettingError naming the one that is wrong."""


@dataclass(frozen=True, slots=True)
class SourceActions:
    """``data``: the folder in which the line on this machine says which cameras it has."""

    cameras: CameraActions
    rules: SourceRules
    secrets: SecretFiles
    data: Path
    check: Check
    trials: SourceTrials

    def line_cameras(self) -> LineCameras | None:
        """What the line on this machine says of its cameras; None: none starts any here."""
        return read_line_cameras(self.data)

    def set_source(self, person: Person, camera: str, texts: Mapping[str, str]) -> CameraSetup:
        """Add a camera, or change its source and settings; the line on this machine follows within seconds.

        ``texts``: its settings by name, ``source`` among them; ``***`` in a text that is otherwise as it was
        stands for its secret.

        Raises AccessDenied, SettingError saying what is not allowed, StoreUnavailable.
        """
        require(person, SETS_UP)
        check_name("camera", camera)
        self._check_followed(camera)
        before = self.cameras.newest(camera)
        hidden = self._checked(texts, before)
        region, masks = (before.region or "", before.masks or "") if before is not None else ("", "")
        return self.cameras.put(before, camera, region, masks, person.name, hidden)

    def remove_camera(self, person: Person, camera: str) -> CameraSetup:
        """Have the line run without this camera. Its frames, verdicts and changes stay.

        Raises AccessDenied, SettingError, StoreUnavailable.
        """
        require(person, SETS_UP)
        self._check_followed(camera)
        before = self.cameras.newest(camera)
        region, masks = (before.region or "", before.masks or "") if before is not None else ("", "")
        return self.cameras.put(before, camera, region, masks, person.name, {}, removed=True)

    def revert(self, person: Person, camera: str, setup_id: str) -> CameraSetup:
        """Bring back what an earlier change had set, if that may still be set here.

        Raises AccessDenied, SettingError, StoreUnavailable.
        """
        require(person, SETS_UP)
        return self.cameras.revert(person, camera, setup_id, self._check_allowed)

    def try_source(self, person: Person, camera: str, texts: Mapping[str, str]) -> Trial:
        """Look through a source with these settings for a while; nothing is captured or kept.

        Raises AccessDenied, SettingError, StoreUnavailable.
        """
        require(person, SETS_UP)
        before = self.cameras.newest(camera) if camera else None
        self.rules.check(texts)
        self.check(texts)
        return self.trials.start(self.secrets.plain(texts, before.texts() if before is not None else {}))

    def discover_cameras(self, person: Person) -> list[tuple[str, ...]]:
        """The GigE Vision cameras on the network: serial number, address, name, maker and model of each.

        Raises AccessDenied, SettingError.
        """
        require(person, SETS_UP)
        if "genicam" not in self.rules.kinds:
            raise SettingError("cameras can't be looked for: console_sources does not allow genicam")
        return self.trials.discover()

    def _checked(self, texts: Mapping[str, str], before: CameraSetup | None) -> dict[str, str]:
        """The settings with their secrets hidden."""
        earlier = before.texts() if before is not None else {}
        self.rules.check(texts)
        # Checked before a secret is written: what is refused leaves nothing behind.
        self.check(texts)
        return self.secrets.hide(texts, earlier)

    def _check_allowed(self, earlier: CameraSetup) -> None:
        texts = earlier.texts()
        if texts:
            self.rules.check(texts)

    def _check_followed(self, camera: str) -> None:
        said = self.line_cameras()
        if said is None:
            raise SettingError(
                f"camera {camera}: no line on this machine starts cameras; on a cluster set `cameras` in the "
                "values of the chart"
            )
        if camera in said.given:
            raise SettingError(
                f"camera {camera}: the line's own flags or file name it, and win; change it there, or choose "
                "another name"
            )
