"""The states of a vision system and its automatic mode, and what leads from one to another (OPC 40100-1).

The names are those of the specification's state machines, VisionStateMachineType and, while the system is
operational, VisionAutomaticModeStateMachineType.
"""

from collections.abc import Mapping
from dataclasses import dataclass
from enum import StrEnum
from typing import Final


class VisionState(StrEnum):
    """Where the system is; the last four are states of the automatic mode, in which it is Operational."""

    PREOPERATIONAL = "Preoperational"
    HALTED = "Halted"
    ERROR = "Error"
    INITIALIZED = "Initialized"
    READY = "Ready"
    SINGLE_EXECUTION = "SingleExecution"
    CONTINUOUS_EXECUTION = "ContinuousExecution"

    @property
    def operational(self) -> bool:
        """Whether the automatic mode is active."""
        return self in _AUTOMATIC

    @property
    def executing(self) -> bool:
        """Whether a job runs."""
        return self in (VisionState.SINGLE_EXECUTION, VisionState.CONTINUOUS_EXECUTION)


class Cause(StrEnum):
    """What happened: a client called a method, or the system itself changed (the last five)."""

    HALT = "Halt"
    RESET = "Reset"
    START_SINGLE_JOB = "StartSingleJob"
    START_CONTINUOUS = "StartContinuous"
    STOP = "Stop"
    ABORT = "Abort"
    STARTED = "started"
    PREPARED = "prepared"
    FINISHED = "finished"
    FAILED = "failed"
    RECOVERED = "recovered"


@dataclass(frozen=True, slots=True)
class Transition:
    """``name`` is the transition's in the node set; ``to`` the state that it leads to."""

    name: str
    to: VisionState


_AUTOMATIC: Final = frozenset(
    {
        VisionState.INITIALIZED,
        VisionState.READY,
        VisionState.SINGLE_EXECUTION,
        VisionState.CONTINUOUS_EXECUTION,
    }
)


def transition(state: VisionState, cause: Cause) -> Transition | None:
    """Where a cause leads from a state; None if it is not allowed there, or changes nothing."""
    return _TABLE.get((state, cause))


def _table() -> Mapping[tuple[VisionState, Cause], Transition]:
    pre, halted, error = VisionState.PREOPERATIONAL, VisionState.HALTED, VisionState.ERROR
    initialized, ready = VisionState.INITIALIZED, VisionState.READY
    single, continuous = VisionState.SINGLE_EXECUTION, VisionState.CONTINUOUS_EXECUTION
    rows: list[tuple[VisionState, Cause, str, VisionState]] = [
        (pre, Cause.STARTED, "PreoperationalToOperationalAuto", initialized),
        (pre, Cause.FAILED, "PreoperationalToErrorAuto", error),
        (pre, Cause.HALT, "PreoperationalToHalted", halted),
        (halted, Cause.RESET, "HaltedToPreoperational", pre),
        (error, Cause.RESET, "ErrorToPreoperational", pre),
        (error, Cause.HALT, "ErrorToHalted", halted),
        (error, Cause.RECOVERED, "ErrorToOperationalAuto", initialized),
        (initialized, Cause.PREPARED, "InitializedToReadyAuto", ready),
        (ready, Cause.START_SINGLE_JOB, "ReadyToSingleExecution", single),
        (ready, Cause.START_CONTINUOUS, "ReadyToContinuousExecution", continuous),
        (single, Cause.STOP, "SingleExecutionToReadyStop", ready),
        (single, Cause.ABORT, "SingleExecutionToReadyAbort", ready),
        (single, Cause.FINISHED, "SingleExecutionToReadyAuto", ready),
        (continuous, Cause.STOP, "ContinuousExecutionToReadyStop", ready),
        (continuous, Cause.ABORT, "ContinuousExecutionToReadyAbort", ready),
    ]
    for state in (initialized, ready, single, continuous):
        rows += [
            (state, Cause.HALT, "OperationalToHalted", halted),
            (state, Cause.RESET, "OperationalToPreoperational", pre),
            (state, Cause.FAILED, "OperationalToErrorAuto", error),
        ]
    return {(state, cause): Transition(name, to) for state, cause, name, to in rows}


_TABLE: Final = _table()
