"""One slab to be looked at closely: picture as captured, defects with their size, other verdicts."""

import logging
from collections.abc import Sequence
from dataclasses import dataclass, field
from typing import Final, Protocol

from marbleline.domain.defect_regions import DefectRegion, find_regions
from marbleline.domain.label import Truth, truths
from marbleline.domain.model import ManifestCheck, load_version, read_file
from marbleline.domain.normal_pictures import NORMAL_PICTURES_FILE, picture_of
from marbleline.domain.product_repository import ModelRepository
from marbleline.domain.slab import SlabVerdict, Unit, key_of_frame
from marbleline.domain.verdict import Verdict
from marbleline.errors import ModelError, UnknownProduct
from marbleline.ports.annotations import LabelQuery, Labels, ShadowVerdictQuery, ShadowVerdicts
from marbleline.ports.frames import Frames
from marbleline.ports.slab_verdicts import SlabVerdicts
from marbleline.ports.verdicts import VerdictQuery, Verdicts

log = logging.getLogger("marbleline.console")

MOST_OTHERS: Final = 20
MOST_LABELS: Final = 100


class ViewStore(Frames, Verdicts, ShadowVerdicts, Labels, SlabVerdicts, Protocol):
    """What is asked of the store."""


@dataclass(frozen=True, slots=True)
class SlabView:
    """``picture``: as captured, None while the store does not have it.

    ``defects``     where it looks faulty, likeliest first
    ``mm``          millimetres per pixel along and across, None unless the slab was measured
    ``others``      other verdicts on the same slab, newest first; ``shadows`` other versions' on this frame
    ``truth``       what people say of it, None without a label
    ``normal``      WebP picture of the good patch that is most like the strangest one, None if not known
    """

    verdict: Verdict
    picture: bytes | None = field(repr=False)
    defects: tuple[DefectRegion, ...] = ()
    mm: tuple[float, float] | None = None
    others: Sequence[Verdict] = ()
    shadows: Sequence[Verdict] = ()
    truth: Truth | None = None
    normal: bytes | None = field(default=None, repr=False)


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


def defects_in(verdict: Verdict) -> tuple[DefectRegion, ...]:
    """What the verdict says; of one that an older worker made, what its heat map shows."""
    return verdict.defects or find_regions(verdict.heatmap.grid(), verdict.decision, verdict.defect)


def normal_picture(
    repository: ModelRepository, verdict: Verdict, check: ManifestCheck | None = None
) -> bytes | None:
    """The good patch that is most like the strangest one of the slab, as its version keeps it.

    None without a strangest patch, if the version is not here, or if it keeps no pictures.
    ``check`` as for ``load_manifest``.
    """
    if verdict.strangest is None:
        return None
    try:
        product = repository.folder(verdict.frame.product)
        folder, manifest = load_version(product, verdict.model.version, check)
        if manifest.digest != verdict.model.digest or NORMAL_PICTURES_FILE not in manifest.files:
            return None
        content = read_file(folder, manifest, NORMAL_PICTURES_FILE)
        return picture_of(content, verdict.strangest.normal, str(folder / NORMAL_PICTURES_FILE))
    except (ModelError, UnknownProduct) as error:
        log.info("viewer.no_normal_picture", extra={"error": str(error)})
        return None


def millimetres(slab: SlabVerdict, verdict: Verdict) -> tuple[float, float] | None:
    """Millimetres per pixel of this tile's picture along and across, None if the slab was not measured."""
    tile = next((one for one in slab.tiles if one.frame_id == verdict.frame.frame_id), None)
    if slab.unit is not Unit.MM or tile is None or not tile.width or not tile.height:
        return None
    return tile.width / verdict.width, tile.height / verdict.height
