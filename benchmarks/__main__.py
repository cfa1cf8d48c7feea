"""``python -m benchmarks [ROW ...]``: measure, print one table, keep it as JSON beside the last one."""

import argparse
import importlib
import sys
import time
from collections.abc import Sequence
from dataclasses import replace
from typing import Final

from tests.services.missing import ServerMissing

from benchmarks.report import Result, machine, read_last, table, write
from benchmarks.servers import let_go

ROWS: Final = (
    "end_to_end",
    "latency",
    "neighbour",
    "gate",
    "once_a_minute",
    "cost",
    "memory",
    "scale",
    "overload",
    "batching",
    "console",
    "analytics",
    "large_pictures",
)
ON_REQUEST: Final = ("model", "peers", "console_servers")
"""Rows that need more than the line does: measured only if they are named."""


def main() -> int:
    """Exit code 0: all rows measured; 1: a row could not be."""
    parser = argparse.ArgumentParser(prog="python -m benchmarks", description=__doc__)
    known = (*ROWS, *ON_REQUEST)
    parser.add_argument("rows", nargs="*", choices=[*known, []], metavar="ROW", help=", ".join(known))
    parser.add_argument("--quick", action="store_true", help="small sizes: to see that a row works")
    args = parser.parse_args()
    try:
        return measure(args.rows or ROWS, args.quick)
    finally:
        let_go()


def measure(rows: Sequence[str], quick: bool) -> int:
    """Measure these rows, print the table and keep it."""
    results: list[Result] = []
    failed = 0
    about = machine()
    for name in rows:
        began = time.monotonic()
        print(f"{name} ...", file=sys.stderr, flush=True)
        try:
            result = importlib.import_module(f"benchmarks.rows.{name}").run(quick)
        except (ServerMissing, TimeoutError) as error:
            print(f"{name}: {error}", file=sys.stderr)
            failed += 1
            continue
        took = time.monotonic() - began
        print(f"{name}: {took:.0f} s", file=sys.stderr, flush=True)
        results.append(replace(result, took_s=took))
    print(table(results, read_last()))
    for name in ("processor", "cores", "disk", "load_1_5_15", "commit"):
        print(f"{name}: {about[name]}")
    print(f"written to {write(results, about)}")
    return int(failed > 0)


if __name__ == "__main__":
    sys.exit(main())
