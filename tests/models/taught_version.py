"""Versions as teaching writes them, without the teaching: heads of chance, and drawn normal patches."""

import io
from pathlib import Path

import numpy as np
from PIL import Image

from marbleline.adapters.classifiers.feature_graph import with_features
from marbleline.domain.input_spec import InputSpec
from marbleline.domain.model import Manifest, Thresholds, load_manifest
from marbleline.domain.normal_pictures import NORMAL_PICTURES_FILE, SIDE, to_bytes
from marbleline.domain.product_features import CELL, CHANNELS
from marbleline.domain.product_heads import COMPONENTS, DESCRIPTION, DIRECTIONS, HEADS_FILE, ProductHeads
from marbleline.domain.product_heads import to_bytes as heads_to_bytes
from marbleline.training.model.manifest import LITERT_FILE, write_manifest

SHIPPED = Path(__file__).resolve().parents[2] / "model_repo" / "marble" / "1"
PATCHES = 5


def picture(number: int) -> bytes:
    """The picture of a normal patch: one even colour, brighter with its number."""
    buffer = io.BytesIO()
    Image.new("RGB", (SIDE, SIDE), (40 * number, 90, 90)).save(buffer, format="WEBP", quality=75)
    return buffer.getvalue()


def pictures_alone(folder: Path, name: str = "marble") -> Manifest:
    """A version with pictures of normal patches and nothing that judges: what a console reads of one."""
    folder.mkdir(parents=True)
    (folder / NORMAL_PICTURES_FILE).write_bytes(to_bytes([picture(number) for number in range(PATCHES)]))
    return _with_manifest(folder, name)


def taught_version(folder: Path, name: str = "marble") -> Manifest:
    """A version that judges by its distance to a few patches of chance, on the shipped backbone."""
    folder.mkdir(parents=True)
    (folder / LITERT_FILE).write_bytes(with_features((SHIPPED / LITERT_FILE).read_bytes(), str(SHIPPED)))
    weights = np.zeros(len(COMPONENTS) + 1, np.float32)
    weights[0] = 1
    heads = ProductHeads(
        project=np.eye(CHANNELS, DIRECTIONS, dtype=np.float32),
        bank=np.random.default_rng(0).normal(size=(PATCHES, DIRECTIONS)).astype(np.float32),
        linear=np.zeros(DESCRIPTION + 1, np.float32),
        hidden=np.zeros((DIRECTIONS + 1, 2), np.float32),
        patch=np.zeros((1, 3), np.float32),
        weights=weights,
        cells=np.array([1, 0, -5], np.float32),
        defects=np.log(np.array([0.2, 0.5, 0.3], np.float32)),
    )
    (folder / HEADS_FILE).write_bytes(heads_to_bytes(heads))
    return _with_manifest(folder, name)


def _with_manifest(folder: Path, name: str) -> Manifest:
    thresholds = Thresholds(good_upto=0.1, faulty_from=0.9, anomaly_upto=100.0)
    write_manifest(
        folder,
        name=name,
        version=int(folder.name),
        spec=InputSpec(),
        thresholds=thresholds,
        training={},
        metrics={},
        stride=CELL,
    )
    return load_manifest(folder)
