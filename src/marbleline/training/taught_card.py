"""The model card of a version that was made by `marbleline retrain`."""

from __future__ import annotations

from pathlib import Path

import numpy as np

from marbleline.training.gate import Outcome
from marbleline.training.memory import Memory

_TEXT = """\
# Model card: marble, version {version}

Made by `marbleline retrain` from version {before}, whose card says what it was trained on and what it is not
for. Heads, heat map and verdicts on the stone that version {before} knew are its own. On stone that looks
like the labelled one, a specialist decides between good and faulty (`marbleline.training.specialist`).

**Taught with** {labels} labelled pictures of {slabs} slabs, {faulty} of them faulty.
The heat map was not taught.

## Figures

On labelled pictures, each judged by a specialist that saw nothing of its slab:

| | before | after |
|---|---|---|
| AUROC, good against faulty | {auroc_before:.3f} | {auroc_after:.3f} |
| faulty found at 10 % false alarms | {recall_before:.3f} | {recall_after:.3f} |

What the gate asked, and how it was met, stands in `gate.md`.
"""


def write_taught_card(folder: Path, version: int, before: int, labelled: Memory, outcome: Outcome) -> None:
    """Write ``CARD.md`` into a version's folder."""
    text = _TEXT.format(
        version=version,
        before=before,
        labels=len(labelled),
        slabs=len(np.unique(labelled.groups)),
        faulty=int(labelled.faulty.sum()),
        **outcome.figures,
    )
    (folder / "CARD.md").write_text(text, encoding="utf-8")
