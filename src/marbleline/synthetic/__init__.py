"""Procedural marble slabs with exact defect masks; numpy and Pillow only.

>>> from marbleline.synthetic import draw
>>> slab = draw(seed=7, label="crack")
>>> slab.rgb.shape, slab.label, bool(slab.mask.any())
((480, 640, 3), 'crack', True)
"""

from marbleline.synthetic.slab import LABELS, Slab, draw
from marbleline.synthetic.stone import STONES

__all__ = ["LABELS", "STONES", "Slab", "draw"]
