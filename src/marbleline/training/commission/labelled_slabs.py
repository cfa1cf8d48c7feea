"""Labelled pictures as heads learn from them: what was seen of each, and what was said of it."""

from collections.abc import Sequence
from dataclasses import dataclass
from functools import cached_property
from itertools import chain

import numpy as np
from numpy.typing import NDArray

from marbleline.domain.model import Floats
from marbleline.domain.product_heads import HeadInput
from marbleline.training.arrays import Flags, Values


@dataclass(frozen=True)
class LabelledSlabs:
    """Labelled pictures: what was seen of each, whether it is faulty, its slab and its defect's class.

    ``project``  the projection that the head inputs were made with
    ``views``    further views of each picture, view by view all its windows, or empty: heads learn from them,
                 and no figure rests on them
    ``further_windows``  of a picture in windows all but the first, which is in ``head_inputs``, or empty
    ``marked``   of a faulty picture the numbers of the windows in which the defect was marked; empty: of none
    """

    project: Floats
    head_inputs: Sequence[HeadInput]
    faulty: Flags
    groups: NDArray[np.str_]
    meanings: NDArray[np.str_]
    views: Sequence[Sequence[HeadInput]] = ()
    further_windows: Sequence[Sequence[HeadInput]] = ()
    marked: Sequence[Sequence[int]] = ()

    def where(self, chosen: Flags | NDArray[np.intp]) -> "LabelledSlabs":
        """Those pictures only."""
        numbers = np.flatnonzero(chosen) if chosen.dtype == np.bool_ else chosen
        return LabelledSlabs(
            self.project,
            [self.head_inputs[int(number)] for number in numbers],
            self.faulty[numbers],
            self.groups[numbers],
            self.meanings[numbers],
            [self.views[int(number)] for number in numbers] if self.views else (),
            [self.further_windows[int(number)] for number in numbers] if self.further_windows else (),
            [self.marked[int(number)] for number in numbers] if self.marked else (),
        )

    @cached_property
    def windows(self) -> list[list[HeadInput]]:
        """Of each picture what was seen of its windows, in order: of one in one piece a single input."""
        further = self.further_windows or [()] * len(self.head_inputs)
        return [[first, *more] for first, more in zip(self.head_inputs, further, strict=True)]

    @cached_property
    def all_windows(self) -> list[HeadInput]:
        """Those of all pictures, one picture after the other."""
        return list(chain.from_iterable(self.windows))

    @cached_property
    def pictures(self) -> NDArray[np.intp]:
        """The number of the picture of each of ``all_windows``."""
        return np.repeat(np.arange(len(self.windows)), [len(one) for one in self.windows])

    def highest(self, scores: Values | Floats) -> NDArray[np.intp]:
        """Of each picture the place of its window with the highest of the ``scores`` of all windows."""
        starts = np.searchsorted(self.pictures, np.arange(len(self.windows)))
        ends = np.append(starts[1:], len(self.pictures))
        return np.array(
            [start + scores[start:end].argmax() for start, end in zip(starts, ends, strict=True)], np.intp
        )

    def all_views(self, learnt: Sequence[Sequence[int]] | None = None) -> list[list[HeadInput]]:
        """Of each picture the plain view, then the further ones; of several windows those in ``learnt``."""
        further = self.views or [()] * len(self.head_inputs)
        found = []
        for number, (windows, more) in enumerate(zip(self.windows, further, strict=True)):
            chosen = range(len(windows)) if learnt is None else learnt[number]
            plain = [windows[window] for window in chosen]
            found.append([*plain, *(view for window in chosen for view in more[window :: len(windows)])])
        return found
