"""Lines in states that a screen has to show: 0, 1, 8 and 16 cameras, alarms, no broker."""

from collections.abc import Iterator
from contextlib import ExitStack, contextmanager
from dataclasses import dataclass, field
from pathlib import Path
from typing import Final

from marbleline.domain.alarm import DRIFT, Alarm
from marbleline.domain.clock import now
from marbleline.domain.decision import Decision
from marbleline.domain.label import new_label
from marbleline.domain.records import CameraState
from marbleline.domain.verdict import Verdict
from marbleline.ports.topology import FRAMES
from tests.builders import frame_message, make_frame
from tests.console.backing import backing
from tests.console.process import console
from tests.console.stage import Stage

_KINDS: Final = (
    ("good", None),
    ("crack", Decision.FAULTY),
    ("good", None),
    ("dot", Decision.REVIEW),
    ("joint", Decision.FAULTY),
)
_DOWN: Final = (CameraState.OFFLINE, CameraState.FULL)


@dataclass(frozen=True, slots=True)
class Scene:
    """``alarms``: two cameras are down and a model drifts; ``outage``: the broker is gone.

    ``held``: faulty slabs are held until seen; ``labelled``: people have labelled slabs and differ on some,
    and there are dead letters.
    """

    cameras: int
    alarms: bool = False
    outage: bool = False
    held: bool = False
    labelled: bool = False

    @property
    def name(self) -> str:
        """For a file."""
        state = "-alarms" if self.alarms else "-outage" if self.outage else ""
        state += "-held" if self.held else ""
        state += "-labelled" if self.labelled else ""
        return f"{self.cameras}-cameras{state}" if self.cameras else "empty"


SCENES: Final = (
    Scene(0),
    Scene(1),
    Scene(8),
    Scene(16),
    Scene(16, alarms=True),
    Scene(16, outage=True),
    Scene(1, held=True),
    Scene(16, alarms=True, held=True),
    Scene(8, labelled=True),
)


@dataclass
class Played:
    """A scene with its console at ``address``."""

    scene: Scene
    stage: Stage
    address: str
    gone: ExitStack = field(default_factory=ExitStack)

    @property
    def cameras(self) -> list[str]:
        """Their names."""
        return [f"camera-{number + 1}" for number in range(self.scene.cameras)]

    @property
    def shown_as_old(self) -> int:
        """How many cameras' pictures the screen has to grey once it knows all."""
        if self.scene.outage:
            return self.scene.cameras
        return len(_DOWN) if self.scene.alarms else 0

    def begin(self) -> None:
        """Let every camera judge some slabs."""
        judged = []
        for number, camera in enumerate(self.cameras):
            for turn in range(2):
                label, decision = _KINDS[(number + turn) % len(_KINDS)]
                slab = self.stage.capture(
                    camera,
                    seed=2 * number + turn,
                    label=label,
                    decision=decision,
                    slab_id=f"B-{number:04}",
                )
                judged.append(self.stage.judge(*slab))
        if self.scene.labelled:
            self._label(judged)
        if self.scene.alarms:
            cause = "The features of the last 500 pictures lie 3.4 standard deviations from the reference's."
            remedy = "Look at the newest pictures; clean the lens, or teach the product anew."
            self.stage.store.put_alarms(
                [Alarm(self.stage.line, DRIFT, "camera-3", True, now(), cause, remedy)]
            )
        self.report()

    def _label(self, judged: list[Verdict]) -> None:
        """People label what the line is sure of and the newest, and differ on half; a frame can't be read."""
        sure = [one for one in judged if one.decision is not Decision.REVIEW or one is judged[-1]]
        for number, verdict in enumerate(sure, start=len(sure) % 2):
            truths = {"anna": "good", "bert": "joint" if number % 2 else "good"}
            self.stage.store.put_labels(
                [new_label(verdict, truth, name, now()) for name, truth in truths.items()]
            )
        message = frame_message(make_frame(1, "camera-1", content=b"half"), b"half")
        self.stage.broker.publish_dead_letter(
            FRAMES.name, message, "truncated", "the picture ends after 12,345 of 98,765 bytes"
        )

    def report(self) -> None:
        """Let every camera say how it is; a camera that is silent for five seconds counts as away."""
        for number, camera in enumerate(self.cameras):
            down = self.scene.alarms and number < len(_DOWN)
            self.stage.report(camera, _DOWN[number] if down else CameraState.ONLINE)

    def break_off(self) -> None:
        """Take the broker away."""
        self.stage.broker.close()
        self.gone.enter_context(backing(self.stage.data).away("broker"))


@contextmanager
def played(scene: Scene, data: Path) -> Iterator[Played]:
    """The scene in this folder, and a console that follows each browser's theme."""
    stage = Stage(data)
    flags = ("--console-theme", "auto", "--console-hold-faulty", str(scene.held).lower())
    with console(stage.data, None, *flags) as (address, _):
        made = Played(scene, stage, address)
        made.begin()
        try:
            yield made
        finally:
            made.gone.close()
            stage.close()
