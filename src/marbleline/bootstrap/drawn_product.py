"""The product of the demo: commissioned, before the line starts, with drawn slabs whose labels are known.

It is taught as a plant teaches its own product, by ``marbleline product teach`` on a folder of pictures and
their labels. The pictures are of other slabs than those that the line's cameras draw.
"""

import csv
import subprocess
import sys
from collections.abc import Callable
from itertools import product
from pathlib import Path
from typing import Final

from marbleline.adapters.sources.registry import SyntheticSettings
from marbleline.adapters.sources.synthetic import SyntheticSource
from marbleline.errors import SettingError
from marbleline.settings.camera import CameraSettings
from marbleline.settings.configuration import Configuration
from marbleline.settings.line import LineSettings, ModelSettings

PRODUCT: Final = "drawn-slabs"
# Far from the seeds of cameras, which count up from the setting.
_SEED: Final = 1_500_000_000
_EDGE: Final = 0.1
# More faulty slabs than the line shows: answers of these are what a target of escapes needs most.
_FAULTY_SHARE: Final = 0.6
# Most slabs are good, so 5 % of them judged faulty would be most of all mistakes.
_TARGETS: Final = ("--escapes", "0.03", "--overkill", "0.005")
_LABELS: Final = "index.csv"


def commissioned(configuration: Configuration, slabs: int, say: Callable[[str], None]) -> Path:
    """The folder of a product that was taught with so many drawn slabs, now or at an earlier start.

    Raises SettingError if the cameras don't draw slabs, or teaching failed.
    """
    source = configuration.read(CameraSettings).source
    if not source.startswith("synthetic:"):
        raise SettingError(f"--commission: is for synthetic slabs, and source is {source!r}; leave it out")
    data = configuration.read(LineSettings).data
    folder = data / "models" / PRODUCT
    version = folder / "1"
    if (version / "manifest.json").is_file():
        say(f"Product {PRODUCT}: was commissioned before, in {folder}")
        return folder
    say(f"Product {PRODUCT}: commissioning it with {slabs} drawn slabs whose labels are known ...")
    pictures = _draw(configuration.read(SyntheticSettings), slabs, data / "commissioning")
    model = configuration.read(ModelSettings).model
    command = ["product", "teach", PRODUCT, "--images", str(pictures), "--output", str(version), *_TARGETS]
    done = subprocess.run(
        [sys.executable, "-m", "marbleline", *command, "--model", str(model)],
        stdout=subprocess.PIPE,
        text=True,
        check=False,
    )
    if done.returncode:
        raise SettingError(f"--commission: `marbleline {' '.join(command)}` failed; its message is above")
    for line in done.stdout.splitlines():
        say(line)
    return folder


def _draw(settings: SyntheticSettings, slabs: int, folder: Path) -> Path:
    """Write the pictures and their labels; the labels last, so that they are complete."""
    folder.mkdir(parents=True, exist_ok=True)
    seed, tiles = _SEED + settings.seed % 1_000_000, settings.slab_tiles
    source = SyntheticSource(settings.rate, seed, max(settings.faulty_share, _FAULTY_SHARE), tiles=tiles)
    rows: list[tuple[str, str, str]] = []
    for number, place in product(range(1, slabs + 1), range(tiles)):
        content, origin = source.picture(number, place)
        name = f"{number:04d}-{place + 1}.jpg"
        (folder / name).write_bytes(content)
        # A person who is shown the edge of a defect alone can't tell.
        label = "unsure" if 0 < source.defect_share(number, place) < _EDGE else origin.rsplit("/", 1)[1]
        rows.append((name, label, str(number)))
    with (folder / _LABELS).open("w", newline="", encoding="utf-8") as file:
        writer = csv.writer(file)
        writer.writerow(("path", "label", "group"))
        writer.writerows(rows)
    return folder
