"""Judge pictures on disk, without a line: find them, read, decide, in order, on several cores."""

import os
import threading
from collections import deque
from collections.abc import Callable, Iterator, Sequence
from concurrent.futures import Future, ThreadPoolExecutor
from dataclasses import dataclass
from pathlib import Path
from typing import Final

import numpy as np

from marbleline.domain.classification import Classification
from marbleline.domain.decision import Judgement, decide
from marbleline.domain.frame import sha256_hex
from marbleline.domain.model import Prediction
from marbleline.domain.picture import SUFFIXES, Limits, Picture
from marbleline.domain.quality import Quality, QualityGate, measure, quality_issues
from marbleline.domain.region import Region
from marbleline.domain.region_cells import cells_of_whole, kept_pixels
from marbleline.domain.windows import judge_pictures
from marbleline.errors import PictureError
from marbleline.ports.classifier import Classifier
from marbleline.sandbox.decoder import PictureDecoder, PrepareInput, prepare_here

# Reasons beside those of domain.picture.
MISSING: Final = "missing"
UNREADABLE: Final = "unreadable"
NO_PICTURES: Final = "no_pictures"

# Pictures read ahead per thread: enough to keep it busy while the one before is written out.
_AHEAD: Final = 2


@dataclass(frozen=True, slots=True)
class Failed:
    """A path that could not be judged. ``reason`` is of ``domain.picture.REASONS`` or one of this module."""

    path: Path
    reason: str
    detail: str


@dataclass(frozen=True, slots=True)
class Peak:
    """The cell of the heat map that looks faultiest.

    ``x`` and ``y`` are its centre in pixels of the captured picture, turned upright.
    """

    row: int
    column: int
    rows: int
    columns: int
    x: float
    y: float
    faulty_probability: float


@dataclass(frozen=True, slots=True)
class JudgedPicture:
    """A picture and everything that was found of it."""

    path: Path
    sha256: str
    width: int
    height: int
    media_type: str
    quality: Quality
    answer: Classification
    judgement: Judgement
    peak: Peak
    region: Region | None = None

    @property
    def prediction(self) -> Prediction:
        """The model's scores, anomaly and heat map."""
        return self.answer.predictions[0]


def find(paths: Sequence[Path]) -> Iterator[Path | Failed]:
    """The pictures to judge, folder by folder in sorted order.

    Below a folder only files with a picture's suffix count, and none whose name begins with a dot; a
    file that was named is always tried. Linked folders are not entered, so there is no going in circles.
    """
    for path in paths:
        if not path.is_dir():
            yield path
            continue
        found = 0
        for entry in _below(path):
            found += 1
            yield entry
        if not found:
            yield Failed(path, NO_PICTURES, f"no file below it ends in {', '.join(SUFFIXES)}")


def judge_all(
    paths: Sequence[Path],
    open_classifier: Callable[[], Classifier],
    limits: Limits,
    gate: QualityGate,
    jobs: int,
    region: Region | None = None,
) -> Iterator[JudgedPicture | Failed]:
    """Judge every picture found below the paths; results come in order, each as soon as it can.

    Every one of ``jobs`` threads opens a classifier and a decoder of its own. No more pictures are held than
    a few per thread, however many there are. ``region``: what is judged of each; None: all of it.

    Raises ModelError, ClassifierUnavailable.
    """
    opened: list[Classifier | PictureDecoder] = []
    own = threading.local()

    def work(path: Path) -> JudgedPicture | Failed:
        if not hasattr(own, "classifier"):
            own.classifier = open_classifier()
            own.decoder = PictureDecoder()
            opened.extend((own.classifier, own.decoder))
        return judge(path, own.classifier, limits, gate, own.decoder.prepare, region)

    pool = ThreadPoolExecutor(jobs, thread_name_prefix="judge")
    try:
        waiting: deque[Future[JudgedPicture | Failed] | Failed] = deque()
        for entry in find(paths):
            waiting.append(entry if isinstance(entry, Failed) else pool.submit(work, entry))
            while waiting and (len(waiting) > jobs * _AHEAD or _done(waiting[0])):
                yield _result(waiting.popleft())
        while waiting:
            yield _result(waiting.popleft())
    finally:
        pool.shutdown(cancel_futures=True)
        for one in opened:
            one.close()


