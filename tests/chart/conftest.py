"""Helm, run on the chart; without it a skip, or an error where the tests are strict."""

import os
import shutil
import subprocess
from collections.abc import Callable
from typing import Any

import pytest
import yaml

from tests.chart.schema import CHART

Render = Callable[..., list[dict[str, Any]]]
Refuse = Callable[..., str]


def helm() -> str:
    """Where helm is; without it the test is skipped, or fails where tests are strict."""
    found = shutil.which("helm")
    if found is None:
        reason = "helm is not on the PATH: install it from helm.sh"
        if os.environ.get("MARBLELINE_TEST_STRICT") == "1":
            pytest.fail(reason)
        pytest.skip(reason)
    return found


def _run(*options: str, release: str = "t") -> subprocess.CompletedProcess[str]:
    command = [helm(), "template", release, str(CHART), "--set", "checkOperators=false", *options]
    return subprocess.run(command, capture_output=True, text=True, timeout=60, check=False)


@pytest.fixture
def render() -> Render:
    """The objects that the chart makes of further helm options."""

    def rendered(*options: str) -> list[dict[str, Any]]:
        done = _run(*options)
        assert done.returncode == 0, done.stderr
        return [one for one in yaml.safe_load_all(done.stdout) if one]

    return rendered


@pytest.fixture
def refuse() -> Refuse:
    """The message with which the chart refuses helm options."""

    def refused(*options: str, release: str = "t") -> str:
        done = _run(*options, release=release)
        assert done.returncode != 0, "it was accepted"
        return done.stderr

    return refused
