"""What became of the frames: counted from the cameras' spools and the store, not by the line's own ledger.

A camera's spool knows the highest sequence that it gave; that is the cut-off. The store has to hold exactly
one verdict that counts of every sequence up to it: what is not there within the limit counts as lost, so
nothing pending is let pass. The line's ledger is asked besides, and has to balance.
"""

import json
from collections.abc import Mapping
from dataclasses import dataclass
from typing import Any, Final

from tests.e2e.cluster import Broken, Release, wait_until

CAUGHT_UP_S: Final = 240
TRAFFIC: Final = 40  # frames that have to be captured after a deed, and judged


@dataclass(frozen=True)
class Account:
    """``captured`` frames up to the cut-off, and what the store holds of them.

    ``versions`` counts all verdicts by the model version that they name, ``unnamed`` those that name none.
    """

    captured: int
    judged: int
    verdicts: int
    dead_lettered: int
    balanced: bool
    versions: dict[int, int]
    unnamed: int

    @property
    def lost(self) -> int:
        """Frames without a verdict."""
        return self.captured - self.judged - self.dead_lettered

    @property
    def twice(self) -> int:
        """Verdicts beyond one a frame."""
        return self.verdicts - self.judged

    @property
    def sound(self) -> bool:
        """Whether every frame has one verdict, none is dead-lettered, and the ledger balances."""
        return self.balanced and not (self.lost or self.twice or self.dead_lettered)

    def __str__(self) -> str:
        return f"{self.captured} frames, {self.lost} lost, {self.twice} twice"


def captured(release: Release) -> dict[str, int]:
    """Camera -> highest sequence in its spool, of all cameras."""
    cameras = len([one for one in release.get("deployments")["items"] if is_camera(release, one)])
    found: dict[str, int] = {}
    for pod in release.ready("camera", cameras):
        found |= release.run_inside(pod, "captured.py")
    return found


def is_camera(release: Release, workload: dict[str, Any]) -> bool:
    """Whether a Deployment is a camera of the release."""
    labels = workload["metadata"].get("labels", {})
    wanted = {"app.kubernetes.io/component": "camera", "app.kubernetes.io/instance": release.name}
    return bool(wanted.items() <= labels.items())


def acked(release: Release, beside: Mapping[str, int] | None = None) -> Account:
    """The account once more frames came through, and all up to then are judged or the limit is over.

    ``beside``: camera -> highest sequence, of cameras whose spool is in no camera's pod.
    """
    start = sum(captured(release).values())
    cutoffs: dict[str, int] = {}

    def traffic() -> bool:
        cutoffs.update(captured(release))
        return sum(cutoffs.values()) >= start + TRAFFIC

    wait_until(f"{TRAFFIC} more frames captured", traffic)
    cutoffs.update(beside or {})
    found = _judged(release, cutoffs)
    ledger = _ledger(release)
    return Account(
        captured=sum(cutoffs.values()),
        judged=found["judged"],
        verdicts=found["verdicts"],
        dead_lettered=ledger["total"]["dead_lettered"],
        balanced=ledger["balanced"],
        versions={int(version): count for version, count in found["versions"].items() if count},
        unnamed=max(0, found["all"] - sum(found["versions"].values())),
    )


def _judged(release: Release, cutoffs: dict[str, int]) -> dict[str, Any]:
    found: dict[str, Any] = {}

    def answered() -> bool:
        [pod, *_] = release.ready("encoder")
        found.update(release.run_inside(pod, "judged.py", json.dumps(cutoffs), str(CAUGHT_UP_S)))
        return True

    # A pod that goes away takes the script in it along: another is asked.
    wait_until("an encoder that can ask the store", answered)
    return found


def _ledger(release: Release) -> dict[str, Any]:
    found: dict[str, Any] = {}

    def counted() -> bool:
        [pod, *_] = release.ready("encoder")
        try:
            said = release.kubectl("exec", pod, "--", "marbleline", "ledger", "--json")
        except Broken as error:
            # Not balanced is an exit code too, and kubectl then says so on standard error alone.
            if "exit code 1" not in str(error):
                raise
            return False
        found.update(json.loads(said))
        return True

    try:
        wait_until("a ledger that balances", counted, 60)
    except Broken:
        return {"balanced": False, "total": {"dead_lettered": 0}}
    return found
