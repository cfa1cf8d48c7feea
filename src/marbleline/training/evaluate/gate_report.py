"""The gate's report, kept with the version: JSON for machines, Markdown and the worst pictures for people."""

from __future__ import annotations

import json
import shutil
from collections.abc import Sequence
from dataclasses import dataclass
from pathlib import Path

import numpy as np

from marbleline.domain.model import Thresholds
from marbleline.training.evaluate.gate import FALSE_ALARMS, CandidateGateResult, GateScores

REPORT_FOLDER = "gate"


@dataclass(frozen=True)
class Mistake:
    """A labelled picture that was taken wrongly, or least rightly, and the probability that it is faulty."""

    path: Path
    truth: str
    probability: float
    group: str


def write_report(
    folder: Path,
    version: int,
    outcome: CandidateGateResult,
    mistakes: Sequence[Mistake],
    thresholds: Thresholds,
    answers: GateScores,
) -> None:
    """Write ``gate.json``, ``gate.md`` and the mistakes' pictures into a version's folder. Raises OSError."""
    confusion = _confusion(answers, thresholds)
    document = {
        "version": version,
        "passed": outcome.passed,
        "reasons": outcome.reasons,
        **outcome.to_document(),
        "confusion": confusion,
        "worst": [
            {"truth": one.truth, "faulty_probability": round(one.probability, 4), "slab": one.group}
            for one in mistakes
        ],
    }
    (folder / "gate.json").write_text(json.dumps(document, indent=2) + "\n", encoding="utf-8")
    pictures = folder / REPORT_FOLDER
    pictures.mkdir(exist_ok=True)
    names = []
    for number, one in enumerate(mistakes, start=1):
        names.append(f"{number:02}-{one.truth}{one.path.suffix}")
        shutil.copyfile(one.path, pictures / names[-1])
    text = _markdown(version, outcome, confusion, mistakes, names)
    (folder / "gate.md").write_text(text, encoding="utf-8")


def _confusion(answers: GateScores, thresholds: Thresholds) -> dict[str, dict[str, int]]:
    """True kind -> decision -> pictures, of those held out."""
    rejected = answers.candidate >= thresholds.faulty_from
    passed = ~rejected & (answers.candidate <= thresholds.good_upto)
    return {
        kind: {
            "good": int((passed & chosen).sum()),
            "review": int((~passed & ~rejected & chosen).sum()),
            "faulty": int((rejected & chosen).sum()),
        }
        for kind, chosen in (("good", ~answers.faulty), ("faulty", answers.faulty))
    }


def _markdown(
    version: int,
    outcome: CandidateGateResult,
    confusion: dict[str, dict[str, int]],
    mistakes: Sequence[Mistake],
    names: Sequence[str],
) -> str:
    word = "passed" if outcome.passed else "REFUSED"
    checks = "\n".join(
        f"| {'yes' if one.passed else '**NO**'} | {one.name} | {one.detail} |" for one in outcome.checks
    )
    rows = "\n".join(
        f"| **{kind}** | {row['good']} | {row['review']} | {row['faulty']} |"
        for kind, row in confusion.items()
    )
    shown = "\n".join(
        f"- {one.truth}, taken for faulty with probability {one.probability:.2f} (slab {one.group})\n\n"
        f"  ![{one.truth}]({REPORT_FOLDER}/{name})\n"
        for one, name in zip(mistakes, names, strict=True)
    )
    figures = outcome.figures
    recall = [figures[name] for name in ("recall_before", "recall_after")]
    recalled = " and ".join("-" if np.isnan(one) else f"{one:.2f}" for one in recall)
    return (
        f"# Gate of version {version}: {word}\n\n"
        "Figures on labelled pictures are those of domain heads that saw nothing of the slab in question.\n\n"
        f"| holds | condition | found |\n|---|---|---|\n{checks}\n\n"
        f"Faulty found at {FALSE_ALARMS:.0%} false alarms, before and after: {recalled}.\n\n"
        "## Labelled pictures, truth against decision\n\n"
        f"| | good | review | faulty |\n|---|---|---|---|\n{rows}\n\n"
        f"## Taken most wrongly\n\n{shown}"
    )
