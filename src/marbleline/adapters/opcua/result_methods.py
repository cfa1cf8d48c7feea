"""ResultManagement: results by id and by filter, read from the store."""

from collections.abc import Awaitable, Callable
from dataclasses import dataclass
from typing import Any, Final

from asyncua import ua

from marbleline.adapters.opcua.address_space import AddressSpace
from marbleline.adapters.opcua.methods import ErrorCode, link
from marbleline.adapters.opcua.result_data import COMPLETED, as_result, components, id_of
from marbleline.adapters.opcua.vision_system import VisionSystem
from marbleline.domain.slab import SlabVerdict
from marbleline.errors import Unavailable
from marbleline.ports.inspected_line import InspectedLine
from marbleline.ports.slab_verdicts import SlabQuery

MOST_RESULTS: Final = 100
"""In one answer; a client asks for the next with StartIndex."""
_MOST_LOOKED_AT: Final = 5_000
_PAGE: Final = 200
_NO_HANDLE: Final = 0

Ask = Callable[..., Awaitable[Any]]
"""Calls a blocking function on the one thread that uses store and broker."""


@dataclass(frozen=True, slots=True)
class ResultFilter:
    """What a client asks for; an empty text asks for nothing."""

    part_id: str = ""
    product: str = ""
    job_id: str = ""
    meas_id: str = ""


class Results:
    """Finds results: those that were told and may not be on record yet, and those of the store."""

    def __init__(self, line_name: str, line: InspectedLine, system: VisionSystem, ask: Ask) -> None:
        self._line_name = line_name
        self._line = line
        self._system = system
        self._ask = ask
        self._recent: dict[str, SlabVerdict] = {}

    def keep(self, slab: SlabVerdict) -> None:
        """A slab verdict has come; keep it until it is surely on record."""
        self._recent[slab.slab_verdict_id] = slab
        while len(self._recent) > _PAGE:
            del self._recent[next(iter(self._recent))]

    async def product_of(self, slab: SlabVerdict) -> str:
        """The slab's product; empty while the store can't say: a result must not wait for it."""
        try:
            return await self._recorded_product(slab)
        except Unavailable:
            return ""

    async def by_id(self, result_id: Any, timeout: Any) -> tuple[Any, ...]:
        """GetResultById."""
        wanted = id_of(result_id)
        slab = self._recent.get(wanted) or await self._ask(self._line.slab_verdict, wanted)
        if slab is None or slab.line != self._line_name:
            return self.no_result(ErrorCode.UNKNOWN_ID)
        return _NO_HANDLE, self._result(slab, await self.product_of(slab)), ErrorCode.OK

    async def components_by_id(self, result_id: Any, timeout: Any) -> tuple[Any, ...]:
        """GetResultComponentsById: the same result, each element an argument of its own."""
        return as_components(await self.by_id(result_id, timeout))

    async def filtered(self, *given: Any) -> tuple[Any, ...]:
        """GetResultListFiltered: newest trigger first."""
        state, meas, part, external, internal, _, _, product, job, most, start, _ = given
        products = {id_of(one) for one in (external, internal, product)} - {""}
        if len(products) > 1 or state not in (None, 0, COMPLETED):
            return True, 0, _NO_HANDLE, [], ErrorCode.OK
        wanted = ResultFilter(id_of(part), products.pop() if products else "", id_of(job), id_of(meas))
        limit = min(most or MOST_RESULTS, MOST_RESULTS)
        found = await self._find(wanted, (start or 0) + limit + 1)
        if found is None:
            return self.no_list(ErrorCode.NOT_SUPPORTED)
        chosen = found[start or 0 :][:limit]
        complete = len(found) <= (start or 0) + limit
        return complete, len(chosen), _NO_HANDLE, chosen, ErrorCode.OK

    async def _find(self, wanted: ResultFilter, enough: int) -> list[Any] | None:
        """So many results, or all; None if more verdicts than allowed would have to be looked at."""
        query = SlabQuery(line=self._line_name, slab_id=wanted.part_id or None)
        found: list[Any] = []
        after, looked_at = None, 0
        while looked_at < _MOST_LOOKED_AT:
            page: list[SlabVerdict] = await self._ask(self._line.slab_verdicts, query, _PAGE, after)
            for slab in page:
                job = self._system.job_of(slab.slab_verdict_id)
                if wanted.job_id and (job is None or job.job_id != wanted.job_id):
                    continue
                if wanted.meas_id and (job is None or job.meas_id != wanted.meas_id):
                    continue
                product = await self._recorded_product(slab)
                if wanted.product not in ("", product):
                    continue
                found.append(self._result(slab, product))
                if len(found) >= enough:
                    return found
            if len(page) < _PAGE:
                return found
            looked_at += len(page)
            after = page[-1].triggered_at, page[-1].slab_verdict_id
        return None

    async def _recorded_product(self, slab: SlabVerdict) -> str:
        found: str = await self._ask(self._line.product_of, slab)
        return found

    def _result(self, slab: SlabVerdict, product: str) -> Any:
        job = self._system.job_of(slab.slab_verdict_id)
        job_id, meas_id = (job.job_id, job.meas_id) if job else ("", "")
        return as_result(slab, product, job_id, meas_id)

    @staticmethod
    def no_result(code: ErrorCode) -> tuple[Any, ...]:
        """GetResultById without a result."""
        return _NO_HANDLE, ua.ResultDataType(), code

    @staticmethod
    def no_components(code: ErrorCode) -> tuple[Any, ...]:
        """GetResultComponentsById without a result."""
        return as_components(Results.no_result(code))

    @staticmethod
    def no_list(code: ErrorCode) -> tuple[Any, ...]:
        """GetResultListFiltered without a list."""
        return False, 0, _NO_HANDLE, [], code


def as_components(answer: tuple[Any, ...]) -> tuple[Any, ...]:
    """What GetResultById answers as GetResultComponentsById does (OPC 40100-1, 7.10.2.2)."""
    handle, result, code = answer
    has_file, *others = components(result)
    return has_file, handle, *others, code


async def link_result_methods(space: AddressSpace, results: Results) -> None:
    """Have the methods of ResultManagement find results."""
    parent = space.result_management
    by_id = await space.method(parent, "GetResultById")
    await link(space.server, by_id, results.by_id, results.no_result)
    as_arguments = await space.method(parent, "GetResultComponentsById")
    await link(space.server, as_arguments, results.components_by_id, results.no_components)
    filtered = await space.method(parent, "GetResultListFiltered")
    await link(space.server, filtered, results.filtered, results.no_list)
