"""The state machines: what is allowed where."""

import pytest

from marbleline.domain.vision_state import Cause, VisionState, transition

EXECUTING = [state for state in VisionState if state.executing]


@pytest.mark.parametrize("state", VisionState)
def test_a_job_starts_from_ready_only(state: VisionState) -> None:
    for cause in (Cause.START_SINGLE_JOB, Cause.START_CONTINUOUS):
        assert (transition(state, cause) is not None) is (state is VisionState.READY)


@pytest.mark.parametrize("state", VisionState)
def test_whatever_fails_while_it_could_work_is_an_error(state: VisionState) -> None:
    found = transition(state, Cause.FAILED)
    if state in (VisionState.HALTED, VisionState.ERROR):
        assert found is None
    else:
        assert found is not None
        assert found.to is VisionState.ERROR


def test_stop_and_abort_end_a_job_and_nothing_else() -> None:
    for state in VisionState:
        for cause in (Cause.STOP, Cause.ABORT):
            found = transition(state, cause)
            assert (found is not None) is state.executing
            assert found is None or found.to is VisionState.READY


def test_a_halted_system_needs_a_reset() -> None:
    allowed = [cause for cause in Cause if transition(VisionState.HALTED, cause)]
    assert allowed == [Cause.RESET]
