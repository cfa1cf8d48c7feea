"""In a pod beside the line: send slabs of a stone that the model was never shown.

``another_stone.py URL COUNT``. It is green, with fissures that its buyers want: a drawn crack is its pattern,
and only dots are faults. A slab's id begins with what it is, good or dot. The same count gives the same
pictures. Prints how many were sent.
"""

import io
import json
import sys
import urllib.request

import numpy as np
from PIL import Image

from marbleline.synthetic.slab import draw

GREEN = np.array([0.35, 0.6, 0.4])
url, count = sys.argv[1], int(sys.argv[2])
for number in range(count):
    truth, drawn = (("good", "crack"), ("dot", "dot"))[number % 2]
    grey = draw(10_000 + number, label=drawn).rgb.mean(axis=2, keepdims=True)
    content = io.BytesIO()
    Image.fromarray((grey * GREEN).astype(np.uint8)).save(content, "JPEG", quality=90)
    headers = {"Content-Type": "image/jpeg", "X-Slab-Id": f"{truth}-{number}"}
    request = urllib.request.Request(url, data=content.getvalue(), headers=headers)
    with urllib.request.urlopen(request, timeout=30) as answer:
        assert answer.status == 201, answer.status
print(json.dumps(count))
