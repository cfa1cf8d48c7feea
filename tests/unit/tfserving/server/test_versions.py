"""Versions come and go, labels move, without a restart and without a moment in which none answers."""

import json
import shutil
import threading
from concurrent.futures import ThreadPoolExecutor
from pathlib import Path

import grpc
import pytest

from marbleline.adapters.classifiers.litert import LiteRtClassifier
from tests.builders import wait_until
from tests.models.tiny_model import TINY, slab
from tests.unit.tfserving.server.standing_in import refused, standing_in

_Code = grpc.StatusCode
_INVALID = _Code.INVALID_ARGUMENT


@pytest.fixture
def folder(tmp_path: Path) -> Path:
    """A copy of the tiny model's folder, to be changed."""
    return Path(shutil.copytree(TINY, tmp_path / "tiny"))


def test_a_new_version_takes_over_without_a_moment_of_neither(folder: Path) -> None:
    shutil.move(folder / "3", folder.parent / "3")
    with standing_in(folder) as client:
        assert client.answers() == 2
        stop, seen, failures = threading.Event(), set(), []

        def ask() -> None:
            while not stop.is_set():
                try:
                    seen.add(client.answers())
                except (grpc.RpcError, AssertionError) as error:
                    failures.append(error)

        with ThreadPoolExecutor(3) as clients:
            for _ in range(3):
                clients.submit(ask)
            shutil.move(folder.parent / "3", folder / "3")
            client.versions.refresh()
            wait_until(lambda: 3 in seen)
            shutil.rmtree(folder / "3")
            client.versions.refresh()
            seen.clear()
            wait_until(lambda: 2 in seen)
            stop.set()
        assert failures == []
        assert client.status() == {2: "AVAILABLE", 3: "END"}


def test_labels_move_without_a_restart(folder: Path) -> None:
    labels = folder / "labels.json"
    labels.write_text(json.dumps({"stable": 1, "candidate": 2}))
    with standing_in(folder) as client:
        assert client.status() == {1: "AVAILABLE", 2: "AVAILABLE", 3: "AVAILABLE"}
        assert (client.answers(label="stable"), client.answers(label="candidate"), client.answers()) == (
            1,
            2,
            3,
        )
        labels.write_text(json.dumps({"stable": 2}))
        client.versions.refresh()
        assert client.answers(label="stable") == 2
        with refused(_INVALID, "candidate"):
            client.answers(label="candidate")
        with refused(_Code.NOT_FOUND, "Specific(tiny, 1)"):
            client.answers(version=1)
        assert client.status(version=1) == {1: "END"}
        labels.write_text(json.dumps({"stable": 1}))  # and back
        client.versions.refresh()
        assert client.answers(label="stable") == 1


@pytest.mark.parametrize("text", ["{", '{"stable": 9}', "[]"])
def test_wrong_labels_change_nothing(folder: Path, text: str) -> None:
    (folder / "labels.json").write_text('{"stable": 1}')
    with standing_in(folder) as client:
        (folder / "labels.json").write_text(text)
        client.versions.refresh()
        assert client.answers(label="stable") == 1


def test_a_corrupt_version_is_said_and_the_old_one_goes_on(folder: Path) -> None:
    good = folder.parent / "3"
    shutil.move(folder / "3", good)
    (folder / "labels.json").write_text('{"stable": 2}')
    with standing_in(folder) as client:
        shutil.copytree(good, folder / "3")
        (folder / "3" / "model.tflite").write_bytes(b"half of it")
        (folder / "labels.json").write_text('{"stable": 3}')
        client.versions.refresh()
        assert client.status() == {2: "AVAILABLE", 3: "END"}
        assert (client.answers(), client.answers(label="stable")) == (2, 2)
        assert "SHA-256" in client.versions.statuses()[3].error
        shutil.copy(good / "model.tflite", folder / "3" / "model.tflite")
        client.versions.refresh()
        assert (client.answers(), client.answers(label="stable")) == (3, 3)
        assert client.status() == {2: "END", 3: "AVAILABLE"}


def test_the_folder_going_away_changes_nothing(folder: Path) -> None:
    with standing_in(folder) as client:
        shutil.rmtree(folder)
        client.versions.refresh()
        assert client.answers() == 3


def test_a_version_is_warm_before_it_is_available(folder: Path) -> None:
    opened, go_on = threading.Event(), threading.Event()

    def slow(version: Path) -> LiteRtClassifier:
        classifier = LiteRtClassifier(version)
        opened.set()
        go_on.wait(30)
        assert len(classifier._runners) == 1  # it has judged its first picture
        return classifier

    with standing_in(TINY / "2") as client:
        client.versions._folder, client.versions._open = folder, slow
        refresh = threading.Thread(target=client.versions.refresh)
        refresh.start()
        assert opened.wait(30)
        assert client.status() == {2: "AVAILABLE", 3: "LOADING"}
        assert client.answers() == 2
        go_on.set()
        refresh.join(30)
        assert client.answers() == 3


def test_it_follows_its_folder_by_itself(folder: Path) -> None:
    shutil.move(folder / "3", folder.parent / "3")
    stop = threading.Event()
    with standing_in(folder) as client:
        watch = threading.Thread(target=client.server.watch, args=(0.01, stop))
        watch.start()
        shutil.move(folder.parent / "3", folder / "3")
        wait_until(lambda: client.answers() == 3)
        stop.set()
        watch.join(30)


def test_a_version_stays_until_its_last_call_is_done(folder: Path) -> None:
    with standing_in(folder) as client:
        with client.versions.asked() as batcher:
            shutil.rmtree(folder / "3")
            refresh = threading.Thread(target=client.versions.refresh)
            refresh.start()
            wait_until(lambda: client.status() == {2: "AVAILABLE", 3: "UNLOADING"})
            assert client.answers() == 2  # nobody new gets it
            assert batcher.submit([slab("crack")])[0].result(30)
        refresh.join(30)
        assert client.status() == {2: "AVAILABLE", 3: "END"}
