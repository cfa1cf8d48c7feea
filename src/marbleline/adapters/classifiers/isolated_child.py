"""``python -m marbleline.adapters.classifiers.isolated_child FOLDER``: the child of ``isolated``."""

import sys
from collections.abc import Mapping
from pathlib import Path

import numpy as np

from marbleline.adapters.classifiers.litert import LiteRtClassifier
from marbleline.domain.fields import integer
from marbleline.sandbox.child import Classification, serve


def main() -> None:
    """Serve the version in the folder; a model that judges nothing ends this process before it is ready."""
    classifier = LiteRtClassifier(Path(sys.argv[1]))

    def judge(header: Mapping[str, object], body: bytearray) -> Classification:
        image = np.frombuffer(body, np.uint8).reshape(integer(header, "rows"), integer(header, "columns"), 3)
        [prediction] = classifier.classify([image]).predictions
        rows, columns = prediction.heatmap.shape[:2]
        answer = {"rows": rows, "columns": columns, "anomaly": prediction.anomaly}
        strangest = b"" if prediction.strangest is None else prediction.strangest.to_floats().tobytes()
        return answer, prediction.scores.tobytes() + prediction.heatmap.tobytes() + strangest

    serve(judge)


if __name__ == "__main__":
    main()
