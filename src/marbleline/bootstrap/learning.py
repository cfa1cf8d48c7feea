"""Where a console finds the products, and how it has a version learnt: in a process of its own."""

import importlib.util
import os
import subprocess
import sys
import threading

from marbleline.bootstrap.adapters import open_manifest_check
from marbleline.bootstrap.products import repository_of
from marbleline.console.state.product_place import ProductPlace
from marbleline.settings.configuration import Configuration
from marbleline.settings.line import LineSettings
from marbleline.training.guided.job import job_folder


def product_place(configuration: Configuration) -> ProductPlace:
    """Of this machine. Raises SettingError."""
    line = configuration.read(LineSettings)

    def start(product: str, by: str) -> None:
        start_learning(configuration, product, by)

    return ProductPlace(
        line.line,
        repository_of(configuration),
        line.data,
        open_manifest_check(configuration),
        start if importlib.util.find_spec("ai_edge_litert") else None,
    )


def start_learning(configuration: Configuration, product: str, by: str) -> subprocess.Popen[bytes]:
    """Start `marbleline product learn` with this configuration; its output goes to ``job.log``.

    It is in a session of its own: it goes on if the console is stopped, and ends by itself.
    """
    folder = job_folder(configuration.read(LineSettings).data, product)
    folder.mkdir(parents=True, exist_ok=True)
    with (folder / "job.log").open("wb") as log:
        process = subprocess.Popen(
            [sys.executable, "-m", "marbleline", "product", "learn", product, f"--by={by}"],
            env={**os.environ, **configuration.environment()},
            stdin=subprocess.DEVNULL,
            stdout=log,
            stderr=subprocess.STDOUT,
            start_new_session=True,
        )
    # Whoever starts a process has to ask for its end, or it stays in the process table.
    threading.Thread(target=process.wait, name="learning-job", daemon=True).start()
    return process
