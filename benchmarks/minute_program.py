"""The once-a-minute way, rebuilt from its description: one run of the script that the minute starts.

``python -m benchmarks.minute_program DATABASE MODEL``: a fresh process loads the framework and the model,
reads the newest 20 documents, judges them one by one, and sends picture and label to two queues that nothing
connects.
Kinder than the original in two ways: LiteRT instead of TensorFlow, and SQLite instead of servers.
"""

import base64
import resource
import sqlite3
import sys
import time
from pathlib import Path


def main(database: str, model: str) -> None:
    """Judge the newest 20 documents; note when and at what cost."""
    from marbleline.adapters.classifiers.litert import LiteRtClassifier
    from marbleline.domain.model import CLASSES, newest_version
    from marbleline.domain.picture import model_input

    classifier = LiteRtClassifier(newest_version(Path(model)))
    connection = sqlite3.connect(database, timeout=30)
    rows = connection.execute("SELECT id, image FROM documents ORDER BY id DESC LIMIT 20").fetchall()
    for number, image in rows:
        pixels = model_input(base64.b64decode(image), classifier.manifest.input)
        scores = classifier.classify([pixels]).predictions[0].scores
        with connection:
            connection.execute("INSERT INTO images VALUES (?)", (image,))
        with connection:
            connection.execute("INSERT INTO labels VALUES (?)", (CLASSES[int(scores.argmax())],))
        with connection:
            connection.execute("INSERT INTO judged VALUES (?, ?)", (number, time.time()))
    used = resource.getrusage(resource.RUSAGE_SELF)
    with connection:
        connection.execute("INSERT INTO costs VALUES (?)", (used.ru_utime + used.ru_stime,))


if __name__ == "__main__":
    main(sys.argv[1], sys.argv[2])
