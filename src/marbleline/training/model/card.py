"""The model card: what a version is for, what it was made of, and which figure is on which data."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from pathlib import Path
from typing import Any

from marbleline.training.evaluate.evaluate import MetricRow

_TEXT = """\
# Model card: marble, version {version}

Sorts a picture of a marble slab into good, crack, dot or joint, says where it looks faulty (a heat map of
8-pixel cells of the input) and how unlike any good slab it looks (anomaly).

**How.** A backbone of EfficientNet-Lite0's first five stages with their ImageNet weights, frozen; {members}
small heads on what differs from the slab's own stone, trained apart, their logits averaged; a linear
classifier on the texture; the distance of mid-level features to a bank of good ones as the anomaly. Made by
`marbleline train` in {minutes:.0f} minutes on two cores with seed {seed}.

**Trained on** {examples} examples: {sets}; cracks, dots and joints drawn on real good pictures; and drawn
slabs of ten kinds of stone. Classes without real pictures (joint, and nearly so dot) were learnt from drawn
ones only: no claim about real dots and joints rests on the figures below.

**Not for** pictures of other materials, or of slabs longer than four times their width.

## Figures

On pictures never trained on. Intervals are 95 %, by resampling whole slabs; with few slabs they are wide.
`new_stone` is another stone, camera and light of which no picture was trained on. Thresholds were calibrated
on the `val` splits and drawn slabs: `share right of the rest` is what was asked for there, and measured on
the others. The design of the network was settled with the figures of all these pictures in view, so they are
somewhat kinder than those of a stone seen tomorrow.

{table}

## Data and licences

| data | licence |
|---|---|
| patches, cracks: crops and photographs of MCS (Vrochidou et al. 2022, Electronics 11(20):3289) | CC BY 4.0 |
| new_stone: crops of mcs2-dataset (MachineLearningVisionRG), for measuring only | CC BY 4.0 |
| tiles: d-dom-dataset (Sidiropoulos et al. 2022, J. Imaging 8(7):191) | MIT |
| drawn slabs: `marbleline.synthetic` | Apache-2.0 |
| ImageNet weights of EfficientNet-Lite0 | Apache-2.0 |
"""


def write_card(folder: Path, rows: Sequence[MetricRow], training: Mapping[str, Any], minutes: float) -> None:
    """Write ``CARD.md`` into a version's folder."""
    lines = ["| data | figure | value | 95 % interval | pictures | goal |", "|---|---|---|---|---|---|"]
    for row in rows:
        one = row.figure
        goal = "" if row.goal is None else f"{row.goal:.2f} {'met' if row.met else 'not met'}"
        interval = f"{one.low:.3f} to {one.high:.3f}"
        lines.append(f"| {row.data} | {row.what} | {one.value:.3f} | {interval} | {one.count} | {goal} |")
    text = _TEXT.format(
        version=folder.name,
        members=training["members"],
        minutes=minutes,
        seed=training["seed"],
        examples=training["examples"],
        sets=", ".join(f"{name} ({count} pictures)" for name, count in training["sets"].items()),
        table="\n".join(lines),
    )
    (folder / "CARD.md").write_text(text, encoding="utf-8")
