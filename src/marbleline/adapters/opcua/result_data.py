"""A slab verdict as the structures of OPC 40100-1: ResultDataType and the fields of ResultReadyEventType.

``asyncua.ua`` has these structures once the node set is read.
"""

from datetime import UTC, datetime
from typing import Any, Final

from asyncua import ua

from marbleline.domain.slab import SlabVerdict

COMPLETED: Final = 1
"""ResultState: a slab verdict is final."""


def as_result(slab: SlabVerdict, product: str, job_id: str, meas_id: str = "") -> Any:
    """A slab verdict as a ResultDataType; ``product`` and ``job_id`` are empty where they are not known."""
    return ua.ResultDataType(
        ResultId=ua.ResultIdDataType(Id=slab.slab_verdict_id),
        HasTransferableDataOnFile=False,
        IsPartial=False,
        IsSimulated=False,
        ResultState=ua.Int32(COMPLETED),
        MeasId=ua.MeasIdDataType(Id=meas_id) if meas_id else None,
        PartId=ua.PartIdDataType(Id=slab.slab_id),
        ExternalRecipeId=ua.RecipeIdExternalDataType(Id=product) if product else None,
        InternalRecipeId=ua.RecipeIdInternalDataType(Id=product),
        ProductId=ua.ProductIdDataType(Id=product) if product else None,
        InternalConfigurationId=ua.ConfigurationIdDataType(Id=slab.line),
        JobId=ua.JobIdDataType(Id=job_id),
        CreationTime=_time(slab.decided_at),
        ProcessingTimes=ua.ProcessingTimesDataType(
            StartTime=_time(slab.triggered_at), EndTime=_time(slab.decided_at)
        ),
        ResultContent=content(slab),
    )


def components(result: Any) -> tuple[Any, ...]:
    """The elements of a ResultDataType in the order of GetResultComponentsById, without the handle.

    An output can't be missing as an element can: what is not known has an empty ``Id``, or is false.
    """
    return (
        bool(result.HasTransferableDataOnFile),
        result.IsPartial,
        bool(result.IsSimulated),
        result.ResultState,
        result.MeasId or ua.MeasIdDataType(),
        result.PartId or ua.PartIdDataType(),
        result.ExternalRecipeId or ua.RecipeIdExternalDataType(),
        result.InternalRecipeId or ua.RecipeIdInternalDataType(),
        result.ProductId or ua.ProductIdDataType(),
        result.ExternalConfigurationId or ua.ConfigurationIdDataType(),
        result.InternalConfigurationId or ua.ConfigurationIdDataType(),
        result.JobId or ua.JobIdDataType(),
        result.CreationTime,
        result.ProcessingTimes or ua.ProcessingTimesDataType(),
        result.ResultContent or [],
    )


def content(slab: SlabVerdict) -> list[Any]:
    """What the specification leaves to the vendor: decision, defect, grade, and the whole as JSON."""
    texts = (slab.decision.value, slab.defect or "", slab.grade or "", slab.to_json().decode())
    return [ua.Variant(text, ua.VariantType.String) for text in texts]


def id_of(value: object) -> str:
    """The ``Id`` of a structure that a client gave, empty if it gave none."""
    found = getattr(value, "Id", None)
    return str(found) if found else ""


def _time(at: int) -> datetime:
    return datetime.fromtimestamp(at / 1e6, UTC)
