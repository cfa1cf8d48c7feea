"""Kinds of arrays in training, by name. ``domain.model.Floats`` are float32, as models take and give them."""

import numpy as np
from numpy.typing import NDArray

Values = NDArray[np.float64]
"""Scores, logits and probabilities to calculate with."""

Flags = NDArray[np.bool_]
"""Whether something holds, an item each."""
