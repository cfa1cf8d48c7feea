"""Golden samples: pictures of slabs that are known, and the alarm when the line gets one wrong."""

from collections.abc import Sequence
from pathlib import Path
from typing import Final

from marbleline.domain.alarm import GOLDEN_SAMPLE, Alarm
from marbleline.domain.decision import Decision
from marbleline.domain.model import CLASSES, DEFECTS
from marbleline.domain.picture import SUFFIXES
from marbleline.errors import SettingError
from marbleline.operations.selftest import KnownSlab, SelfTestResult

_NAMED: Final = 3


def samples_in(folder: Path, max_bytes: int) -> tuple[KnownSlab, ...]:
    """The pictures below ``good/``, ``crack/``, ``dot/`` and ``joint/`` of a folder, in order of their names.

    Raises SettingError if there is none, or one can't be read or is too large for the line.
    """
    found = []
    for label in CLASSES:
        expected = (Decision.GOOD,) if label not in DEFECTS else (Decision.FAULTY, Decision.REVIEW)
        paths = [one for one in sorted((folder / label).glob("*")) if one.suffix.lower() in SUFFIXES]
        found += [KnownSlab(f"{label}/{one.name}", _content(one, max_bytes), expected) for one in paths]
    if not found:
        raise SettingError(f"samples {folder}: no pictures in its folders {', '.join(CLASSES)}")
    return tuple(found)


def alarm_of(line: str, outcomes: Sequence[SelfTestResult], now: int) -> Alarm:
    """Raised with the samples that went wrong, or cleared: all were right."""
    wrong = [one for one in outcomes if not one.right]
    named = "; ".join(_describe(one) for one in wrong[:_NAMED])
    more = f"; and {len(wrong) - _NAMED} more" if len(wrong) > _NAMED else ""
    return Alarm(
        line=line,
        kind=GOLDEN_SAMPLE,
        subject=line,
        raised=bool(wrong),
        at=now,
        cause=f"{len(wrong)} of {len(outcomes)} known slabs were judged wrongly: {named}{more}"
        if wrong
        else f"all {len(outcomes)} known slabs were judged rightly",
        remedy="Look at lamp, lens and camera position, then run the check again; if it still fails, roll "
        "the model back and send slabs to review by hand."
        if wrong
        else "",
    )


def _describe(outcome: SelfTestResult) -> str:
    if outcome.verdict is None:
        return f"{outcome.sample.name} got no verdict in time"
    if not outcome.recorded:
        return f"{outcome.sample.name} is not on record"
    return f"{outcome.sample.name} was called {outcome.verdict.decision.value}"


def _content(path: Path, max_bytes: int) -> bytes:
    try:
        content = path.read_bytes()
    except OSError as error:
        raise SettingError(f"sample {path}: can't be read: {error.strerror}") from error
    if len(content) > max_bytes:
        raise SettingError(f"sample {path}: {len(content)} bytes, the line takes {max_bytes}")
    return content
