"""The kinds of stone and the surface of one faultless slab: clouds, veins and a palette."""

from __future__ import annotations

import math
from dataclasses import dataclass, replace

import numpy as np
from numpy.typing import NDArray

from marbleline.synthetic.noise import Field, pick, sample

Colour = tuple[float, float, float]


@dataclass(frozen=True)
class Veins:
    """One family of veins: the contours of a warped noise field, fading in and out.

    `density` is veins across the short side, `stretch` how much longer than wide the pattern is,
    `width` the half width as a share of the vein spacing, `strength` the opacity 0..1, `warp` how far the
    pattern is folded (short sides), `raggedness` how much fine noise moves the edges, `cover` the share
    of the slab in which these veins show.
    """

    colour: Colour
    density: float
    stretch: float = 1.0
    width: float = 0.06
    strength: float = 0.6
    warp: float = 0.1
    raggedness: float = 0.15
    cover: float = 0.6


@dataclass(frozen=True)
class Stone:
    """A kind of marble: two ground colours (0..255) that clouds mix, its veins and its crystal grain."""

    ground: tuple[Colour, Colour]
    veins: tuple[Veins, ...]
    grain: float = 2.0
    cloud: float = 1.0
    cloud_stretch: float = 1.0


STONES: dict[str, Stone] = {
    "carrara": Stone(
        ((236, 236, 234), (206, 209, 213)),
        (
            Veins((142, 148, 157), 1.3, 2.6, 0.2, 0.5, 0.14, 0.3, 0.75),
            Veins((112, 119, 130), 2.2, 3.0, 0.055, 0.55, 0.16, 0.22, 0.6),
        ),
    ),
    "calacatta": Stone(
        ((243, 241, 236), (226, 224, 219)),
        (
            Veins((160, 156, 151), 0.75, 2.4, 0.24, 0.55, 0.2, 0.25, 0.8),
            Veins((112, 106, 102), 0.75, 2.4, 0.06, 0.75, 0.2, 0.3, 0.75),
            Veins((196, 166, 116), 1.1, 2.4, 0.08, 0.55, 0.2, 0.3, 0.55),
        ),
        grain=1.6,
    ),
    "crema": Stone(
        ((226, 210, 184), (212, 192, 162)),
        (
            Veins((184, 146, 104), 1.3, 1.4, 0.05, 0.55, 0.14, 0.3, 0.55),
            Veins((242, 231, 211), 1.8, 1.2, 0.12, 0.5, 0.2, 0.25, 0.6),
        ),
        grain=2.6,
    ),
    "nero": Stone(
        ((40, 40, 44), (24, 24, 27)),
        (
            Veins((226, 224, 220), 0.8, 2.2, 0.05, 0.92, 0.18, 0.22, 0.75),
            Veins((150, 150, 152), 1.7, 1.6, 0.035, 0.6, 0.2, 0.25, 0.55),
        ),
        grain=2.0,
    ),
    "verde": Stone(
        ((66, 92, 80), (36, 58, 50)),
        (
            Veins((172, 194, 180), 1.3, 1.3, 0.06, 0.65, 0.26, 0.3, 0.7),
            Veins((20, 36, 32), 1.3, 1.2, 0.2, 0.6, 0.3, 0.25, 0.7),
        ),
        grain=3.2,
        cloud=1.3,
    ),
    "rosa": Stone(
        ((230, 200, 188), (214, 174, 160)),
        (
            Veins((176, 122, 112), 1.1, 2.0, 0.09, 0.55, 0.18, 0.28, 0.65),
            Veins((244, 228, 220), 1.4, 1.6, 0.16, 0.5, 0.22, 0.25, 0.65),
        ),
        grain=2.6,
    ),
    "bardiglio": Stone(
        ((206, 211, 220), (172, 179, 190)),
        (
            Veins((134, 141, 154), 3.2, 9.0, 0.2, 0.5, 0.04, 0.14, 0.8),
            Veins((92, 98, 110), 1.5, 9.0, 0.06, 0.65, 0.04, 0.12, 0.6),
            Veins((244, 247, 252), 1.0, 3.0, 0.14, 0.6, 0.12, 0.3, 0.5),
        ),
        grain=2.8,
        cloud_stretch=3.5,
    ),
    "thassos": Stone(
        ((216, 216, 215), (200, 201, 203)),
        (Veins((184, 184, 186), 0.8, 1.4, 0.26, 0.4, 0.2, 0.25, 0.6),),
        grain=2.0,
        cloud=0.8,
    ),
    "emperador": Stone(
        ((116, 84, 64), (76, 52, 40)),
        (
            Veins((208, 180, 148), 1.4, 1.2, 0.05, 0.65, 0.2, 0.25, 0.65),
            Veins((152, 116, 88), 2.4, 1.1, 0.1, 0.5, 0.24, 0.28, 0.7),
        ),
        grain=3.0,
        cloud=1.2,
    ),
    "ming": Stone(
        ((192, 203, 193), (168, 182, 172)),
        (
            Veins((224, 229, 218), 1.2, 1.8, 0.12, 0.6, 0.16, 0.28, 0.65),
            Veins((136, 152, 138), 1.7, 2.6, 0.11, 0.45, 0.16, 0.28, 0.65),
        ),
        grain=3.0,
        cloud_stretch=1.8,
    ),
}


