"""A drift in words: what it is, what may have caused it, and what to do."""

from collections.abc import Sequence
from typing import Final

from marbleline.domain.alarm import DRIFT, Alarm
from marbleline.training.monitor.drift import Drift, Shift

_STONE: Final = (
    "If the stone is another one, have about 100 slabs of it labelled on the review page, then "
    "`marbleline retrain`."
)
_CLAIMS: Final = "Until it is cleared, its verdicts claim no risk; with review_on_drift they go to review."
_REMEDIES: Final = {
    "brightness": "Check lamp and exposure.",
    "contrast": "Check lamp, exposure and a veil of dust or water on the lens.",
    "sharpness": "Check focus and lens; wipe off dust and water.",
    "anomaly": _STONE,
    "faulty_probability": "Look at slabs on the search page: is it the stone, or the model? " + _STONE,
    "review": _STONE,
}
# Of a camera that has gone dark the model's shadow verdict follows: name the cause first.
_CAUSES: Final = ("brightness", "sharpness", "contrast", "anomaly", "review", "faulty_probability")
_WORDS: Final = {
    "brightness": ("darker", "brighter"),
    "contrast": ("flatter", "richer in contrast"),
    "sharpness": ("less sharp", "sharper"),
}


def alarm_of(line: str, camera: str, drift: Drift, at: int) -> Alarm:
    """Raised with the causes in words, or cleared."""
    found = sorted(drift.found, key=lambda one: _CAUSES.index(one.feature))
    if not found:
        return Alarm(line, DRIFT, camera, False, at, f"the last {drift.frames} frames look as before", "")
    remedies = dict.fromkeys(_REMEDIES[one.feature] for one in found[:2])
    told = " ".join([*remedies, _CLAIMS])
    return Alarm(line, DRIFT, camera, True, at, _cause(camera, drift.frames, found), told)


def in_words(shift: Shift) -> str:
    """One shift, with its figures."""
    before, now = shift.before, shift.now
    if shift.feature in _WORDS:
        word = _WORDS[shift.feature][now > before]
        by = f"{abs(now - before) / before:.0%} {word}" if before else word
        return f"pictures are {by} ({shift.feature} {now:.3g}, was {before:.3g})"
    if shift.feature == "review":
        more = "more" if now > before else "fewer"
        return f"{more} slabs are sent to review ({now:.0%}, was {before:.0%})"
    if shift.feature == "anomaly":
        what = "look less like" if now > before else "look more like"
        return f"slabs {what} the good ones that the model knows (anomaly {now:.3g}, was {before:.3g})"
    what = "more" if now > before else "less"
    return f"the model takes slabs for faulty {what} readily (probability {now:.2g}, was {before:.2g})"


def _cause(camera: str, frames: int, found: Sequence[Shift]) -> str:
    return f"{camera}, last {frames} frames: " + "; ".join(in_words(one) for one in found)
