"""The model card of a version that was made by `marbleline retrain`."""

from __future__ import annotations

from pathlib import Path

import numpy as np

from marbleline.training.evaluate.gate import CandidateGateResult
from marbleline.training.finetune.replay_set import ReplaySet

_TEXT = """\
# Model card: marble, version {version}

Made by `marbleline retrain` from version {before}, whose card says what it was trained on and what it is not
for. Heads, heat map and verdicts on the stone that version {before} knew are its own. On stone that looks
like the labelled one, a domain head decides between good and faulty (`training.model.domain_head`).

**Taught with** {labels} labelled pictures of {slabs} slabs, {faulty} of them faulty.
The heat map was not taught.

## Figures

On labelled pictures, each judged by a domain head that saw nothing of its slab:

| | before | after |
|---|---|---|
| AUROC, good against faulty | {auroc_before:.3f} | {auroc_after:.3f} |
| faulty found at 10 % false alarms | {recall_before:.3f} | {recall_after:.3f} |

What the gate asked, and how it was met, stands in `gate.md`.
"""


def write_finetuned_card(
    folder: Path, version: int, before: int, labelled: ReplaySet, outcome: CandidateGateResult
) -> None:
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
