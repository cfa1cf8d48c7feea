"""Grading: which grade of the plant's own recipe a slab has, by the defects that were found on it.

ASTM C503 leaves the classes of soundness (A to D) to the producer, so the limits are the recipe's. All
lengths are millimetres. A defect is known to a cell of the heat map and counted with the whole cell, so a
measure is rather too large than too small, and a grade rather too low.
"""

from collections.abc import Sequence
from dataclasses import dataclass
from itertools import pairwise
from typing import Annotated, Final

from msgspec import Meta

from marbleline.domain.slab import SlabDefect
from marbleline.domain.wire import WireStruct
from marbleline.errors import WireError

_MM2_PER_M2: Final = 1e6
_Limit = Annotated[float, Meta(ge=0)] | None
_Number = Annotated[int, Meta(ge=0)] | None


class GradeLimits(WireStruct, frozen=True, kw_only=True):
    """The most that a grade allows; None is no limit."""

    grade: Annotated[str, Meta(min_length=1, max_length=40)]
    longest_crack_mm: _Limit = None
    crack_mm_per_m2: _Limit = None
    dots_per_m2: _Limit = None
    largest_dot_mm: _Limit = None
    joints: _Number = None


class GradingRecipe(WireStruct, frozen=True, kw_only=True):
    """How a product is graded.

    ``grades``        best first; a slab has the first whose limits it keeps
    ``edge_zone_mm``  width of a strip along each edge that is trimmed: a defect wholly inside doesn't count
    """

    name: str
    grades: Annotated[tuple[GradeLimits, ...], Meta(min_length=1)]
    edge_zone_mm: Annotated[float, Meta(ge=0)] = 0.0

    def __post_init__(self) -> None:
        """Raises WireError for two grades of one name, or a grade that is stricter than one before it."""
        names = [one.grade for one in self.grades]
        if len(set(names)) < len(names):
            raise WireError(f"recipe {self.name!r}: grades {', '.join(names)} are not all different")
        for better, worse in pairwise(self.grades):
            for name in LIMITS:
                if _beyond(getattr(better, name), getattr(worse, name)):
                    raise WireError(
                        f"recipe {self.name!r}: grade {worse.grade!r} has a stricter {name} than"
                        f" {better.grade!r} before it; list the best grade first"
                    )


LIMITS: Final = tuple(name for name in GradeLimits.__struct_fields__ if name != "grade")


@dataclass(frozen=True, slots=True)
class Measures:
    """What a recipe looks at, of the slab without its edge zone."""

    longest_crack_mm: float
    crack_mm_per_m2: float
    dots_per_m2: float
    largest_dot_mm: float
    joints: int


def measure(
    defects: Sequence[SlabDefect], width: float, height: float, edge_zone_mm: float = 0.0
) -> Measures:
    """Measures of a slab of ``width`` x ``height`` mm; raises ValueError if it has no area."""
    if width <= 0 or height <= 0:
        raise ValueError(f"a slab of {width:g} x {height:g} mm has no area")
    inner = (width - 2 * edge_zone_mm) * (height - 2 * edge_zone_mm)
    # An edge zone that leaves nothing is a recipe for another size: then the whole slab counts.
    edge = edge_zone_mm if width > 2 * edge_zone_mm and height > 2 * edge_zone_mm else 0.0
    area_m2 = (inner if edge else width * height) / _MM2_PER_M2
    counted = [one for one in defects if not _in_edge_zone(one, width, height, edge)]
    cracks = [one.length for one in counted if one.defect == "crack"]
    dots = [max(one.width, one.height) for one in counted if one.defect == "dot"]
    return Measures(
        longest_crack_mm=max(cracks, default=0.0),
        crack_mm_per_m2=sum(cracks) / area_m2,
        dots_per_m2=len(dots) / area_m2,
        largest_dot_mm=max(dots, default=0.0),
        joints=sum(one.defect == "joint" for one in counted),
    )


def grade(measures: Measures, recipe: GradingRecipe) -> str | None:
    """The first grade whose limits are kept, None if even the last one's are not."""
    for limits in recipe.grades:
        if not any(_beyond(getattr(measures, name), getattr(limits, name)) for name in LIMITS):
            return limits.grade
    return None


def _beyond(value: float | None, limit: float | None) -> bool:
    """Whether a value, None for without bound, is above a limit, None for none."""
    return limit is not None and (value is None or value > limit)


def _in_edge_zone(defect: SlabDefect, width: float, height: float, edge: float) -> bool:
    right, bottom = defect.left + defect.width, defect.top + defect.height
    return right <= edge or bottom <= edge or defect.left >= width - edge or defect.top >= height - edge
