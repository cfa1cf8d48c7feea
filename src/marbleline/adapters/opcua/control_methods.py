"""The methods of the state machines: jobs, Stop, Abort, Reset and Halt."""

from typing import Any

from asyncua import ua

from marbleline.adapters.opcua.address_space import AddressSpace
from marbleline.adapters.opcua.methods import ErrorCode, link
from marbleline.adapters.opcua.result_data import id_of
from marbleline.adapters.opcua.users import calling_user
from marbleline.adapters.opcua.vision_system import VisionSystem
from marbleline.domain.vision_state import Cause


async def link_control_methods(space: AddressSpace, system: VisionSystem) -> None:
    """Have the methods of both state machines act on the vision system."""
    for name in (Cause.START_SINGLE_JOB, Cause.START_CONTINUOUS):
        method = await space.method(space.automatic, name)
        await link(space.server, method, _start(system, name), lambda code: (_no_job(), code), changes=True)
    for machine, causes in (
        (space.automatic, (Cause.STOP, Cause.ABORT)),
        (space.state_machine, (Cause.HALT, Cause.RESET)),
    ):
        for cause in causes:
            await link(
                space.server,
                await space.method(machine, cause),
                _follow(system, cause),
                lambda code: (code,),
                changes=True,
            )


def _start(system: VisionSystem, cause: Cause) -> Any:
    async def start(meas: Any, part: Any, recipe: Any, product: Any, parameters: Any) -> tuple[Any, ...]:
        if {id_of(recipe), id_of(product)} - {"", system.product}:
            return _no_job(), ErrorCode.UNKNOWN_ID
        if parameters:
            return _no_job(), ErrorCode.NOT_SUPPORTED
        job = await system.start_job(cause, id_of(meas), id_of(part), calling_user())
        if job is None:
            return _no_job(), ErrorCode.WRONG_STATE
        return ua.JobIdDataType(Id=job.job_id), ErrorCode.OK

    return start


def _follow(system: VisionSystem, cause: Cause) -> Any:
    async def follow(number: Any, description: Any) -> tuple[Any, ...]:
        return (ErrorCode.OK if await system.cause(cause) else ErrorCode.WRONG_STATE,)

    return follow


def _no_job() -> Any:
    return ua.JobIdDataType(Id="")
