"""``python -m tests.gate_faults``: exit code 1 if a slab passed wrongly or a read was torn."""

import argparse
import sys
import tempfile
from pathlib import Path

from tests.gate_faults.run import as_text, run


def main() -> int:
    """Run and print."""
    parser = argparse.ArgumentParser(prog="python -m tests.gate_faults", description=__doc__)
    parser.add_argument("--slabs", type=int, default=10_000)
    parser.add_argument("--faults", type=int, help="default: one every ten seconds")
    parser.add_argument("--seed", type=int, default=1)
    parser.add_argument("--keep", type=Path, help="run in this new folder, and keep it")
    args = parser.parse_args()
    faults = args.slabs // 80 if args.faults is None else args.faults
    with tempfile.TemporaryDirectory() as folder:
        result = run(args.keep or Path(folder), args.slabs, faults, args.seed)
    print(as_text(result))
    return int(bool(result.account.wrong or result.account.torn))


if __name__ == "__main__":
    sys.exit(main())
