"""What is broken, one after the other, while slabs go by."""

import random
import signal
import threading
import time
from collections import Counter
from collections.abc import Callable, Mapping
from typing import Final

from marbleline.softplc.belt import Belt
from tests.gate_faults.plant import GatePlant
from tests.services.wire_cutter import Wire

# Seconds that a thing is away: from what a heartbeat hardly notices to what everything has to notice.
_SHORT: Final = (0.02, 0.3)
_LONG: Final = (0.5, 3.0)


class Faults:
    """Each fault begins and ends within a few seconds; ``done`` counts them by name."""

    def __init__(self, plant: GatePlant, seed: int) -> None:
        self._plant = plant
        self._random = random.Random(seed)
        self.done: Counter[str] = Counter()
        self._kinds: Mapping[str, Callable[[], None]] = {
            "station killed": lambda: self._kill("station"),
            "station stopped for a moment": lambda: self._freeze("station", _SHORT),
            "link cut": lambda: self._wire(Wire.CUT, _LONG),
            "PLC killed": lambda: self._kill("plc"),
            "station stopped": lambda: self._freeze("station", _LONG),
            "link hung for a moment": lambda: self._wire(Wire.HUNG, _SHORT),
            "broker away": lambda: self._lock("broker.db"),
            "PLC stopped for a moment": lambda: self._freeze("plc", _SHORT),
            "clock set forward": lambda: self._clock(3600),
            "link hung": lambda: self._wire(Wire.HUNG, _LONG),
            "PLC copies word by word": self._tear,
            "store away": lambda: self._lock("store.db"),
            "PLC stopped": lambda: self._freeze("plc", _LONG),
            "recorder of verdicts killed": lambda: self._kill("publisher"),
            "clock set back": lambda: self._clock(-3600),
            "link slow": self._slow,
            "link cut for a moment": lambda: self._wire(Wire.CUT, _SHORT),
            "recorder of frames killed": lambda: self._kill("encoder"),
        }

    def run(self, count: int, until: float, over: threading.Event) -> None:
        """So many faults, spread evenly until ``until`` (monotonic seconds)."""
        names = list(self._kinds)
        began = time.monotonic()
        for number in range(count):
            due = began + (until - began) * number / count
            if over.wait(max(0.0, due - time.monotonic())):
                return
            name = names[number % len(names)]
            self._kinds[name]()
            self.done[name] += 1

    def _for(self, span: tuple[float, float]) -> None:
        time.sleep(self._random.uniform(*span))

    def _kill(self, name: str) -> None:
        self._plant.kill(name)
        self._plant.restart(name)

    def _freeze(self, name: str, span: tuple[float, float]) -> None:
        self._plant.signal(name, signal.SIGSTOP)
        self._for(span)
        self._plant.signal(name, signal.SIGCONT)

    def _wire(self, state: Wire, span: tuple[float, float]) -> None:
        self._plant.wire.state = state
        self._for(span)
        self._plant.wire.state = Wire.WHOLE

    def _slow(self) -> None:
        self._plant.wire.delay_s = 0.03
        self._for(_LONG)
        self._plant.wire.delay_s = 0.0

    def _lock(self, database: str) -> None:
        self._plant.lock(database, self._random.uniform(*_LONG))

    def _clock(self, seconds: int) -> None:
        self._plant.set_clock(seconds)
        self._for(_LONG)
        self._plant.set_clock(0)

    def _tear(self) -> None:
        self._plant.kill("plc")
        self._plant.start_plc(tear_ms=4.0)
        self._for((4.0, 6.0))
        self._plant.kill("plc")
        self._plant.start_plc()


def belt_with_faults(start: float, slabs: int, seed: int, share: float = 0.01) -> Belt:
    """Eight slabs a second; a share of the triggers is lost, as many come twice, at once or later."""
    rng = random.Random(seed)
    each = max(1, round(slabs * share / 2))
    return Belt(
        start=start,
        pitch_mm=125.0,
        length_mm=100.0,
        gate_mm=450.0,
        faulty_share=0.3,
        seed=seed,
        lost=frozenset(rng.sample(range(1, slabs + 1), each)),
        bounces={slab: rng.choice((8.0, 60.0)) for slab in rng.sample(range(1, slabs + 1), each)},
    )
