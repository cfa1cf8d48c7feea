"""``python -m release.advisories``: known vulnerabilities of all locked packages, by pip-audit.

pip-audit says "no known vulnerabilities" and exits 0 of packages that its source knows nothing of, as a
mirror of the package index without advisories does. Here such a package is an error of its own.
"""

import json
import re
import subprocess
import sys
import tempfile
from collections.abc import Callable, Iterable, Mapping
from dataclasses import dataclass
from pathlib import Path
from typing import Final

from release.tools import ROOT

LOCKS: Final = ("locks", "images/locks")
ARGUED: Final = ROOT / "docs" / "security.md"

FOUND: Final = 1
NOT_LOOKED_UP: Final = 2

_PIN: Final = re.compile(r"^([A-Za-z0-9][A-Za-z0-9._-]*)==([^\s;\\]+)", re.MULTILINE)
_ARGUED: Final = re.compile(r"^\| ((?:CVE|GHSA|PYSEC)-[A-Za-z0-9-]+) \|", re.MULTILINE)

Pin = tuple[str, str]
"""A package's name and version."""

Program = Callable[[Path], "subprocess.CompletedProcess[str]"]
"""Runs pip-audit on a file of requirements."""


@dataclass(frozen=True, slots=True)
class Audit:
    """``found``: advisories by package; ``unknown``: packages that were not looked up, with the reason."""

    found: Mapping[Pin, tuple[str, ...]]
    unknown: Mapping[Pin, str]


def locked(root: Path = ROOT) -> dict[Pin, list[str]]:
    """The locks that hold each package, by name and version."""
    pins: dict[Pin, list[str]] = {}
    for folder in LOCKS:
        for lock in sorted((root / folder).glob("*.txt")):
            for name, version in _PIN.findall(lock.read_text(encoding="utf-8")):
                pins.setdefault((name.lower(), version), []).append(str(lock.relative_to(root)))
    return pins


def audit(pins: Iterable[Pin], run: Program) -> Audit:
    """Look all packages up; each version of a package that is locked twice by itself."""
    found: dict[Pin, tuple[str, ...]] = {}
    unknown: dict[Pin, str] = {}
    rounds: list[list[Pin]] = []
    for pin in sorted(pins):
        # One file of requirements can't hold two versions of a package.
        free = next((one for one in rounds if pin[0] not in {name for name, _ in one}), None)
        if free is None:
            rounds.append([pin])
        else:
            free.append(pin)
    for wanted in rounds:
        with tempfile.TemporaryDirectory() as folder:
            requirements = Path(folder) / "requirements.txt"
            requirements.write_text("".join(f"{name}=={version}\n" for name, version in wanted))
            done = run(requirements)
        answers = _answers(done)
        for pin in wanted:
            answer = answers.get(pin[0])
            if answer is None or "vulns" not in answer:
                unknown[pin] = _reason(done) if answer is None else str(answer.get("skip_reason", ""))
            elif answer["vulns"]:
                found[pin] = tuple(
                    name for one in answer["vulns"] for name in (str(one["id"]), *one.get("aliases", ()))
                )
    return Audit(found, unknown)


def argued(text: str) -> frozenset[str]:
    """The advisories that docs/security.md accepts: the first column of its table."""
    return frozenset(_ARGUED.findall(text))


def report(pins: Mapping[Pin, list[str]], result: Audit, accepted: frozenset[str]) -> tuple[str, int]:
    """What to print, and the exit code."""
    lines: list[str] = []
    bad = {pin: ids for pin, ids in result.found.items() if not accepted.intersection(ids)}
    for (name, version), ids in sorted(bad.items()):
        lines.append(f"{name} {version}: {', '.join(ids)}; in {', '.join(pins[name, version])}")
    looked_up = len(pins) - len(result.unknown)
    lines.append(
        f"{looked_up} of {len(pins)} locked packages looked up: "
        f"{len(bad)} with an advisory that is not argued,"
        f" {len(result.found) - len(bad)} with one that docs/security.md argues"
    )
    if result.unknown:
        (name, version), reason = min(result.unknown.items())
        lines.append(
            f"{len(result.unknown)} packages could not be looked up, such as {name} {version}: {reason}."
            " This is no all-clear: run it where the package index gives advisories or osv.dev is reached"
            " (SERVICE=osv)"
        )
    return "\n".join(lines), FOUND if bad else NOT_LOOKED_UP if result.unknown else 0


def pip_audit(program: str, service: str) -> Program:
    """The real one. ``service``: pypi or osv."""

    def run(requirements: Path) -> "subprocess.CompletedProcess[str]":
        flags = ("--no-deps", "--disable-pip", "--progress-spinner", "off", "--format", "json")
        return subprocess.run(
            [program, "-r", str(requirements), "-s", service, *flags],
            capture_output=True,
            text=True,
            check=False,
        )

    return run


def _answers(done: "subprocess.CompletedProcess[str]") -> dict[str, dict[str, list[dict[str, list[str]]]]]:
    try:
        return {one["name"].lower(): one for one in json.loads(done.stdout)["dependencies"]}
    except (ValueError, KeyError, TypeError):
        return {}


def _reason(done: "subprocess.CompletedProcess[str]") -> str:
    return (done.stderr.strip().splitlines() or [f"pip-audit exited {done.returncode}"])[-1][:200]


def main() -> int:
    """Exit code: 0 all looked up and nothing found, 1 found, 2 not all could be looked up."""
    program, service = sys.argv[1:]
    pins = locked()
    text, code = report(
        pins, audit(pins, pip_audit(program, service)), argued(ARGUED.read_text(encoding="utf-8"))
    )
    print(text)
    return code


if __name__ == "__main__":
    sys.exit(main())
