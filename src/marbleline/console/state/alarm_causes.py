"""The cause of an alarm that the console finds, as it goes on record: in English, as workers' causes are."""

from collections.abc import Callable, Mapping
from typing import Final

from marbleline.console.state.alarms import ActiveAlarm
from marbleline.console.state.freshness import Freshness

_CAMERA: Final = {
    Freshness.OFFLINE: "not reachable",
    Freshness.SILENT: "its process does not report",
    Freshness.STALLED: "no picture comes",
    Freshness.FULL: "its spool is full",
    Freshness.BEHIND: "it captures, but no verdicts come",
}


def recorded_cause(alarm: ActiveAlarm) -> str:
    """The worker's own words if it has any, else what the console sees, with figures."""
    said = _SAID.get(alarm.kind)
    return alarm.cause or ("" if said is None else said(alarm))


def _camera(alarm: ActiveAlarm) -> str:
    if alarm.status is None:
        return ""
    words = _CAMERA.get(alarm.status.kind, alarm.status.kind.value)
    return f"{words}: {alarm.status.detail}" if alarm.status.detail else words


def _names(alarm: ActiveAlarm) -> str:
    return ", ".join(alarm.affected)


def _lag(alarm: ActiveAlarm) -> str:
    waited = f"the oldest for {alarm.values['waits'] / 1e6:.0f} s"
    return f"{waited}; no verdicts for {_names(alarm)}" if alarm.affected else waited


_SAID: Final[Mapping[str, Callable[[ActiveAlarm], str]]] = {
    "camera": _camera,
    "spool": lambda alarm: f"{alarm.values['number']} slabs",
    "spools": _names,
    "no_verdicts": _names,
    "lag": _lag,
    "late": lambda alarm: f"{alarm.values['number']} of the last {alarm.values['of']}",
    "dead_letters": lambda alarm: f"{alarm.values['number']} dead letters",
}
