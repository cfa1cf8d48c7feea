"""The comparison with a shadow as Markdown, JSON and pictures."""

import json
from collections.abc import Callable
from pathlib import Path
from typing import Final

from marbleline.domain.decision import Decision
from marbleline.training.monitor.shadow import Comparison, Pair

SHOWN: Final = 20


def write_report(folder: Path, made: Comparison, image: Callable[[str], bytes | None]) -> None:
    """Write ``shadow.md``, ``shadow.json`` and the pictures of the frames that differ most.

    ``image`` gives a frame's picture, None where it is no longer kept. Raises OSError.
    """
    folder.mkdir(parents=True, exist_ok=True)
    pictures = {}
    for one in made.differing[:SHOWN]:
        frame_id = one.verdict.frame.frame_id
        content = image(frame_id) or one.verdict.thumbnail
        if content:
            pictures[frame_id] = f"{frame_id}.{one.verdict.media_type.rpartition('/')[2] or 'jpeg'}"
            (folder / pictures[frame_id]).write_bytes(content)
    (folder / "shadow.json").write_text(json.dumps(as_document(made), indent=2) + "\n", encoding="utf-8")
    (folder / "shadow.md").write_text(as_markdown(made, pictures), encoding="utf-8")


def as_document(made: Comparison) -> dict[str, object]:
    """For machines."""
    return {
        "stable": made.stable,
        "candidate": made.candidate,
        "frames": made.frames,
        "agreed": made.agreed,
        "decisions": [
            {"stable": one, "candidate": other, "frames": count}
            for (one, other), count in sorted(made.decisions.items())
        ],
        "labelled": made.labelled,
        "stable_right": made.stable_right,
        "candidate_right": made.candidate_right,
        "stable_ms": {"p50": made.stable_ms[0], "p95": made.stable_ms[1]},
        "candidate_ms": {"p50": made.candidate_ms[0], "p95": made.candidate_ms[1]},
        "differing": [_entry(one) for one in made.differing],
    }


def as_markdown(made: Comparison, pictures: dict[str, str]) -> str:
    """For people; ``pictures``: frame id -> file beside the page."""
    names = [decision.value for decision in Decision]
    table = "\n".join(
        f"| **{one}** | " + " | ".join(str(made.decisions[one, other]) for other in names) + " |"
        for one in names
    )
    rows = [
        f"## {one.verdict.frame.camera}, frame {one.verdict.frame.sequence}\n\n"
        + (
            f"![the slab]({pictures[one.verdict.frame.frame_id]})\n\n"
            if one.verdict.frame.frame_id in pictures
            else ""
        )
        + f"stable: {_in_words(one, stable=True)}; candidate: {_in_words(one, stable=False)}"
        + (f"; a person says {one.truth.truth}" if one.truth else "")
        for one in made.differing[:SHOWN]
    ]
    right = (
        f"Of {made.labelled} frames that people labelled, stable was right on {made.stable_right} and the "
        f"candidate on {made.candidate_right}."
        if made.labelled
        else "Nobody has labelled any of these frames."
    )
    return (
        f"# Version {made.candidate} in the shadow of version {made.stable}\n\n"
        f"{made.frames} frames; the same decision on {made.agreed:.1%}. {right}\n\n"
        f"Asking the model took {made.stable_ms[0]:.1f} ms (95 % within {made.stable_ms[1]:.1f} ms); the "
        f"candidate {made.candidate_ms[0]:.1f} ms (95 % within {made.candidate_ms[1]:.1f} ms).\n\n"
        f"| stable \\ candidate | {' | '.join(names)} |\n|---|{'---|' * len(names)}\n{table}\n\n"
        + (
            f"The {len(rows)} of {len(made.differing)} differing frames that are furthest apart:\n\n"
            if rows
            else ""
        )
        + "\n\n".join(rows)
        + "\n"
    )


def _in_words(pair: Pair, *, stable: bool) -> str:
    one = pair.verdict if stable else pair.shadow_verdict
    return f"{one.decision.value} (probability of a fault {one.faulty_probability:.2f})"


def _entry(pair: Pair) -> dict[str, object]:
    frame = pair.verdict.frame
    return {
        "frame_id": frame.frame_id,
        "camera": frame.camera,
        "sequence": frame.sequence,
        "stable": pair.verdict.decision.value,
        "candidate": pair.shadow_verdict.decision.value,
        "stable_probability": pair.verdict.faulty_probability,
        "candidate_probability": pair.shadow_verdict.faulty_probability,
        "truth": pair.truth and pair.truth.truth,
    }
