"""Which examples a training set is made of: real pictures, drawn defects on real stone, synthetic slabs."""

from __future__ import annotations

from collections.abc import Iterable, Mapping
from dataclasses import dataclass

from marbleline.training.data.dataset import Sample
from marbleline.training.data.examples import ExampleRecipe

_PATCH = (144, 144)


@dataclass(frozen=True)
class Mix:
    """How many examples of each kind, at `scale` 1; a smaller scale trains faster and worse."""

    real_per_class: int = 1500
    masked_copies: int = 7
    faulty_copies: int = 16
    pasted: int = 350
    slabs: int = 550
    patches: int = 220
    scale: float = 1.0


def training_recipes(
    sets: Mapping[str, Iterable[Sample]], seed: int, mix: Mix | None = None
) -> list[ExampleRecipe]:
    """Recipes for one training set from the `train` split of every set; `unsure` pictures are left out.

    Sets with masks are cut closer (the mask says what is still in the picture); every set's good pictures
    also get drawn cracks, dots and joints, so that a defect is learnt on real stone. Synthetic slabs come
    whole and as close-ups. Copies differ by augmentation.
    """
    mix = mix or Mix()
    recipes: list[ExampleRecipe] = []
    for name, samples in sets.items():
        known = [s for s in samples if s.split == "train" and s.meaning != "unsure"]
        for meaning in ("good", "crack", "dot", "joint", "faulty"):
            chosen = [s for s in known if s.meaning == meaning]
            if not chosen:
                continue
            copies = _copies(chosen, meaning, mix)
            smallest = 0.55 if chosen[0].mask else 0.75 if meaning == "good" else 0.9
            recipes += [
                ExampleRecipe("real", name, 0, meaning, sample, smallest)
                for sample in chosen
                for _ in range(copies)
            ]
            if meaning == "good":
                for defect in ("crack", "dot", "joint"):
                    count = round(mix.pasted * mix.scale)
                    recipes += [
                        ExampleRecipe(
                            "pasted", f"{name}+{defect}", 0, defect, chosen[n * 7919 % len(chosen)], 0.75
                        )
                        for n in range(count)
                    ]
    for meaning, share in (("good", 2.0), ("crack", 1.0), ("dot", 1.0), ("joint", 1.0)):
        recipes += [ExampleRecipe("synthetic", "slabs", 0, meaning)] * round(mix.slabs * share * mix.scale)
        recipes += [ExampleRecipe("synthetic", "close-ups", 0, meaning, size=_PATCH)] * round(
            mix.patches * share * mix.scale
        )
    return [_seeded(recipe, seed * 1_000_003 + number) for number, recipe in enumerate(recipes)]


def plain_recipes(sets: Mapping[str, Iterable[Sample]], seed: int, slabs: int = 300) -> list[ExampleRecipe]:
    """Training pictures as they are, of the sets that have good and faulty ones, and drawn slabs."""
    recipes: list[ExampleRecipe] = []
    for name, samples in sets.items():
        known = [s for s in samples if s.split == "train" and s.meaning != "unsure"]
        if len({sample.meaning == "good" for sample in known}) == 2:
            recipes += [ExampleRecipe("plain", name, 0, sample.meaning, sample) for sample in known]
    for number in range(slabs):
        meaning = ("good", "crack", "good", "dot", "good", "joint")[number % 6]
        recipes.append(ExampleRecipe("plain", "slabs", 0, meaning))
    return [_seeded(recipe, seed * 2_000_003 + number) for number, recipe in enumerate(recipes)]


def _copies(chosen: list[Sample], meaning: str, mix: Mix) -> int:
    if chosen[0].mask:
        wanted = mix.masked_copies
    elif meaning == "faulty":
        wanted = mix.faulty_copies
    else:
        wanted = min(24, round(mix.real_per_class / len(chosen)) or 1)
    return max(1, round(wanted * mix.scale))


def _seeded(recipe: ExampleRecipe, seed: int) -> ExampleRecipe:
    return ExampleRecipe(
        recipe.way, recipe.source, seed, recipe.meaning, recipe.sample, recipe.smallest, recipe.size
    )
