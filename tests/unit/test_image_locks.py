"""What an image installs has all that its extras ask for; a lock is easily left behind."""

import re
import tomllib
from pathlib import Path
from typing import Final

import pytest

ROOT: Final = Path(__file__).parents[2]
PROJECT: Final = tomllib.loads((ROOT / "pyproject.toml").read_text(encoding="utf-8"))["project"]
EXTRAS: Final[dict[str, list[str]]] = PROJECT["optional-dependencies"]
# The lines of `make lock-images`: freeze NAME pyproject.toml --extra ONE --extra ANOTHER
FROZEN: Final = re.findall(
    r"freeze (\S+) pyproject\.toml((?: --extra [\w-]+)+)", (ROOT / "images" / "images.mk").read_text()
)


def asked(requirements: list[str]) -> set[str]:
    """The packages of these requirements, and of the extras of our own that they name."""
    names = set()
    for one in requirements:
        own = re.fullmatch(r"marbleline\[(.*)\]", one)
        if own:
            names |= {name for extra in own[1].split(",") for name in asked(EXTRAS[extra])}
        else:
            names.add(re.split(r"[\[<>=; ]", one)[0].lower())
    return names


@pytest.mark.parametrize(("name", "extras"), FROZEN, ids=[name for name, _ in FROZEN])
def test_a_lock_has_what_its_extras_ask_for(name: str, extras: str) -> None:
    lock = (ROOT / "images" / "locks" / f"{name}.txt").read_text(encoding="utf-8")
    locked = {found.lower() for found in re.findall(r"^([\w.-]+)==", lock, re.MULTILINE)}
    wanted = asked(PROJECT["dependencies"])
    for extra in re.findall(r"--extra ([\w-]+)", extras):
        wanted |= asked(EXTRAS[extra])
    assert wanted <= locked, f"run make lock-images: {sorted(wanted - locked)} not in {name}.txt"


def test_every_worker_has_one() -> None:
    assert {name for name, _ in FROZEN} >= {"camera", "encoder", "publisher", "console", "serve", "trainer"}
