"""The embedded model's memory, over pictures of very many sizes.

A few by the shipped model here; with ``MEMORY_FRAMES=20000`` in the environment so many by the tiny model.
"""

import json
import os
import subprocess
import sys
from pathlib import Path
from typing import Final

import pytest

from marbleline.domain.model import newest_version
from tests.faults.line_under_test import SHIPPED_MODEL, TINY_MODEL

FRAMES: Final = int(os.environ.get("MEMORY_FRAMES", "0"))

# A process of its own: its memory is that of the classifier and of nothing that other tests left behind.
_PROGRAM: Final = """
import io, json, random, sys
from pathlib import Path
import psutil
from PIL import Image
from marbleline.adapters.classifiers.litert import LiteRtClassifier
from marbleline.domain.picture import prepare
classifier = LiteRtClassifier(Path(sys.argv[1]))
chosen = random.Random(1)
sizes = [(long, 100) for long in range(101, 351)] + [(100, long) for long in range(101, 351)]
found = []
for number in range(int(sys.argv[2])):
    file = io.BytesIO()
    Image.new("RGB", chosen.choice(sizes), (number % 200, 90, 80)).save(file, "JPEG")
    picture = prepare(file.getvalue(), classifier.manifest.input)
    classifier.classify([picture.rgb])
    if number % 10 == 9:
        found.append(psutil.Process().memory_info().rss / 2**20)
print(json.dumps(found))
"""


def resident_mib(model: Path, frames: int) -> list[float]:
    """After every tenth picture."""
    done = subprocess.run(
        [sys.executable, "-c", _PROGRAM, str(newest_version(model)), str(frames)],
        capture_output=True,
        text=True,
        check=True,
        timeout=3_600,
    )
    found: list[float] = json.loads(done.stdout.splitlines()[-1])
    return found


@pytest.mark.slow
def test_memory_does_not_grow_with_the_number_of_sizes() -> None:
    found = resident_mib(SHIPPED_MODEL, 60)
    assert max(found) < 230, found


if FRAMES:

    def test_memory_is_flat_over_all_frames() -> None:
        found = resident_mib(TINY_MODEL, FRAMES)
        early = max(found[: len(found) // 10])
        assert max(found) < early + 10, (early, found[:: len(found) // 20])