def judge(
    path: Path,
    classifier: Classifier,
    limits: Limits,
    gate: QualityGate,
    decode: PrepareInput = prepare_here,
    region: Region | None = None,
) -> JudgedPicture | Failed:
    """Judge one picture file. Raises ModelError, ClassifierUnavailable, SandboxUnavailable."""
    spec = classifier.manifest.input
    try:
        data = read_file(path, limits.max_bytes)
        picture = decode(data, spec, limits, region=region)
    except PictureError as error:
        return Failed(path, error.reason, error.detail)
    image = picture.rgb
    quality = measure(image, kept_pixels(region, *image.shape[:2]) if region else None)
    answer = judge_pictures(classifier.classify, [image], classifier.manifest, [region])
    prediction = answer.predictions[0]
    judgement = decide(prediction, answer.manifest.thresholds, quality_issues(quality, gate))
    stride = answer.manifest.heatmap_stride
    peak = find_peak(prediction, stride, image.shape, picture, region)
    return JudgedPicture(
        path=path,
        sha256=sha256_hex(data),
        width=picture.width,
        height=picture.height,
        media_type=picture.media_type,
        quality=quality,
        answer=answer,
        judgement=judgement,
        peak=peak,
        region=region,
    )


def read_file(path: Path, max_bytes: int) -> bytes:
    """The file's content. Raises PictureError if it is missing, unreadable or larger than ``max_bytes``."""
    try:
        with path.open("rb") as file:
            data = file.read(max_bytes + 1)
            size = max(len(data), os.fstat(file.fileno()).st_size)
    except FileNotFoundError as error:
        raise PictureError(MISSING, "there is no such file") from error
    except (OSError, ValueError) as error:
        raise PictureError(UNREADABLE, getattr(error, "strerror", None) or str(error)) from error
    if len(data) > max_bytes:
        raise PictureError("too_large", f"{size} bytes, the limit is {max_bytes}")
    return data


def find_peak(
    prediction: Prediction,
    stride: int,
    image_shape: tuple[int, ...],
    picture: Picture,
    region: Region | None = None,
) -> Peak:
    """The strongest cell of the heat map, by 1 - p(good).

    ``image_shape`` is that of the model's input [height, width, 3], of which a cell covers ``stride``
    pixels each way. With a ``region``, which the input shows, the cells are those of the whole picture.
    """
    faulty = 1.0 - prediction.heatmap[:, :, 0]
    across, down = stride / image_shape[1], stride / image_shape[0]
    if region is not None:
        faulty = cells_of_whole(region, faulty, outside=-1)  # never the strongest, however good all looks
    if region is not None or prediction.windows is not None:
        across, down = 1 / faulty.shape[1], 1 / faulty.shape[0]
    rows, columns = faulty.shape
    row, column = divmod(int(np.argmax(faulty)), columns)
    return Peak(
        row=row,
        column=column,
        rows=rows,
        columns=columns,
        x=min((column + 0.5) * across, 1.0) * picture.width,
        y=min((row + 0.5) * down, 1.0) * picture.height,
        faulty_probability=float(faulty[row, column]),
    )


def _below(folder: Path) -> Iterator[Path | Failed]:
    try:
        entries = sorted(os.scandir(folder), key=lambda entry: entry.name)
    except OSError as error:
        yield Failed(folder, UNREADABLE, error.strerror or str(error))
        return
    for entry in entries:
        if entry.name.startswith("."):
            continue
        path = folder / entry.name
        if entry.is_dir(follow_symlinks=False):
            yield from _below(path)
        elif path.suffix.lower() in SUFFIXES:
            yield path


def _done(one: "Future[JudgedPicture | Failed] | Failed") -> bool:
    return isinstance(one, Failed) or one.done()


def _result(one: "Future[JudgedPicture | Failed] | Failed") -> JudgedPicture | Failed:
    return one if isinstance(one, Failed) else one.result()
