"""Servers of the model for tests: TensorFlow's runtime, and TensorFlow Serving wherever it is found."""

import os
import shutil
import subprocess
import sys
import tempfile
import time
import venv
from collections.abc import Iterator, Sequence
from contextlib import contextmanager
from pathlib import Path
from typing import BinaryIO, Final

import grpc
from filelock import FileLock

from tests.services.docker import engine_answers
from tests.services.missing import ServerMissing, cache
from tests.services.packages import NO_INSTALL
from tests.services.processes import free_ports

TENSORFLOW_VARIABLE: Final = "MARBLELINE_TEST_TENSORFLOW"
"""A Python that has tensorflow, tensorflow-serving-api and grpcio."""

MODEL_SERVER_VARIABLE: Final = "MARBLELINE_TEST_MODEL_SERVER"
"""The program tensorflow_model_server, where it isn't on the path."""

_PACKAGES: Final = ("tensorflow==2.21.*", "tensorflow-serving-api==2.21.*", "grpcio>=1.76", "pillow>=12")
_IMPORTS: Final = (
    "import grpc, PIL, importlib.util as util;"
    "assert all(map(util.find_spec, ('tensorflow', 'tensorflow_serving')))"
)
_IMAGE: Final = "tensorflow/serving:2.19.1"
_ROOT: Final = Path(__file__).resolve().parents[2]


def tensorflow_python() -> Path:
    """A Python with TensorFlow and its serving API: named, ours, or installed once into the cache.

    Raises ServerMissing.
    """
    named = os.environ.get(TENSORFLOW_VARIABLE)
    if named:
        if not _has_tensorflow(named):
            raise ServerMissing(f"{TENSORFLOW_VARIABLE} names {named}, which lacks {', '.join(_PACKAGES)}")
        return Path(named)
    if _has_tensorflow(sys.executable):
        return Path(sys.executable)
    folder = cache() / "tensorflow"
    python = folder / "bin" / "python"
    cache().mkdir(parents=True, exist_ok=True)
    with FileLock(cache() / "tensorflow.lock"):
        if not _has_tensorflow(str(python)):
            _install(folder, python)
    return python


@contextmanager
def tensorflow_server(folder: Path, version: int) -> Iterator[str]:
    """The address of a server that runs a version's SavedModel on TensorFlow. Raises ServerMissing."""
    script = Path(__file__).with_name("tensorflow_server.py")
    environment = {**os.environ, "TF_CPP_MIN_LOG_LEVEL": "3", "CUDA_VISIBLE_DEVICES": "-1"}
    process = subprocess.Popen(
        [tensorflow_python(), script, folder, str(version)],
        stdin=subprocess.PIPE,
        stdout=subprocess.PIPE,
        stderr=subprocess.PIPE,
        text=True,
        env=environment,
    )
    assert process.stdout is not None
    try:
        port = process.stdout.readline().strip()
        if not port:
            raise ServerMissing(f"TensorFlow's server ended: {process.communicate()[1][-1_000:]}")
        yield f"grpc://127.0.0.1:{port}"
    finally:
        process.kill()
        process.communicate()


@contextmanager
def model_server(folder: Path) -> Iterator[str]:
    """The address of tensorflow_model_server, or its image, with a model's folder.

    Raises ServerMissing if neither is there.
    """
    (port,) = free_ports(1)
    flags = [
        f"--port={port}",
        f"--model_name={folder.name}",
        f"--model_base_path={folder}",
        "--rest_api_port=0",
    ]
    command = [*_model_server(folder), *flags]
    with tempfile.TemporaryFile() as log:
        process = subprocess.Popen(command, stdout=log, stderr=log)
        try:
            _wait(process, port, log)
            yield f"grpc://127.0.0.1:{port}"
        finally:
            process.terminate()  # docker hands it on to the container
            process.wait(30)


def definitions() -> bytes:
    """What ``marbleline.tfserving.collect`` makes of the installed tensorflow-serving-api."""
    path = {**os.environ, "PYTHONPATH": str(_ROOT / "src")}
    command: Sequence[str | Path] = [tensorflow_python(), "-m", "marbleline.tfserving.collect", "/dev/stdout"]
    return subprocess.run(command, capture_output=True, check=True, env=path).stdout


def _model_server(folder: Path) -> list[str]:
    program = os.environ.get(MODEL_SERVER_VARIABLE) or shutil.which("tensorflow_model_server")
    if program:
        return [program]
    if engine_answers() and sys.platform == "linux":
        run = ["docker", "run", "--rm", "--network=host", f"--volume={folder}:{folder}:ro"]
        return [*run, "--entrypoint=tensorflow_model_server", _IMAGE]
    raise ServerMissing(
        f"no tensorflow_model_server and no Docker: install one, or name the first by {MODEL_SERVER_VARIABLE}"
    )


def _has_tensorflow(python: str) -> bool:
    try:
        return subprocess.run([python, "-c", _IMPORTS], capture_output=True, check=False).returncode == 0
    except OSError:
        return False


def _install(folder: Path, python: Path) -> None:
    by_hand = f"TensorFlow is missing: name a Python that has {', '.join(_PACKAGES)} by {TENSORFLOW_VARIABLE}"
    if os.environ.get(NO_INSTALL):
        raise ServerMissing(by_hand)
    venv.create(folder, with_pip=True, clear=True)
    done = subprocess.run(
        [python, "-m", "pip", "install", "--quiet", "--disable-pip-version-check", *_PACKAGES],
        capture_output=True,
        text=True,
        check=False,
        timeout=1_200,
    )
    if done.returncode != 0:
        raise ServerMissing(f"{by_hand} (tried: {done.stderr.strip()[-500:]})")


def _wait(process: "subprocess.Popen[bytes]", port: int, log: BinaryIO, limit_s: float = 60.0) -> None:
    with grpc.insecure_channel(f"127.0.0.1:{port}") as channel:
        ready = grpc.channel_ready_future(channel)
        give_up_at = time.monotonic() + limit_s
        while time.monotonic() < give_up_at and process.poll() is None:
            try:
                ready.result(1)
            except grpc.FutureTimeoutError:
                continue
            return
    log.seek(0)
    said = log.read()[-500:].decode(errors="replace")
    raise ServerMissing(f"tensorflow_model_server does not answer on port {port}; its log ends: {said}")
