"""The commands on products."""

import json
import shutil
from pathlib import Path

import pytest

from marbleline.adapters.stores.sqlite import SqliteStore
from marbleline.cli import EXIT_DECLINED, EXIT_USAGE, main
from marbleline.domain.product_repository import read_product
from marbleline.ports.verdicts import VerdictQuery
from tests.models.tiny_model import TINY


@pytest.fixture
def model(tmp_path: Path) -> Path:
    return Path(shutil.copytree(TINY, tmp_path / "tiny"))


def test_a_product_is_created_set_up_and_shown(model: Path, capsys: pytest.CaptureFixture[str]) -> None:
    path = ["--model", str(model)]
    assert main(["product", "create", "granite", "--from", "tiny", "--escapes", "0.01", *path]) == 0
    assert main(["product", "set", "granite", "--overkill", "0.2", "--prevalence", "0.1", *path]) == 0
    capsys.readouterr()
    assert main(["product", "show", "granite", *path]) == 0
    shown = json.loads(capsys.readouterr().out)
    assert shown["risk"] == {"escapes": 0.01, "overkill": 0.2, "confidence": 0.9}
    assert shown["prevalence"] == 0.1
    assert read_product(model.parent / "granite").risk.escapes == 0.01


def test_the_list_says_which_versions_there_are(model: Path, capsys: pytest.CaptureFixture[str]) -> None:
    main(["product", "create", "granite", "--title", "Granite", "--model", str(model)])
    capsys.readouterr()
    # One version's folder leads to the same repository.
    assert main(["product", "list", "--model", str(model / "1")]) == 0
    granite, tiny = capsys.readouterr().out.splitlines()
    assert granite.startswith("granite")
    assert "versions none" in granite
    assert granite.endswith("Granite")
    assert "versions 1, 2, 3" in tiny
    assert main(["product", "list", "--json", "--model", str(model)]) == 0
    assert [json.loads(line)["name"] for line in capsys.readouterr().out.splitlines()] == ["granite", "tiny"]


def test_a_target_that_is_no_share_is_a_usage_error(model: Path, capsys: pytest.CaptureFixture[str]) -> None:
    assert main(["product", "set", "tiny", "--escapes", "2", "--model", str(model)]) == EXIT_USAGE
    assert "escapes is 2.0" in capsys.readouterr().err


@pytest.mark.slow
def test_a_line_is_switched_and_says_so_of_each_camera(
    model: Path, tmp_path: Path, capsys: pytest.CaptureFixture[str]
) -> None:
    line = ["--data", str(tmp_path / "data"), "--model", str(model)]
    main(["product", "create", "granite", "--from", "tiny", "--model", str(model)])

    def run(*words: str) -> str:
        assert main([*words, *line]) == 0
        return capsys.readouterr().out

    frames = ("--frames", "3", "--rate", "1000")
    run("camera", *frames)
    assert "was its setting" in run("product", "use", "granite", "--by", "ayşe")
    run("camera", *frames)
    assert "was granite, by ayşe" in run("product", "use", "tiny", "--by", "marco")
    run("camera", *frames)
    run("encoder", "--once")
    run("publisher", "--once")
    capsys.readouterr()
    changes = [json.loads(one) for one in run("product", "history", "--json").splitlines()]
    assert [(one["switch"]["product"], one["switch"]["by"], one["first_sequence"]) for one in changes] == [
        ("tiny", "marco", 7),
        ("granite", "ayşe", 4),
    ]
    assert "tiny -> granite, by ayşe: camera-1 from frame 4 on" in run("product", "history")
    store = SqliteStore(tmp_path / "data" / "store.db")
    judged = {
        one.frame.sequence: (one.frame.product, one.model.name) for one in store.search(VerdictQuery(), 20)
    }
    store.close()
    assert judged == {
        number: (name, name) for number, name in enumerate(["tiny"] * 3 + ["granite"] * 3 + ["tiny"] * 3, 1)
    }


@pytest.mark.slow
def test_a_frame_of_an_unknown_product_is_dead_lettered_with_that_reason(
    model: Path, tmp_path: Path, capsys: pytest.CaptureFixture[str]
) -> None:
    line = ["--data", str(tmp_path / "data"), "--model", str(model)]
    assert main(["product", "use", "onyx", *line]) == EXIT_USAGE
    assert "product 'onyx' has no model version" in capsys.readouterr().err
    assert main(["product", "use", "onyx", "--force", *line]) == 0
    assert main(["camera", "--frames", "2", "--rate", "1000", *line]) == 0
    assert main(["encoder", "--once", *line]) == 0
    capsys.readouterr()
    assert main(["dead-letters", "list", "--reason", "unknown_product", *line]) == 0
    assert "2 unknown_product" in capsys.readouterr().out
    main(["product", "create", "onyx", "--from", "tiny", "--model", str(model)])
    for words in (["dead-letters", "replay", "--all"], ["encoder", "--once"], ["publisher", "--once"]):
        assert main([*words, *line]) == 0
    store = SqliteStore(tmp_path / "data" / "store.db")
    found = store.search(VerdictQuery(product="onyx"), 10)
    store.close()
    assert [one.model.name for one in found] == ["onyx", "onyx"]


def test_the_config_of_tensorflow_serving_has_every_product(model: Path, tmp_path: Path) -> None:
    main(["product", "create", "granite", "--from", "tiny", "--model", str(model)])
    file = tmp_path / "models.config"
    words = ["product", "serving-config", str(file), "--base-path", "/models/tiny", "--model", str(model)]
    assert main(words) == 0
    assert 'base_path: "/models/granite"' in file.read_text()


def test_a_product_that_is_there_stays_as_it_is_if_asked(model: Path) -> None:
    words = ["product", "create", "granite", "--from", "tiny", "--model", str(model)]
    assert main([*words, "--escapes", "0.01"]) == 0
    assert main(words) == EXIT_USAGE
    assert main([*words, "--if-missing", "--escapes", "0.2"]) == 0
    assert read_product(model.parent / "granite").risk.escapes == 0.01


def test_too_few_slabs_and_too_few_labels_are_declined(
    model: Path, tmp_path: Path, capsys: pytest.CaptureFixture[str]
) -> None:
    line = ["--data", str(tmp_path / "data"), "--model", str(model)]
    for words in (
        ["camera", "--frames", "3", "--rate", "1000"],
        ["encoder", "--once"],
        ["publisher", "--once"],
    ):
        assert main([*words, *line]) == 0
    capsys.readouterr()
    assert main(["product", "watch", "tiny", "--count", "3", *line]) == 0
    assert capsys.readouterr().out.startswith("3 slabs of tiny on line-1: ")
    assert main(["product", "watch", "tiny", "--count", "4", *line]) == EXIT_DECLINED
    capsys.readouterr()
    assert main(["product", "ask", "tiny", "--count", "2", "--json", *line]) == 0
    asked = [json.loads(one) for one in capsys.readouterr().out.splitlines()]
    assert len({one["frame_id"] for one in asked}) == 2
    assert {one["why"] for one in asked} <= {"random", "strange"}
    assert main(["product", "learn", "tiny", "--at-least", "1", *line]) == EXIT_DECLINED
    assert "0 labelled slabs of tiny, fewer than 1" in capsys.readouterr().out
