"""``marbleline calibrate``: a board that is drawn is found, and what is written is what the line reads."""

import io
from pathlib import Path

import numpy as np
import pytest
from PIL import Image

from marbleline.adapters.charuco_board import COLUMNS, ROWS, draw_board, find_board
from marbleline.cli import main
from marbleline.operations.calibration_files import read_calibrations


def photograph(mm_per_pixel: float = 0.5, degrees: float = 8) -> bytes:
    """The board of 35 mm squares as a camera sees it, turned, on grey."""
    dots = round(35 / mm_per_pixel)
    board = Image.fromarray(draw_board(dots))
    page = Image.new("L", (COLUMNS * dots + 200, ROWS * dots + 200), 255)
    page.paste(board, (100, 100))
    seen = page.rotate(degrees, Image.Resampling.BICUBIC, expand=True, fillcolor=180)
    buffer = io.BytesIO()
    seen.save(buffer, format="PNG")
    return buffer.getvalue()


def test_pictures_of_the_board_make_a_calibration(tmp_path: Path, capsys: pytest.CaptureFixture[str]) -> None:
    (tmp_path / "one.png").write_bytes(photograph())
    data = ["--data", str(tmp_path)]
    assert main(["calibrate", "camera", "saw", str(tmp_path / "one.png"), *data]) == 0
    assert "saw: 0.5" in capsys.readouterr().out
    found = read_calibrations(tmp_path / "calibration")["saw"]
    assert found.mm_per_pixel == pytest.approx(0.5, rel=2e-3)
    assert found.residual_px < 0.3
    assert found.corners == (COLUMNS - 1) * (ROWS - 1)
    assert main(["calibrate", "list", *data]) == 0
    assert main(["calibrate", "camera", "saw", str(tmp_path / "one.png"), "--valid-days", "0", *data]) == 0
    assert main(["calibrate", "list", *data]) == 1
    assert "EXPIRED" in capsys.readouterr().out


def test_a_part_of_the_board_is_enough(tmp_path: Path) -> None:
    whole = Image.open(io.BytesIO(photograph(degrees=0)))
    buffer = io.BytesIO()
    whole.crop((0, 0, whole.width * 2 // 3, whole.height)).save(buffer, format="PNG")
    found = find_board(buffer.getvalue())
    assert found is not None
    assert 8 <= len(found.pixels) < 24
    assert np.ptp(found.board_mm, axis=0) / np.ptp(found.pixels, axis=0) == pytest.approx(0.5, rel=5e-3)


def test_what_shows_no_board_is_said(tmp_path: Path, capsys: pytest.CaptureFixture[str]) -> None:
    Image.new("L", (64, 48), 128).save(tmp_path / "grey.png")
    (tmp_path / "text.png").write_text("no picture")
    for name, said in (("grey.png", "no picture shows"), ("text.png", "no picture that can be read")):
        assert main(["calibrate", "camera", "saw", str(tmp_path / name), "--data", str(tmp_path)]) == 1
        assert said in capsys.readouterr().err


def test_the_printed_board_is_one_page_of_a4(tmp_path: Path, capsys: pytest.CaptureFixture[str]) -> None:
    path = tmp_path / "board.pdf"
    assert main(["calibrate", "board", str(path)]) == 0
    content = path.read_bytes()
    assert content.startswith(b"%PDF")
    box = content[content.index(b"/MediaBox") :].split(b"[")[1].split(b"]")[0].split()
    # A4 in points of 1/72 inch.
    assert [float(one) for one in box[2:]] == pytest.approx([841.9, 595.3], abs=0.5)
    assert main(["calibrate", "board", str(path), "--square-mm", "50"]) == 1
    assert "larger than A4" in capsys.readouterr().err
