"""In the pod `lander`: put pictures of drawn slabs into the landing folder: ``drop.py COUNT SEED``.

Each is written beside and renamed, as a machine should that drops pictures. Prints how many there are now.
"""

import json
import sys
from pathlib import Path

from PIL import Image

from marbleline.synthetic.slab import draw

folder = Path("/pictures")
count, seed = int(sys.argv[1]), int(sys.argv[2])
for number in range(seed, seed + count):
    beside = folder / f".{number}.part"
    Image.fromarray(draw(number, label="good").rgb).save(beside, "JPEG", quality=90)
    beside.rename(folder / f"slab-{number}.jpg")
print(json.dumps(len(list(folder.glob("*.jpg")))))
