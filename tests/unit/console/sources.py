"""What may be set of cameras' sources, for tests of the console: any kind, paths below the test's folder."""

from pathlib import Path
from typing import Final

from marbleline.bootstrap.catalogue import load
from marbleline.bootstrap.trial_child import CHILD
from marbleline.console.state.camera_actions import CameraActions
from marbleline.console.state.source_actions import SourceActions
from marbleline.console.state.source_rules import SourceRules
from marbleline.console.state.source_trials import SourceTrials
from marbleline.operations.line_cameras import LineCameras, write_line_cameras
from marbleline.settings.secret_files import SECRETS, SecretFiles

KINDS: Final = frozenset({"synthetic", "folder", "landing", "video", "genicam", "http"})


def made_sources(cameras: CameraActions, folder: Path) -> SourceActions:
    """On a machine whose line names the camera ``given`` itself."""
    configuration = load({}, {})
    write_line_cameras(folder, LineCameras(given=("given",)))
    return SourceActions(
        cameras,
        SourceRules(KINDS, folder / "pictures"),
        SecretFiles(folder / SECRETS),
        folder,
        lambda texts: configuration.changed("here", **texts) and None,
        SourceTrials(CHILD),
    )
