"""The board that cameras are calibrated with: a ChArUco board, drawn, printed and found through OpenCV.

A chessboard whose white squares bear markers: each corner that is found is known by its number, so a part of
the board is enough (Garrido-Jurado et al. 2014, and OpenCV's module objdetect).
"""

from dataclasses import dataclass
from pathlib import Path
from typing import Final

import cv2
import numpy as np
from numpy.typing import NDArray
from PIL import Image, ImageDraw

from marbleline.errors import CalibrationError

COLUMNS: Final = 7
ROWS: Final = 5
SQUARE_MM: Final = 35.0
"""Side of a square as printed on A4: the board is 245 x 175 mm."""

_MARKER_SHARE: Final = 0.72
_DOTS: Final = 400  # pixels a square, when drawn
_A4_MM: Final = (297.0, 210.0)
_MM_PER_INCH: Final = 25.4

Points = NDArray[np.float64]


@dataclass(frozen=True, slots=True)
class FoundBoard:
    """What a picture shows of the board.

    ``pixels`` and ``board_mm`` float64 [corners, 2], row by row the same corners; ``width``, ``height`` are
    the picture's.
    """

    pixels: Points
    board_mm: Points
    width: int
    height: int


def print_board(path: Path, square_mm: float = SQUARE_MM) -> None:
    """Write the board as a PDF of one A4 page, landscape. Raises CalibrationError."""
    dots_per_mm = _DOTS / square_mm
    page = Image.new("L", (round(_A4_MM[0] * dots_per_mm), round(_A4_MM[1] * dots_per_mm)), 255)
    size = (COLUMNS * _DOTS, ROWS * _DOTS)
    left, top = (page.width - size[0]) // 2, (page.height - size[1]) // 2
    if min(left, top) < 0:
        raise CalibrationError(
            f"squares of {square_mm:g} mm make a board of {COLUMNS * square_mm:g} x {ROWS * square_mm:g} mm,"
            f" which is larger than A4; use at most {min(_A4_MM[0] / COLUMNS, _A4_MM[1] / ROWS):.0f} mm"
        )
    page.paste(Image.fromarray(draw_board(_DOTS)), (left, top))
    note = f"Marbleline calibration board: print at 100 %; each square has to measure {square_mm:g} mm."
    ImageDraw.Draw(page).text(
        (left, max(0, top - round(8 * dots_per_mm))), note, fill=0, font_size=round(4 * dots_per_mm)
    )
    try:
        page.save(path, format="PDF", resolution=dots_per_mm * _MM_PER_INCH)
    except OSError as error:
        raise CalibrationError(f"{path}: can't be written: {error.strerror}") from error


def draw_board(dots: int) -> NDArray[np.uint8]:
    """The board with ``dots`` pixels a square, uint8 [height, width], without a margin."""
    return np.asarray(_board(1.0).generateImage((COLUMNS * dots, ROWS * dots)), np.uint8)


def find_board(picture: bytes, square_mm: float = SQUARE_MM) -> FoundBoard | None:
    """The board in a picture file's bytes, None if it is not seen. Raises CalibrationError for no picture."""
    grey = cv2.imdecode(np.frombuffer(picture, np.uint8), cv2.IMREAD_GRAYSCALE)
    if grey is None:
        raise CalibrationError("the file is no picture that can be read")
    board = _board(square_mm)
    corners, ids, _, _ = cv2.aruco.CharucoDetector(board).detectBoard(grey)
    if ids is None:
        return None
    known = np.asarray(board.getChessboardCorners(), np.float64)[np.asarray(ids).ravel(), :2]
    pixels = np.asarray(corners, np.float64).reshape(-1, 2)
    return FoundBoard(pixels, known, grey.shape[1], grey.shape[0])


def _board(square_mm: float) -> "cv2.aruco.CharucoBoard":
    markers = cv2.aruco.getPredefinedDictionary(cv2.aruco.DICT_5X5_100)
    return cv2.aruco.CharucoBoard((COLUMNS, ROWS), square_mm, square_mm * _MARKER_SHARE, markers)
