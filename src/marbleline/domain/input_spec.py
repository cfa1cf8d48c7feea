"""The size of a model's input for a picture of any size."""

from dataclasses import dataclass

from marbleline.errors import ModelError


@dataclass(frozen=True, slots=True)
class InputSpec:
    """The size of a model's input: the aspect ratio is kept, the short side is fixed.

    The short side becomes ``short_side`` pixels, the long one follows to the nearest multiple of
    ``step`` and no further than ``max_long_side``. 640x480 becomes 320x240 for the default.

    ``window``: pixels of a captured picture that ``short_side`` of the input shows at most; 0: all of them.
    A picture with a longer short side keeps its details: its input is larger, and judged in windows
    (``domain.windows``). So is one that is too elongated to be judged in one piece.
    """

    short_side: int = 240
    step: int = 16
    max_long_side: int = 960
    window: int = 0

    def __post_init__(self) -> None:
        """Raises ModelError unless both sides are multiples of ``step``, and the long one is no shorter.

        A window is at least as large as what it is shown as.
        """
        if self.step < 1 or not self.step <= self.short_side <= self.max_long_side:
            raise ModelError(f"input {self}: need 1 <= step <= short_side <= max_long_side")
        if self.short_side % self.step or self.max_long_side % self.step:
            raise ModelError(f"input {self}: short_side and max_long_side must be multiples of step")
        if self.window and self.window < self.short_side:
            raise ModelError(f"input {self}: window must be 0, or {self.short_side} pixels or more")

    def size_for(self, width: int, height: int) -> tuple[int, int]:
        """(width, height) of the input made of a picture of this width and height, in pixels.

        A picture more elongated than ``max_long_side`` allows would come out squeezed: ``read`` refuses it.
        """
        if self.window and self.in_windows(width, height):
            shown = min(self.window, width, height)
            across, down = (round(self.short_side * side / shown / self.step) for side in (width, height))
            return across * self.step, down * self.step
        long = min(self._long_side(width, height), self.max_long_side)
        return (long, self.short_side) if width >= height else (self.short_side, long)

    def takes(self, width: int, height: int) -> bool:
        """Whether a picture of this width and height keeps its aspect ratio in the input."""
        return self._long_side(width, height) <= self.max_long_side or self.in_windows(width, height)

    def in_windows(self, width: int, height: int) -> bool:
        """Whether a picture of this width and height is judged in windows."""
        if not self.window:
            return False
        return min(width, height) > self.window or self._long_side(width, height) > self.max_long_side

    def _long_side(self, width: int, height: int) -> int:
        short, long = sorted((width, height))
        return round(self.short_side * long / short / self.step) * self.step
