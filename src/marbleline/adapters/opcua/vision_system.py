"""The vision system behind the nodes: its state, its job, and which results are sent to clients.

The line inspects every slab whatever a client does: a job only says which verdicts are sent as its results.
"""

import logging
from collections import OrderedDict
from collections.abc import Callable
from dataclasses import dataclass, fields
from typing import Any, Final

from asyncua import ua

from marbleline.adapters.opcua.address_space import AddressSpace
from marbleline.adapters.opcua.events import Events, EventType
from marbleline.adapters.opcua.result_data import as_result
from marbleline.domain.clock import Clock, to_iso
from marbleline.domain.slab import SlabVerdict
from marbleline.domain.vision_state import Cause, VisionState, transition

log = logging.getLogger("marbleline.opcua")

_STATE_MACHINE: Final = 1017
_AUTOMATIC_MODE: Final = 1021
_JOBS_KNOWN: Final = 10_000


@dataclass(frozen=True, slots=True)
class Job:
    """What a client started: all slabs from ``started_at`` on, or with ``single`` the next one.

    ``part_id``: only the slab with this id; empty: any. ``meas_id`` is the client's own name of the job.
    """

    job_id: str
    single: bool
    started_at: int
    meas_id: str = ""
    part_id: str = ""

    def wants(self, slab: SlabVerdict) -> bool:
        """Whether the slab's verdict is a result of the job."""
        return slab.triggered_at >= self.started_at and self.part_id in ("", slab.slab_id)


class VisionSystem:
    """Used on the server's event loop only."""

    def __init__(self, space: AddressSpace, events: Events, clock: Clock) -> None:
        self._space = space
        self._events = events
        self._clock = clock
        self._jobs_of: OrderedDict[str, Job] = OrderedDict()
        self.state = VisionState.PREOPERATIONAL
        self.job: Job | None = None
        self.product = ""
        self._trouble = ""

    async def show(self) -> None:
        """Write the state into its nodes."""
        state = self.state
        outer = "Operational" if state.operational else state.value
        await self._write(self._space.state_machine, _STATE_MACHINE, outer)
        if state.operational:
            await self._write(self._space.automatic, _AUTOMATIC_MODE, state.value)
        else:
            inactive = ua.StatusCode(ua.StatusCodes.BadStateNotActive)
            current = await self._space.automatic.get_child("0:CurrentState")
            await current.write_value(ua.DataValue(ua.Variant(ua.LocalizedText("")), StatusCode=inactive))

    async def cause(self, cause: Cause) -> bool:
        """Follow a cause, and what follows from it by itself; False if it is not allowed in this state."""
        if not await self._step(cause):
            return False
        if self.state is VisionState.PREOPERATIONAL:
            await self._step(Cause.FAILED if self._trouble else Cause.STARTED)
        if self.state is VisionState.INITIALIZED and self.product:
            await self._step(Cause.PREPARED)
        return True

    async def start(self) -> None:
        """Leave Preoperational once the server can be used."""
        await self._step(Cause.FAILED if self._trouble else Cause.STARTED)
        if self.state is VisionState.INITIALIZED and self.product:
            await self._step(Cause.PREPARED)

    async def report(self, trouble: str) -> None:
        """Results can't be received now, and why; empty: they can again."""
        changed = bool(trouble) is not bool(self._trouble)
        self._trouble = trouble
        if changed:
            await self.cause(Cause.FAILED if trouble else Cause.RECOVERED)

    async def prepared(self, product: str) -> None:
        """The line inspects this product now."""
        if product == self.product:
            return
        self.product = product
        await self._events.send(
            EventType.RECIPE_PREPARED,
            f"{product} is prepared",
            ExternalId=ua.RecipeIdExternalDataType(Id=product),
            InternalId=ua.RecipeIdInternalDataType(Id=product),
            ProductId=ua.ProductIdDataType(Id=product),
        )
        if self.state is VisionState.INITIALIZED:
            await self._step(Cause.PREPARED)

    async def start_job(self, cause: Cause, meas_id: str, part_id: str, by: str) -> Job | None:
        """Start a job; None if the state does not allow it."""
        if transition(self.state, cause) is None:
            return None
        at = self._clock()
        single = cause is Cause.START_SINGLE_JOB
        self.job = Job(f"{to_iso(at)}-{'single' if single else 'continuous'}", single, at, meas_id, part_id)
        log.info("opcua.job_started", extra={"job": self.job.job_id, "user": by})
        await self.cause(cause)
        await self._events.send(
            EventType.JOB_STARTED,
            f"job {self.job.job_id} started",
            JobId=ua.JobIdDataType(Id=self.job.job_id),
        )
        return self.job

    async def send_result(self, slab: SlabVerdict, product_of: Callable[[SlabVerdict], Any]) -> bool:
        """Send ResultReady if the running job wants the slab; whether it was sent."""
        job = self.job
        if job is None or not self.state.executing or not job.wants(slab):
            return False
        self._jobs_of[slab.slab_verdict_id] = job
        while len(self._jobs_of) > _JOBS_KNOWN:
            self._jobs_of.popitem(last=False)
        result = as_result(slab, await product_of(slab), job.job_id, job.meas_id)
        await self._events.send(
            EventType.RESULT_READY,
            f"slab {slab.slab_id} is {slab.decision.value}",
            **{one.name: getattr(result, one.name) for one in fields(result) if one.name != "Encoding"},
        )
        log.info("opcua.result_ready", extra={"slab": slab.slab_verdict_id, "job": job.job_id})
        if job.single:
            await self.cause(Cause.FINISHED)
        return True

    def job_of(self, slab_verdict_id: str) -> Job | None:
        """The job whose result a slab verdict was sent as; None if none since the server started."""
        return self._jobs_of.get(slab_verdict_id)

    async def _step(self, cause: Cause) -> bool:
        found = transition(self.state, cause)
        if found is None:
            return False
        before, self.state = self.state, found.to
        ended = self.job if before.executing and not found.to.executing else None
        if ended is not None:
            self.job = None
        await self.show()
        log.info("opcua.state_changed", extra={"before": before.value, "after": found.to.value})
        await self._events.send(
            EventType.STATE_CHANGED,
            f"{before.value} to {found.to.value}",
            Transition=ua.LocalizedText(found.name),
            FromState=ua.LocalizedText(before.value),
            ToState=ua.LocalizedText(found.to.value),
        )
        if found.to is VisionState.READY:
            job_id = ua.JobIdDataType(Id=ended.job_id if ended else "")
            await self._events.send(EventType.READY, "ready for a job", JobId=job_id)
        return True

    async def _write(self, machine: Any, of: int, state: str) -> None:
        current = await machine.get_child("0:CurrentState")
        node = await self._space.type_child(of, state)
        await current.write_value(ua.LocalizedText(state))
        await (await current.get_child("0:Id")).write_value(node.nodeid)