def vary(rng: np.random.Generator, stone: Stone) -> Stone:
    """The same kind of stone from another block: colours, density and strength of veins differ a little."""
    shift = rng.normal(0.0, 1.8, 3)
    shade = float(rng.uniform(-9.0, 7.0))

    def recolour(colour: Colour) -> Colour:
        red, green, blue = np.clip(np.asarray(colour) + shift + shade, 8.0, 250.0).tolist()
        return red, green, blue

    veins = tuple(
        replace(
            family,
            colour=recolour(family.colour),
            density=family.density * float(rng.uniform(0.7, 1.4)),
            width=family.width * float(rng.uniform(0.7, 1.4)),
            strength=min(0.95, family.strength * float(rng.uniform(0.6, 1.2))),
            cover=min(0.9, family.cover * float(rng.uniform(0.6, 1.25))),
        )
        for family in stone.veins
    )
    ground = (recolour(stone.ground[0]), recolour(stone.ground[1]))
    return replace(stone, ground=ground, veins=veins, cloud=stone.cloud * float(rng.uniform(0.6, 1.3)))


def surface(rng: np.random.Generator, stone: Stone, height: int, width: int) -> NDArray[np.float32]:
    """The polished face of a faultless slab, evenly lit.

    Returns float32 [height, width, 3] in 0..255. Lengths are relative to the short side.
    """
    short = float(min(height, width))
    rows, columns = (axis.astype(np.float32) / np.float32(short) for axis in np.indices((height, width)))
    angle = float(rng.uniform(0.0, math.pi))
    fold_rows = _wander(rng, rows, columns)
    fold_columns = _wander(rng, rows, columns)

    across, along = _turn(rows, columns, angle)
    cloud = _look(rng, "cloud", across * 330.0, along * 330.0 / stone.cloud_stretch)
    mix = 1.0 / (1.0 + np.exp(-1.6 * stone.cloud * cloud))
    light, dark = (np.asarray(colour, dtype=np.float32) for colour in stone.ground)
    face: NDArray[np.float32] = dark + mix[..., None] * (light - dark)
    for family in stone.veins:
        folded_rows, folded_columns = rows + family.warp * fold_rows, columns + family.warp * fold_columns
        across, along = _turn(folded_rows, folded_columns, angle + float(rng.normal(0.0, 0.25)))
        opacity = _opacity(rng, family, across, along)
        face += opacity[..., None] * (np.asarray(family.colour, dtype=np.float32) - face)
    return face


def _turn(rows: Field, columns: Field, angle: float) -> tuple[Field, Field]:
    """Coordinates across and along a direction, `angle` in radians from the horizontal."""
    cosine, sine = np.float32(math.cos(angle)), np.float32(math.sin(angle))
    return rows * cosine - columns * sine, columns * cosine + rows * sine


def _wander(rng: np.random.Generator, rows: Field, columns: Field) -> Field:
    """A smooth displacement of about unit size, shared by all veins of a slab as one folding of the rock."""
    return _look(rng, "cloud", rows * 260.0, columns * 260.0)


def _opacity(rng: np.random.Generator, family: Veins, across: Field, along: Field) -> Field:
    scale = 1024.0 / 14.0 * family.density
    level = _look(rng, "band", across * scale, along * scale / family.stretch)
    level += family.raggedness * _look(rng, "cloud", across * 900.0, along * 900.0)
    level += 0.12 * family.raggedness * _look(rng, "fibre", across * 700.0, along * 700.0)
    fade = _look(rng, "cloud", across * 520.0, along * 520.0 / (1.5 * family.stretch))
    threshold = 2.0 * (0.5 - family.cover)
    shown = np.clip((fade - threshold) * 1.6, 0.0, 1.0)
    half = family.width * (0.45 + 0.9 * shown)
    ridge = np.exp(-(np.abs(level / half) ** 1.6))
    opacity: Field = (family.strength * shown * ridge).astype(np.float32)
    return opacity


def _look(rng: np.random.Generator, kind: str, rows: Field, columns: Field) -> Field:
    top, left = rng.uniform(4096.0, 8192.0, 2)
    return sample(pick(rng, kind), rows + np.float32(top), columns + np.float32(left))
