"""What goes wrong with a slab: cracks, dots and joints, each drawn with its exact mask."""

from __future__ import annotations

import math

import numpy as np
from numpy.typing import NDArray
from PIL import Image, ImageDraw, ImageFilter

from marbleline.synthetic.noise import pick, window

Rgb = NDArray[np.float32]
Mask = NDArray[np.bool_]
Points = NDArray[np.float64]

_STAINS = ((1.0, 0.8, 0.52), (0.82, 0.8, 0.77), (0.9, 0.76, 0.6))
"""What a stain lets through of red, green and blue: iron, dirt, both."""


def add_crack(rng: np.random.Generator, rgb: Rgb) -> Mask:
    """Break the slab: one jagged line, sometimes with branches, a lit rim and a stain along it.

    Changes `rgb` (float32 [h, w, 3], 0..255) in place and returns the mask, bool [h, w].
    """
    height, width = rgb.shape[:2]
    short = min(height, width)
    heading = float(rng.uniform(0.0, 2.0 * math.pi))
    length = short * float(rng.uniform(0.35, 1.25))
    middle = np.array([width * rng.uniform(0.2, 0.8), height * rng.uniform(0.2, 0.8)])
    step = 0.5 * length * np.array([math.cos(heading), math.sin(heading)])
    main = _jagged(rng, middle - step, middle + step, float(rng.uniform(0.08, 0.2)))
    paths = [main]
    for _ in range(int(rng.choice([0, 0, 1, 1, 2]))):
        start = main[int(rng.integers(len(main) // 5, len(main) * 4 // 5))]
        turn = heading + float(rng.choice([-1.0, 1.0])) * float(rng.uniform(0.4, 1.1))
        reach = length * float(rng.uniform(0.15, 0.4))
        end = start + reach * np.array([math.cos(turn), math.sin(turn)])
        paths.append(_jagged(rng, start, end, 0.16))
    thickness = max(1.5, short / 480.0 * float(rng.uniform(1.8, 4.8)))
    layer = Image.new("L", (width * 2, height * 2))
    pen = ImageDraw.Draw(layer)
    for number, path in enumerate(paths):
        _stroke(rng, pen, path * 2.0, 2.0 * thickness * (1.0 if number == 0 else 0.6))
    cover = np.asarray(layer.reduce(2), dtype=np.float32) / 255.0

    box = _box(cover > 0.0, margin=int(short * 0.06))
    part, alpha = rgb[box], cover[box]
    brightness = float(part.mean())
    if rng.random() < 0.3:
        _stain(rng, part, alpha, radius=short * float(rng.uniform(0.008, 0.02)))
    rim = np.roll(alpha, (int(rng.choice([-1, 1])) * max(1, round(thickness * 0.6)),) * 2, (0, 1))
    part += (np.clip(rim - alpha, 0.0, 1.0) * float(rng.uniform(0.0, 34.0)))[..., None]
    roughness = 0.85 + 0.15 * window(rng, pick(rng, "fibre"), *alpha.shape)
    depth = np.clip(alpha * roughness, 0.0, 1.0) * float(rng.uniform(0.72, 0.95))
    part += depth[..., None] * (_inside(rng, brightness) - part)
    mask: Mask = cover >= 0.4
    return mask


def add_dots(rng: np.random.Generator, rgb: Rgb) -> Mask:
    """Pits and spots: one to seven small, irregular blobs, often close together; see `add_crack`."""
    height, width = rgb.shape[:2]
    short = min(height, width)
    mask = np.zeros((height, width), dtype=np.bool_)
    centre = np.array([rng.uniform(0.15, 0.85) * width, rng.uniform(0.15, 0.85) * height])
    spread = short * float(rng.uniform(0.06, 0.3))
    colour = _inside(rng, float(rgb.mean()))
    for _ in range(int(rng.integers(1, 8))):
        x, y = centre + rng.normal(0.0, spread, 2)
        radius = max(1.8, short / 480.0 * float(rng.uniform(2.8, 9.0)))
        reach = int(radius * 2.6) + 2
        left, top = round(x) - reach, round(y) - reach
        if left < 0 or top < 0 or left + 2 * reach >= width or top + 2 * reach >= height:
            continue
        _dot(rng, rgb, mask, (left, top), reach=reach, radius=radius, colour=colour)
    if not mask.any():
        reach = max(7, int(short * 0.035))
        corner = (width // 2 - reach, height // 2 - reach)
        _dot(rng, rgb, mask, corner, reach=reach, radius=reach / 2.8, colour=colour)
    return mask


def add_joint(rng: np.random.Generator, rgb: Rgb) -> Mask:
    """Two pieces put together: a straight filled line from edge to edge, then the next piece of stone.

    See `add_crack`.
    """
    height, width = rgb.shape[:2]
    short = min(height, width)
    lean = float(rng.normal(0.0, 0.06)) if rng.random() < 0.7 else float(rng.uniform(-0.7, 0.7))
    angle = lean + (math.pi / 2 if rng.random() < 0.5 else 0.0)
    normal = np.array([math.cos(angle), math.sin(angle)], dtype=np.float32)
    through = np.array([width * rng.uniform(0.2, 0.8), height * rng.uniform(0.2, 0.8)], dtype=np.float32)
    columns = np.arange(width, dtype=np.float32)[None, :] - through[0]
    rows = np.arange(height, dtype=np.float32)[:, None] - through[1]
    distance = columns * normal[0] + rows * normal[1]

    far = distance > 0.0
    # The neighbour is the same slab turned round: the veins break off at the line, as they do in a shop.
    other = rgb[::-1, ::-1]
    gain = 1.0 + float(rng.normal(0.0, 0.035))
    if rng.random() < 0.75:
        rgb[far] = other[far] * np.float32(gain)

    half = max(0.9, short / 480.0 * float(rng.uniform(1.1, 4.0)))
    wobble = 0.25 * half * window(rng, pick(rng, "fibre"), height, width)
    near = np.abs(distance) < half + 4.0
    offset = np.abs(distance[near] + wobble[near])
    fill = np.clip(half + 0.5 - offset, 0.0, 1.0) * float(rng.uniform(0.75, 0.95))
    edge = np.clip(1.4 - np.abs(offset - half - 0.3), 0.0, 1.0) * float(rng.uniform(0.1, 0.45))
    pixels = rgb[near]
    pixels += edge[:, None] * (pixels * 0.45 - pixels)
    pixels += fill[:, None] * (_filler(rng, float(rgb.mean())) - pixels)
    rgb[near] = pixels
    mask: Mask = np.abs(distance) <= half + 0.5
    return mask


def _jagged(rng: np.random.Generator, start: Points, end: Points, sway: float) -> Points:
    """A broken line by midpoint displacement (Fournier et al. 1982): points [n, 2] as x, y."""
    points = np.stack([start, end])
    size = float(np.linalg.norm(end - start)) * sway
    while len(points) < 65:
        middle = (points[:-1] + points[1:]) / 2.0 + rng.normal(0.0, size, (len(points) - 1, 2)) * 0.6
        joined = np.empty((len(points) * 2 - 1, 2))
        joined[::2], joined[1::2] = points, middle
        points, size = joined, size * 0.52
    return points


def _stroke(rng: np.random.Generator, pen: ImageDraw.ImageDraw, path: Points, thickness: float) -> None:
    """Draw a line that swells, thins out towards its ends and here and there almost closes."""
    steps = len(path) - 1
    place = np.linspace(0.0, 1.0, steps)
    ends = np.clip(np.minimum(place, 1.0 - place) * 6.0, 0.25, 1.0)
    swell = np.interp(place, np.linspace(0.0, 1.0, 9), rng.uniform(0.45, 1.25, 9))
    for number, size in enumerate(ends * swell * thickness):
        (x0, y0), (x1, y1) = path[number], path[number + 1]
        pen.line((x0, y0, x1, y1), fill=255, width=max(2, round(float(size))))


def _stain(rng: np.random.Generator, part: Rgb, alpha: NDArray[np.float32], radius: float) -> None:
    """Rust or dirt that has crept from the crack into the stone."""
    halo = Image.fromarray((alpha * 255.0).astype(np.uint8)).filter(ImageFilter.BoxBlur(radius))
    soft = np.asarray(halo.filter(ImageFilter.BoxBlur(radius)), dtype=np.float32) / 255.0
    tint = np.array(_STAINS[int(rng.integers(len(_STAINS)))], dtype=np.float32)
    part *= 1.0 - np.clip(soft * float(rng.uniform(0.8, 2.2)), 0.0, 0.9)[..., None] * (1.0 - tint)


def _dot(
    rng: np.random.Generator,
    rgb: Rgb,
    mask: Mask,
    corner: tuple[int, int],
    *,
    reach: int,
    radius: float,
    colour: NDArray[np.float32],
) -> None:
    left, top = corner
    side = np.arange(2 * reach + 1, dtype=np.float32) - reach
    stretch = float(rng.uniform(0.65, 1.0))
    around = np.arctan2(side[:, None], side[None, :])
    outline = np.full(around.shape, radius, dtype=np.float32)
    for waves in (1, 2, 3, 5):
        outline += radius * 0.14 * np.cos(waves * around + rng.uniform(0.0, 2.0 * math.pi)) / math.sqrt(waves)
    distance = np.hypot(side[:, None] / stretch, side[None, :])
    cover = np.clip((outline - distance) / 1.6 + 0.5, 0.0, 1.0)
    halo = np.exp(-((distance / (1.6 * radius)) ** 2)) * float(rng.uniform(0.0, 0.3))
    cut = np.s_[top : top + 2 * reach + 1, left : left + 2 * reach + 1]
    depth = np.maximum(cover * float(rng.uniform(0.75, 0.95)), halo)
    rgb[cut] += depth[..., None] * (colour - rgb[cut])
    mask[cut] |= cover >= 0.5


def _inside(rng: np.random.Generator, brightness: float) -> NDArray[np.float32]:
    """The colour in the depth of a crack or pit: dark, on a dark stone sometimes pale with stone dust."""
    if brightness < 90.0 and rng.random() < 0.6:
        shade = brightness + float(rng.uniform(70.0, 130.0))
        return np.array([shade, shade * 0.96, shade * 0.9], dtype=np.float32)
    shade = brightness * float(rng.uniform(0.08, 0.42))
    warm = float(rng.uniform(0.0, 0.28))
    return np.array([shade * (1.0 + warm), shade, shade * (1.0 - warm)], dtype=np.float32)


def _filler(rng: np.random.Generator, brightness: float) -> NDArray[np.float32]:
    """The colour of the resin or cement in a joint: clearly lighter or darker than the stone."""
    if brightness > 190.0 or (brightness > 80.0 and rng.random() < 0.6):
        shade = brightness * float(rng.uniform(0.35, 0.62))
    else:
        shade = brightness + (255.0 - brightness) * float(rng.uniform(0.6, 0.9))
    warm = float(rng.uniform(-0.03, 0.12))
    return np.array([shade * (1.0 + warm), shade, shade * (1.0 - warm)], dtype=np.float32)


def _box(mask: Mask, margin: int) -> tuple[slice, slice]:
    rows, columns = np.flatnonzero(mask.any(axis=1)), np.flatnonzero(mask.any(axis=0))
    if not len(rows):
        return slice(0, mask.shape[0]), slice(0, mask.shape[1])
    top, left = max(0, int(rows[0]) - margin), max(0, int(columns[0]) - margin)
    return slice(top, int(rows[-1]) + margin + 1), slice(left, int(columns[-1]) + margin + 1)
