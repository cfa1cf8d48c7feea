"""The belt under the soft PLC: slabs at even distances, as a function of the monotonic clock alone.

Nothing that is killed or stopped stops the belt, and whoever knows its figures knows which slab is where.
"""

import json
from collections.abc import Iterator, Mapping
from dataclasses import asdict, dataclass, field
from pathlib import Path
from typing import Final, Literal

import numpy as np

from marbleline.errors import SettingError

DEFECTS: Final = ("crack", "dot", "joint")
PITCH_MM: Final = 250.0


@dataclass(frozen=True, slots=True)
class Edge:
    """The front of a slab at one of the belt's two eyes.

    ``position`` is what the encoder latched (millimetres). ``slab`` is the truth, for the log: the
    program of the PLC does not look at it.
    """

    eye: Literal["trigger", "gate"]
    position: float
    slab: int


@dataclass(frozen=True, slots=True)
class Belt:
    """Slab ``n`` (from 1) meets the trigger's eye ``n * pitch_mm`` millimetres after ``start``.

    ``start``         when the belt started, seconds of the monotonic clock
    ``speed_mm_s``    an encoder count is a millimetre
    ``gate_mm``       from the trigger's eye to the gate's
    ``faulty_share``  of the slabs have a defect, by ``seed``
    ``lost``          slabs that the trigger's eye misses
    ``bounces``       slabs whose eye fires twice -> millimetres after the front
    """

    start: float
    speed_mm_s: float = 1000.0
    pitch_mm: float = PITCH_MM
    length_mm: float = 160.0
    gate_mm: float = 500.0
    faulty_share: float = 0.25
    seed: int = 1
    lost: frozenset[int] = frozenset()
    bounces: Mapping[int, float] = field(default_factory=dict)

    def position(self, at: float) -> float:
        """How far the belt has gone, millimetres."""
        return max(0.0, at - self.start) * self.speed_mm_s

    def slab_at_eye(self, at: float) -> int | None:
        """The slab that lies under the trigger's eye, and so under the camera; None between slabs."""
        slab, past = divmod(self.position(at), self.pitch_mm)
        return int(slab) if slab >= 1 and past < self.length_mm else None

    def passed_gate(self, at: float) -> int:
        """How many slabs have met the gate's eye."""
        return max(0, int((self.position(at) - self.gate_mm) // self.pitch_mm))

    def edges(self, after: float, until: float) -> list[Edge]:
        """What the eyes saw between two positions of the belt (millimetres), in order."""
        found = [*self._triggers(after, until), *self._at_gate(after, until)]
        return sorted(found, key=lambda edge: edge.position)

    def label(self, slab: int) -> str:
        """What is wrong with a slab: a defect, or ``good``."""
        rng = np.random.default_rng([self.seed, slab])
        return str(rng.choice(DEFECTS)) if rng.random() < self.faulty_share else "good"

    def _triggers(self, after: float, until: float) -> Iterator[Edge]:
        for slab in self._fronts(after - max(self.bounces.values(), default=0.0), until):
            if slab in self.lost:
                continue
            front = slab * self.pitch_mm
            for position in (front, *([front + self.bounces[slab]] if slab in self.bounces else ())):
                if after < position <= until:
                    yield Edge("trigger", position, slab)

    def _at_gate(self, after: float, until: float) -> Iterator[Edge]:
        for slab in self._fronts(after - self.gate_mm, until - self.gate_mm):
            position = slab * self.pitch_mm + self.gate_mm
            if after < position <= until:
                yield Edge("gate", position, slab)

    def _fronts(self, after: float, until: float) -> range:
        return range(max(1, int(after // self.pitch_mm)), int(until // self.pitch_mm) + 1)


def write_belt(belt: Belt, path: Path) -> None:
    """Leave the belt's figures in a file for those who look at it."""
    fields = asdict(belt)
    fields["lost"] = sorted(belt.lost)
    temporary = path.with_suffix(".tmp")
    temporary.write_text(json.dumps(fields), encoding="utf-8")
    temporary.replace(path)


def read_belt(path: Path) -> Belt:
    """The inverse of ``write_belt``. Raises SettingError if there is no such file or it is no belt's."""
    try:
        fields = json.loads(path.read_text(encoding="utf-8"))
        fields["lost"] = frozenset(fields["lost"])
        fields["bounces"] = {int(slab): float(after) for slab, after in fields["bounces"].items()}
        return Belt(**fields)
    except OSError as error:
        raise SettingError(
            f"belt {path}: {error.strerror}; start marbleline softplc with this folder"
        ) from error
    except (ValueError, TypeError, KeyError) as error:
        raise SettingError(f"belt {path}: not written by this version: {error}") from error
