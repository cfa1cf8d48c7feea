"""Reads the gate's report of a version: ``gate.json``, and the pictures beside it."""

import json
from dataclasses import dataclass
from pathlib import Path
from typing import Final

from marbleline.errors import ModelError
from marbleline.training.evaluate.gate import Check

GATE_FILE: Final = "gate.json"
PICTURES: Final = "gate"


@dataclass(frozen=True, slots=True)
class GateReport:
    """``reasons`` why it did not pass; ``pictures`` are those that were taken most wrongly, worst first."""

    passed: bool
    reasons: tuple[str, ...]
    checks: tuple[Check, ...]
    pictures: tuple[Path, ...]


def read_gate(version: Path) -> GateReport | None:
    """The report of a version's folder, None if the gate was not run. Raises ModelError."""
    path = version / GATE_FILE
    try:
        fields = json.loads(path.read_text(encoding="utf-8"))
        checks = tuple(
            Check(str(one["name"]), one["passed"] is True, str(one["detail"]))
            for one in fields.get("checks", ())
        )
        reasons = tuple(map(str, fields.get("reasons", ())))
        passed = fields["passed"] is True
    except FileNotFoundError:
        return None
    except (OSError, ValueError, KeyError, TypeError, AttributeError) as error:
        raise ModelError(f"{path}: can't be read: {error}; run the gate again") from error
    pictures = sorted(one for one in (version / PICTURES).glob("*") if one.is_file())
    return GateReport(passed, reasons, checks, tuple(pictures))
