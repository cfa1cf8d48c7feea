"""What a slab of 5 and of 20 megapixels costs in windows, and what they find that scaling down loses."""

import io
import multiprocessing
import os
import statistics
import tempfile
import time
from multiprocessing.connection import Connection
from pathlib import Path
from typing import Any, Final

import numpy as np
import psutil
from numpy.typing import NDArray
from PIL import Image

from benchmarks.report import Estimate, Result
from benchmarks.workers import cpu_of, model_folder
from marbleline.adapters.classifiers.litert import LiteRtClassifier
from marbleline.domain.decision import Decision
from marbleline.domain.picture import Limits
from marbleline.domain.product import Product
from marbleline.domain.quality import QualityGate
from marbleline.operations.judge import JudgedPicture, judge
from marbleline.operations.products import create_product
from marbleline.sandbox.decoder import PictureDecoder
from marbleline.synthetic import defects, draw

WINDOW: Final = 480
_SEED: Final = 71_000_000
_DRAWN: Final = (1920, 2560)
_LIMITS: Final = Limits(max_bytes=100_000_000)
_FORMATS: Final[dict[str, tuple[str, str, dict[str, Any]]]] = {
    "JPEG": ("RGB", "JPEG", {"quality": 92}),
    "raw mono": ("L", "BMP", {}),
    "raw colour": ("RGB", "BMP", {}),
}


def run(quick: bool) -> Result:
    """Each size and format in a process of its own, so that its peak of memory is its own."""
    usage: list[Estimate] = []
    rounds = 1 if quick else 3
    with tempfile.TemporaryDirectory(prefix="marbleline-bench-") as name:
        folder = create_product(Path(name), Product(name="large"), model_folder(), window=WINDOW) / "1"
        for megapixels, rgb in _slabs(quick):
            for title, (mode, kind, options) in _FORMATS.items():
                path = Path(name) / "slab.img"
                path.write_bytes(_file(rgb, mode, kind, options))
                for threads in (1, 2):
                    about = f"{megapixels} MP {title}, {threads} thread{'s' * (threads > 1)}"
                    usage += _measured(about, folder, path, threads, rounds, rgb.size / 3e6)
        usage += _found(folder, Path(name) / "slab.png", 4 if quick else 24)
    return Result(
        "large_pictures",
        "Slabs of 5 and 20 megapixels, judged in windows",
        tuple(usage),
        conditions="marbleline judge's work on one picture after another in one process, the middle of"
        f" {rounds}; the shipped model in windows of {WINDOW}; drawn slabs, the larger one four of the"
        " smaller, mirrored;"
        " memory is the process's peak above its own with the model loaded, its child for decoding beside it;"
        " CPU is that of both;"
        " cracks are drawn as on a picture of 640x480, at a random place of 5 megapixels",
    )


def _found(folder: Path, path: Path, count: int) -> list[Estimate]:
    """How many cracks, drawn into a part of a slab of 5 megapixels, are judged faulty; and good slabs too."""
    ways = {"scaled down": LiteRtClassifier(model_folder() / "1"), "in windows": LiteRtClassifier(folder)}
    faulty = {(way, label): 0 for way in ways for label in ("crack", "good")}
    for number in range(count):
        slab = draw(_SEED + number, _DRAWN, label="good").rgb
        for label, rgb in (("good", slab), ("crack", _cracked(slab, number))):
            path.write_bytes(_file(rgb, "RGB", "BMP", {}))
            for way, classifier in ways.items():
                judged = judge(path, classifier, _LIMITS, QualityGate())
                found = isinstance(judged, JudgedPicture) and judged.judgement.decision is Decision.FAULTY
                faulty[way, label] += found
    return [
        Estimate(f"{way}: {label} slabs of {count} judged faulty", share / count * 100, "%")
        for (way, label), share in faulty.items()
    ]


def _cracked(slab: NDArray[np.uint8], seed: int) -> NDArray[np.uint8]:
    rng = np.random.default_rng([_SEED, seed])
    top, left = int(rng.integers(_DRAWN[0] - 480)), int(rng.integers(_DRAWN[1] - 640))
    part = slab[top : top + 480, left : left + 640].astype(np.float32)
    defects.add_crack(rng, part)
    slab = slab.copy()
    slab[top : top + 480, left : left + 640] = np.clip(part, 0, 255).astype(np.uint8)
    return slab


def _slabs(quick: bool) -> list[tuple[int, NDArray[np.uint8]]]:
    small = draw(1, _DRAWN, label="good").rgb
    if quick:
        return [(5, small)]
    row = np.concatenate([small, small[:, ::-1]], axis=1)
    return [(5, small), (20, np.concatenate([row, row[::-1]], axis=0))]


def _file(rgb: NDArray[np.uint8], mode: str, kind: str, options: dict[str, Any]) -> bytes:
    buffer = io.BytesIO()
    Image.fromarray(rgb).convert(mode).save(buffer, format=kind, **options)
    return buffer.getvalue()


def _measured(
    about: str, folder: Path, path: Path, threads: int, rounds: int, megapixels: float
) -> list[Estimate]:
    context = multiprocessing.get_context("spawn")
    mine, theirs = context.Pipe()
    process = context.Process(target=_judge, args=(theirs, folder, path, threads, rounds))
    process.start()
    if not mine.poll(300):
        process.kill()
        raise TimeoutError(f"{about}: not judged within 300 s")
    wall, cpu, memory, child, windows = mine.recv()
    process.join()
    goal = "1500" if megapixels > 19 and threads == 2 else ""
    return [
        Estimate(f"{about}: a picture ({windows} windows)", wall * 1e3, "ms", goal),
        Estimate(f"{about}: a megapixel", wall * 1e3 / megapixels, "ms"),
        Estimate(f"{about}: CPU", cpu * 1e3, "ms"),
        Estimate(f"{about}: memory a megapixel", memory / megapixels, "MiB"),
        Estimate(f"{about}: peak", memory, "MiB"),
        Estimate(f"{about}: decoding child, whole", child, "MiB"),
    ]


def _judge(to: Connection, folder: Path, path: Path, threads: int, rounds: int) -> None:
    classifier, decoder = LiteRtClassifier(folder, threads), PictureDecoder()
    before = _peak(os.getpid())
    walls, cpus, windows = [], [], 0
    for number in range(rounds + 1):
        began, used = time.monotonic(), _cpu()
        judged = judge(path, classifier, _LIMITS, QualityGate(), decoder.prepare)
        if not isinstance(judged, JudgedPicture) or judged.prediction.windows is None:
            raise TypeError(f"{path}: {judged}")
        windows = judged.prediction.windows.judged
        if number:  # the first one starts what the others use
            walls.append(time.monotonic() - began)
            cpus.append(_cpu() - used)
    memory = _peak(os.getpid()) - before
    child = sum(_peak(one.pid) for one in psutil.Process().children())
    decoder.close()
    to.send((statistics.median(walls), statistics.median(cpus), memory, child, windows))


def _cpu() -> float:
    """Seconds, of this process and its children."""
    own = psutil.Process()
    return cpu_of(own.pid) + sum(cpu_of(one.pid) for one in own.children())


def _peak(pid: int) -> float:
    """MiB that were resident at most since the program began; that of getrusage has its parent's in it."""
    status = Path(f"/proc/{pid}/status").read_text(encoding="ascii")
    return int(status.partition("VmHWM:")[2].split()[0]) / 1024
