"""The answers that a product is taught with: which picture shows what, as a CSV file beside the pictures."""

import csv
import math
from collections import Counter
from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from pathlib import Path
from typing import Final

from marbleline.domain.model import DEFECTS
from marbleline.errors import SettingError

FAULTY: Final = "faulty"
GOOD_WORDS: Final = ("good", "free", "ok", "A")
UNSURE_WORDS: Final = ("unsure", "B")
_PATHS: Final = ("path", "file", "picture", "image")

Mark = tuple[float, float, float, float]


@dataclass(frozen=True, slots=True)
class Answer:
    """What a person said of one picture.

    ``meaning``  good, a defect's class, or faulty where the defect has no class
    ``group``    the slab: pictures of one slab are never parted between teaching and measuring
    ``asked``    why it was asked, see ``ask.Why``; empty: it was not chosen by the product
    ``mark``     the box around the defect: left, top, right and bottom in shares of the picture
    """

    path: Path
    label: str
    meaning: str
    group: str
    asked: str = ""
    mark: Mark | None = None

    @property
    def faulty(self) -> bool:
        """Whether the slab has any defect."""
        return self.meaning != "good"


def read_answers(
    labels: Path, images: Path, good: Sequence[str] = GOOD_WORDS, splits: Sequence[str] = ()
) -> list[Answer]:
    """Answers from a CSV file with columns path and label; group, asked, mark and split if there are such.

    ``path`` is below ``images``. A label among ``good`` means good, ``unsure`` leaves a picture out, a
    defect's name is that class, and any other word means faulty. ``mark`` is four numbers apart by
    spaces. ``splits``: only rows of these splits.
    Raises SettingError naming the file and line.
    """
    try:
        with labels.open(newline="", encoding="utf-8-sig") as file:
            rows = csv.DictReader(file)
            columns = set(rows.fieldnames or ())
            column = next((name for name in _PATHS if name in columns), None)
            if column is None or "label" not in columns:
                raise SettingError(f"{labels}: has columns {sorted(columns)}; need path and label")
            if splits and "split" not in columns:
                raise SettingError(f"{labels}: has no column split, so --split can't choose from it")
            found = [
                _answer(row, column, images, good, f"{labels}:{number}")
                for number, row in enumerate(rows, start=2)
                if row["label"] not in UNSURE_WORDS and (not splits or row["split"] in splits)
            ]
    except (OSError, UnicodeDecodeError, csv.Error) as error:
        raise SettingError(f"{labels}: can't be read: {error}") from error
    if not found:
        raise SettingError(f"{labels}: holds no answer")
    return found


def understood(answers: Sequence[Answer]) -> str:
    """How the labels were read, for people: ``good: 20 good, 5 free; faulty: 3 crack``."""
    sides = []
    for side in (False, True):
        counts = Counter(answer.label for answer in answers if answer.faulty == side)
        words = ", ".join(f"{count} {label}" for label, count in counts.most_common())
        sides.append(f"{FAULTY if side else 'good'}: {words or 'none'}")
    return "; ".join(sides)


def _answer(row: Mapping[str, str], column: str, images: Path, good: Sequence[str], where: str) -> Answer:
    label = (row["label"] or "").strip()
    path = images / (row[column] or "")
    if not label:
        raise SettingError(f"{where}: has no label")
    if not path.is_file():
        raise SettingError(f"{where}: there is no picture {path}")
    meaning = "good" if label in good else label if label in DEFECTS else FAULTY
    mark = _mark(row.get("mark") or "", where)
    return Answer(path, label, meaning, row.get("group") or row[column], row.get("asked") or "", mark)


def _mark(text: str, where: str) -> Mark | None:
    if not text.strip():
        return None
    try:
        left, top, right, bottom = (float(one) for one in text.split())
    except ValueError:
        left = top = right = bottom = math.nan
    # Written so that NaN fails too.
    if not (0 <= left < right <= 1 and 0 <= top < bottom <= 1):
        raise SettingError(
            f"{where}: mark {text!r} is no box: write left, top, right and bottom in shares of the picture,"
            " such as 0.2 0.3 0.4 0.5"
        )
    return left, top, right, bottom
