"""``marbleline serve`` as a process: it listens, serves, follows its folder, and stops when told."""

import re
import shutil
import signal
import subprocess
import sys
from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path

import psutil
import pytest

from marbleline.adapters.classifiers.tfserving import TfServingClassifier
from marbleline.cli import main
from marbleline.errors import ClassifierUnavailable
from tests.builders import wait_until
from tests.models.tiny_model import TINY, slab


@contextmanager
def serve(folder: Path, *flags: str) -> Iterator[tuple[subprocess.Popen[str], str]]:
    """The process, and its model's address."""
    command = [sys.executable, "-m", "marbleline", "serve", "--model", str(folder), "--serve-port", "0"]
    process = subprocess.Popen(
        [*command, "--serve-poll-s", "0.1", *flags],
        stdout=subprocess.PIPE,
        stderr=subprocess.PIPE,
        text=True,
    )
    try:
        assert process.stdout is not None
        said = process.stdout.readline()
        match = re.fullmatch(r"Listening on (127\.0\.0\.1:\d+)\n", said)
        assert match, said
        yield process, f"grpc://{match[1]}"
    finally:
        process.kill()
        process.communicate()


def answers(classifier: TfServingClassifier) -> int:
    """The version that answers now, 0 if none does."""
    try:
        return classifier.classify([slab()]).manifest.version
    except ClassifierUnavailable:
        return 0


@pytest.mark.slow
def test_serves_follows_and_stops(tmp_path: Path) -> None:
    folder = tmp_path / "tiny"
    shutil.copytree(TINY / "1", folder / "1")
    with serve(folder) as (process, address):
        classifier = TfServingClassifier(address, TINY, timeout_s=20)
        wait_until(lambda: answers(classifier) == 1)
        classifier.check()
        # TensorFlow Serving's imports would be ten times this.
        assert psutil.Process(process.pid).memory_info().rss < 200 << 20
        shutil.copytree(TINY / "2", tmp_path / "2")
        (tmp_path / "2").rename(folder / "2")
        wait_until(lambda: answers(classifier) == 2)
        process.send_signal(signal.SIGTERM)
        assert process.wait(30) == 0
        assert process.stderr is not None
        log = process.stderr.read()
        assert "version.available  model=tiny version=2" in log
        assert "Traceback" not in log
        classifier.close()


def test_no_model_no_server(tmp_path: Path, capsys: pytest.CaptureFixture[str]) -> None:
    assert main(["serve", "--model", str(tmp_path)]) == 1
    assert str(tmp_path) in capsys.readouterr().err


@pytest.mark.parametrize(
    ("flags", "named"),
    [
        (["--serve-port", "70000"], "serve_port"),
        (["--serve-cert-file", "x.pem"], "serve_cert_file and serve_key_file"),
        (["--serve-newest", "0"], "serve_newest"),
    ],
)
def test_wrong_settings_are_named(flags: list[str], named: str, capsys: pytest.CaptureFixture[str]) -> None:
    assert main(["serve", "--model", str(TINY), *flags]) == 2
    assert named in capsys.readouterr().err
