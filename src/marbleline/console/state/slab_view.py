"""One slab to be looked at closely: picture as captured, defects with their size, other verdicts."""

from collections.abc import Sequence
from dataclasses import dataclass, field
from typing import Final, Protocol

from marbleline.domain.label import Truth, truths
from marbleline.domain.slab import SlabDefect, SlabVerdict, Unit, key_of_frame
from marbleline.domain.slab_defects import find_defects
from marbleline.domain.slab_layout import Box
from marbleline.domain.verdict import Verdict
from marbleline.ports.annotations import LabelQuery, Labels, ShadowVerdictQuery, ShadowVerdicts
from marbleline.ports.frames import Frames
from marbleline.ports.slab_verdicts import SlabVerdicts
from marbleline.ports.verdicts import VerdictQuery, Verdicts

MOST_OTHERS: Final = 20
MOST_LABELS: Final = 100


class ViewStore(Frames, Verdicts, ShadowVerdicts, Labels, SlabVerdicts, Protocol):
    """What is asked of the store."""


@dataclass(frozen=True, slots=True)
class SlabView:
    """``picture``: as captured, None while the store does not have it.

    ``defects``     in pixels of the picture, likeliest first
    ``mm``          millimetres per pixel along and across, None unless the slab was measured
    ``others``      other verdicts on the same slab, newest first; ``shadows`` other versions' on this frame
    ``truth``       what people say of it, None without a label
    """

    verdict: Verdict
    picture: bytes | None = field(repr=False)
    defects: tuple[SlabDefect, ...] = ()
    mm: tuple[float, float] | None = None
    others: Sequence[Verdict] = ()
    shadows: Sequence[Verdict] = ()
    truth: Truth | None = None


def slab_view(store: ViewStore, verdict: Verdict) -> SlabView:
    """All that is known of it. Raises StoreUnavailable."""
    frame = verdict.frame
    slab = store.slab_verdict(key_of_frame(frame)) if frame.tile is not None else None
    others: list[Verdict] = []
    if frame.slab_id is not None:
        query = VerdictQuery(line=frame.line, slab_id=frame.slab_id)
        found = store.search(query, MOST_OTHERS + 1)
        others = [one for one in found if one.frame.frame_id != frame.frame_id][:MOST_OTHERS]
    shadows = store.shadow_verdicts(ShadowVerdictQuery(frame_id=frame.frame_id), MOST_OTHERS)
    labels = store.labels(LabelQuery(frame_id=frame.frame_id), MOST_LABELS)
    return SlabView(
        verdict,
        store.image(frame.frame_id),
        defects_in(verdict),
        None if slab is None else millimetres(slab, verdict),
        others,
        [one.verdict for one in shadows],
        truths(labels).get(frame.frame_id),
    )


def defects_in(verdict: Verdict) -> tuple[SlabDefect, ...]:
    """The defects that the heat map shows, in pixels of the picture; none of a good slab."""
    return find_defects({1: verdict}, {1: Box(0.0, 0.0, float(verdict.width), float(verdict.height))})


def millimetres(slab: SlabVerdict, verdict: Verdict) -> tuple[float, float] | None:
    """Millimetres per pixel of this tile's picture along and across, None if the slab was not measured."""
    tile = next((one for one in slab.tiles if one.frame_id == verdict.frame.frame_id), None)
    if slab.unit is not Unit.MM or tile is None or not tile.width or not tile.height:
        return None
    return tile.width / verdict.width, tile.height / verdict.height
