"""``python -m tests.gige_faults``: exit code 1 if an incomplete frame was judged or a sequence misses."""

import argparse
import sys
import tempfile
from pathlib import Path

from tests.gige_faults.run import as_text, run


def main() -> int:
    """Run and print."""
    parser = argparse.ArgumentParser(prog="python -m tests.gige_faults", description=__doc__)
    parser.add_argument("--seconds", type=float, default=300.0)
    parser.add_argument("--kills", type=int, default=20)
    parser.add_argument("--rate", type=float, default=5.0, help="frames per second that are judged")
    parser.add_argument("--seed", type=int, default=1)
    args = parser.parse_args()
    with tempfile.TemporaryDirectory() as folder:
        result = run(Path(folder), args.seconds, args.kills, args.rate, args.seed)
    print(as_text(result))
    return int(bool(result.broken or result.missing))


if __name__ == "__main__":
    sys.exit(main())
