"""``marbleline judge`` as a user meets it: lines, exit codes, pipes."""

import base64
import json
import os
import re
import select
import shutil
import subprocess
import sys
from pathlib import Path

import msgspec
import numpy as np
import pytest
from PIL import Image

from marbleline.cli import main
from marbleline.domain.model import load_manifest
from marbleline.domain.product import Product, ThresholdCalibration
from marbleline.domain.product_repository import write_product
from marbleline.domain.version_labels import stable_version
from tests.builders import THRESHOLDS
from tests.models.tiny_model import TINY, expected, slab

DEFECTS = ("good", "crack", "dot", "joint")


@pytest.fixture
def slabs(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> Path:
    """A folder of four slabs, one of each class."""
    monkeypatch.setenv("MARBLELINE_MODEL", str(TINY))
    folder = tmp_path / "slabs"
    folder.mkdir()
    for number, name in enumerate(DEFECTS):
        Image.fromarray(slab(name)).save(folder / f"{number}-{name}.png")
    return folder


def json_lines(capsys: pytest.CaptureFixture[str]) -> list[dict[str, object]]:
    captured = capsys.readouterr()
    assert captured.err == ""
    return [json.loads(line) for line in captured.out.splitlines()]


def test_json_has_a_line_for_each_picture(slabs: Path, capsys: pytest.CaptureFixture[str]) -> None:
    assert main(["judge", "--json", str(slabs)]) == 0
    lines = json_lines(capsys)
    assert [line["defect"] for line in lines] == [None, "crack", "dot", "joint"]
    assert [line["decision"] for line in lines] == ["good", "faulty", "faulty", "faulty"]
    crack = lines[1]
    wanted = expected(slab("crack"), 3)
    assert crack["path"] == str(slabs / "1-crack.png")
    assert crack["scores"] == pytest.approx(dict(zip(DEFECTS, wanted.scores.tolist(), strict=True)), abs=1e-3)
    assert crack["faulty_probability"] == pytest.approx(1 - wanted.scores[0], abs=1e-3)
    assert crack["anomaly"] == pytest.approx(wanted.anomaly, abs=1e-3)
    assert crack["reasons"] == []
    assert crack["heatmap_peak"] == {
        "row": 2,
        "column": 4,
        "rows": 15,
        "columns": 20,
        "x": 72.0,
        "y": 40.0,
        "faulty_probability": pytest.approx(1 - wanted.heatmap[2, 4, 0], abs=1e-3),
    }
    assert crack["model"] == {
        "name": "tiny",
        "version": 3,
        "digest": json.loads((TINY / "3/manifest.json").read_text())["digest"],
        "runtime": "litert",
    }
    assert set(crack) >= {"quality", "thresholds", "picture"}
    assert "heatmap" not in crack


def test_the_heat_map_on_demand(slabs: Path, capsys: pytest.CaptureFixture[str]) -> None:
    assert main(["judge", "--json", "--heatmap", str(slabs / "2-dot.png")]) == 0
    (line,) = json_lines(capsys)
    heatmap = line["heatmap"]
    assert isinstance(heatmap, dict)
    cells = np.frombuffer(base64.b64decode(heatmap["cells"]), np.uint8)
    assert (heatmap["rows"], heatmap["columns"], cells.size) == (15, 20, 300)
    assert cells.argmax() == 2 * 20 + 4


def test_what_can_not_be_judged_has_an_error_and_the_rest_a_judgement(
    slabs: Path, capsys: pytest.CaptureFixture[str]
) -> None:
    (slabs / "1-crack.png").write_bytes(b"")
    assert main(["judge", "--json", "gone.jpg", str(slabs)]) == 1
    lines = json_lines(capsys)
    assert lines[0] == {
        "path": "gone.jpg",
        "error": {"reason": "missing", "detail": "there is no such file"},
    }
    assert lines[2]["error"] == {"reason": "empty", "detail": "0 bytes"}
    assert [line.get("decision") for line in lines] == [None, "good", None, "faulty", "faulty"]


def test_people_get_a_table_and_a_sum(slabs: Path, capsys: pytest.CaptureFixture[str]) -> None:
    (slabs / "two\nlines.jpg").write_bytes(b"text")
    assert main(["judge", str(slabs)]) == 1
    heading, *rows, total = capsys.readouterr().out.splitlines()
    assert heading.split() == ["decision", "defect", "faulty", "anomaly", "strongest", "picture"]
    assert [row.split()[0] for row in rows] == ["good", "faulty", "faulty", "faulty", "error"]
    assert re.fullmatch(r"faulty    crack    0\.90\d    0\.5\d\d        72,40  .*/1-crack\.png", rows[1])
    assert {row.index(str(slabs)) for row in rows[:4]} == {heading.index("picture")}
    assert r"two\nlines.jpg: not_a_picture: " in rows[4]
    assert re.fullmatch(r"5 pictures in .* s: 1 good, 3 faulty; 1 could not be judged", total)
    assert not any("\x1b" in row for row in rows)


def test_an_older_version_by_its_folder(slabs: Path, capsys: pytest.CaptureFixture[str]) -> None:
    assert main(["judge", "--json", "--model", str(TINY / "1"), str(slabs / "0-good.png")]) == 0
    (line,) = json_lines(capsys)
    assert line["model"]["version"] == 1  # type: ignore[index]
    assert line["thresholds"] == {"good_upto": 0.2, "faulty_from": 0.6, "anomaly_upto": 1.2, "claims": None}


def test_the_products_own_thresholds_count(slabs: Path, capsys: pytest.CaptureFixture[str]) -> None:
    product = slabs.parent / "models" / "marble"
    shutil.copytree(TINY, product)
    digest = load_manifest(stable_version(product)).digest
    write_product(
        product,
        Product(name="marble", calibration=ThresholdCalibration(digest=digest, thresholds=THRESHOLDS)),
    )
    assert main(["judge", "--json", "--model", str(product), str(slabs / "0-good.png")]) == 0
    (line,) = json_lines(capsys)
    assert line["thresholds"] == msgspec.structs.asdict(THRESHOLDS)


@pytest.mark.parametrize("words", [[], ["--jobs", "0", "x"], ["--jobs", "two", "x"], ["--nonsense", "x"]])
def test_usage_is_2(words: list[str], capsys: pytest.CaptureFixture[str]) -> None:
    with pytest.raises(SystemExit) as caught:
        main(["judge", *words])
    assert caught.value.code == 2
    told = capsys.readouterr().err
    assert told.startswith("marbleline")
    assert "--help" in told


def test_a_wrong_setting_is_2(slabs: Path, capsys: pytest.CaptureFixture[str]) -> None:
    assert main(["judge", "--max-pixels", "many", str(slabs)]) == 2
    assert "max_pixels is 'many'" in capsys.readouterr().err


def test_without_a_model_it_says_so(slabs: Path, capsys: pytest.CaptureFixture[str]) -> None:
    assert main(["judge", "--model", str(slabs), str(slabs)]) == 1
    assert str(slabs) in capsys.readouterr().err


def test_limits_are_settings(slabs: Path, capsys: pytest.CaptureFixture[str]) -> None:
    assert main(["judge", "--json", "--max-pixels", "10000", str(slabs / "0-good.png")]) == 1
    (line,) = json_lines(capsys)
    assert line["error"]["reason"] == "too_many_pixels"  # type: ignore[index]


def test_a_line_comes_as_soon_as_it_is_judged(slabs: Path, tmp_path: Path) -> None:
    slow = tmp_path / "slow.png"
    os.mkfifo(slow)
    process = subprocess.Popen(
        [sys.executable, "-m", "marbleline", "judge", "--json", str(slabs), str(slow)],
        stdout=subprocess.PIPE,
        # With it Python would hide a line that isn't flushed.
        env={name: value for name, value in os.environ.items() if name != "PYTHONUNBUFFERED"},
    )
    assert process.stdout is not None
    for _ in DEFECTS:
        assert select.select([process.stdout], [], [], 60)[0], (
            "nothing came before the last picture was there"
        )
        json.loads(process.stdout.raw.readline())  # type: ignore[attr-defined]
    slow.write_bytes((slabs / "1-crack.png").read_bytes())
    assert json.loads(process.stdout.raw.readline())["defect"] == "crack"  # type: ignore[attr-defined]
    assert process.wait(timeout=60) == 0
    process.stdout.close()


def test_a_pipe_that_closes_early_ends_it_quietly(slabs: Path) -> None:
    for number in range(200):
        (slabs / f"more-{number}.png").symlink_to(slabs / "0-good.png")
    process = subprocess.Popen(
        [sys.executable, "-m", "marbleline", "judge", "--json", str(slabs)],
        stdout=subprocess.PIPE,
        stderr=subprocess.PIPE,
    )
    assert process.stdout is not None
    assert process.stderr is not None
    json.loads(process.stdout.readline())  # the first line is there long before the last
    process.stdout.close()
    assert process.wait(timeout=60) == 1
    assert process.stderr.read() == b""
    process.stderr.close()


def test_names_that_are_no_text_and_no_tensorflow(slabs: Path) -> None:
    name = b"platte-\xff-\xe4.png"
    (slabs / "0-good.png").rename(slabs / os.fsdecode(name))
    done = subprocess.run(
        [sys.executable, "-X", "importtime", "-m", "marbleline", "judge", str(slabs)],
        capture_output=True,
        timeout=60,
        check=False,
    )
    assert done.returncode == 0, done.stderr[-500:]
    assert rb"platte-\udcff-\udce4.png" in done.stdout
    imported = {line.rsplit(b"|", 1)[1].strip() for line in done.stderr.splitlines() if b"|" in line}
    assert b"ai_edge_litert" in imported
    assert not imported & {b"tensorflow", b"grpc", b"cv2", b"pika", b"elasticsearch", b"streamlit"}
