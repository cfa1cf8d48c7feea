"""Data sets to replay commissioning on: whole, and with the version's scores only where that is fair."""

import json
from collections.abc import Iterator, Sequence
from dataclasses import replace
from pathlib import Path
from typing import Final

import numpy as np

from marbleline.adapters.classifiers.feature_graph import with_features
from marbleline.domain.model import load_manifest, read_file
from marbleline.domain.picture import fit
from marbleline.domain.product_heads import HeadInput
from marbleline.synthetic import LABELS, draw
from marbleline.training.commission.answers import read_answers
from marbleline.training.commission.backbone import Backbone, CachedOutput
from marbleline.training.commission.labelled_slabs import LabelledSlabs
from marbleline.training.commission.patch_projection import head_inputs_of, projection, views_of
from marbleline.training.commission.views import FURTHER
from marbleline.training.data.dataset import find_sets
from marbleline.training.model.manifest import LITERT_FILE
from marbleline.training.progress import OnProgress

DRAWN_SEED: Final = 900_000_000
_LEAST_SLABS: Final = 4


def backbone_of(base: Path, cache: Path | None, threads: int = 1) -> Backbone:
    """Looks at pictures with the backbone of a version. Raises ModelError."""
    manifest = load_manifest(base)
    graph = with_features(read_file(base, manifest, LITERT_FILE), str(base / LITERT_FILE))
    return Backbone(graph, manifest.input, threads, cache)


def labelled_sets_in(
    root: Path, base: Path, backbone: Backbone, on_progress: OnProgress, only: Sequence[str] = ()
) -> Iterator[tuple[str, LabelledSlabs]]:
    """Name and labelled slabs of every set below ``root`` that has good and faulty pictures of several slabs.

    What the version ``base`` was trained on it knows too well, so of such a set there are two sets:
    all pictures without the version's scores, and only those it was not trained on, with them.
    ``only``: the sets whose name begins with one of these.
    Raises SettingError, PictureError.
    """
    trained_on = json.loads((base / "manifest.json").read_text()).get("training", {}).get("sets", {})
    wanted = tuple(only) or ("",)
    for name, folder in find_sets(root).items():
        alone, unseen_only = f"{name}, backbone alone", f"{name}, never trained on"
        names = (alone, unseen_only) if name in trained_on else (name,)
        if not any(one.startswith(wanted) for one in names):
            continue
        answers = [one for one in read_answers(folder / "index.csv", folder) if one.path.is_file()]
        if len({one.faulty for one in answers}) < 2:
            continue
        on_progress(f"{name}: {len(answers)} pictures, each in {1 + len(FURTHER)} views")
        paths = [one.path for one in answers]
        whole = labelled_slabs_of(
            list(backbone.files(paths)),
            [one.meaning for one in answers],
            [one.group for one in answers],
        )
        whole = replace(whole, views=views_of(backbone, paths, whole.project, FURTHER))
        if name not in trained_on:
            yield name, whole
            continue
        if alone.startswith(wanted):
            yield alone, without_base(whole)
        unseen = {one.path for one in read_answers(folder / "index.csv", folder, splits=("val", "test"))}
        part = whole.where(np.array([one.path in unseen for one in answers]))
        if unseen_only.startswith(wanted) and len(np.unique(part.groups)) >= _LEAST_SLABS:
            yield unseen_only, part


def drawn_slabs(stone: str, count: int, backbone: Backbone) -> LabelledSlabs:
    """Drawn slabs of a stone, each a slab of its own, faulty as often as in the demo."""
    seen, meanings = [], []
    for number in range(count):
        slab = draw(DRAWN_SEED + number, stone=stone)
        seen.append((backbone.image(fit(slab.rgb, backbone.spec)),))
        meanings.append(slab.label)
    return labelled_slabs_of(seen, meanings, [f"{stone} {number}" for number in range(count)])


def labelled_slabs_of(
    seen: Sequence[tuple[CachedOutput, ...]], meanings: list[str], groups: list[str]
) -> LabelledSlabs:
    """Pictures that the backbone has run on, with a projection of their own."""
    project = projection([output for outputs in seen for output in outputs])
    faulty = np.array([meaning != LABELS[0] for meaning in meanings])
    inputs = head_inputs_of(seen, project)
    return LabelledSlabs(
        project,
        [one[0] for one in inputs],
        faulty,
        np.array(groups),
        np.array(meanings),
        further_windows=[one[1:] for one in inputs],
    )


def without_base(labelled: LabelledSlabs) -> LabelledSlabs:
    """The same slabs with nothing of the version taught from but its backbone."""
    return replace(
        labelled,
        head_inputs=[_without_base(one) for one in labelled.head_inputs],
        views=[[_without_base(one) for one in further] for further in labelled.views],
        further_windows=[[_without_base(one) for one in further] for further in labelled.further_windows],
    )


def _without_base(one: HeadInput) -> HeadInput:
    return HeadInput(one.patches, one.description, np.zeros_like(one.base))
