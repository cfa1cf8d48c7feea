"""``python -m tests.mutations``: a line per mutation; exit code 1 if a test let one pass."""

import argparse
import os
import shutil
import subprocess
import sys
import tempfile
from concurrent.futures import ThreadPoolExecutor
from pathlib import Path

from tests.mutations.mutations import MUTATIONS, Mutation

ROOT = Path(__file__).parents[2]


def main() -> int:
    """Try every mutation, those that need a server only when asked."""
    parser = argparse.ArgumentParser(prog="python -m tests.mutations", description=__doc__)
    parser.add_argument("--servers", action="store_true", help="those that need a real server too")
    parser.add_argument("--only", type=int, metavar="N", help="those of guarantee N")
    parser.add_argument(
        "--jobs",
        type=int,
        default=os.cpu_count() or 1,
        metavar="N",
        help="so many at a time (default: cores)",
    )
    args = parser.parse_args()
    chosen = [
        one for one in MUTATIONS if (args.servers or not one.server) and args.only in (None, one.guarantee)
    ]
    survived = 0
    with tempfile.TemporaryDirectory() as folder, ThreadPoolExecutor(args.jobs) as pool:
        killers = pool.map(lambda one: try_out(one, Path(tempfile.mkdtemp(dir=folder))), chosen)
        for mutation, killer in zip(chosen, killers, strict=True):
            survived += killer is None
            print(f"{mutation.guarantee}  {mutation.what}\n   -> {killer or 'NO TEST FAILED'}", flush=True)
    print(f"{len(chosen) - survived} passed, {survived} failed")
    return 1 if survived else 0


def try_out(mutation: Mutation, folder: Path) -> str | None:
    """The first test that fails on the broken copy, None if none does."""
    copy = folder / "src"
    shutil.copytree(ROOT / "src", copy, ignore=shutil.ignore_patterns("__pycache__"))
    file = copy / "marbleline" / mutation.file
    text = file.read_text(encoding="utf-8")
    if text.count(mutation.old) != 1:
        raise SystemExit(
            f"{mutation.file}: {mutation.what!r} fits {text.count(mutation.old)} places, not one"
        )
    file.write_text(text.replace(mutation.old, mutation.new), encoding="utf-8")
    done = subprocess.run(
        [
            sys.executable,
            "-m",
            "pytest",
            "-x",
            "-q",
            "-p",
            "no:cacheprovider",
            "-p",
            "no:xdist",
            *mutation.tests,
        ],
        cwd=ROOT,
        env={**os.environ, "PYTHONPATH": str(copy), "PYTHONDONTWRITEBYTECODE": "1"},
        capture_output=True,
        text=True,
        check=False,
        timeout=600,
    )
    shutil.rmtree(copy)
    failed = [line for line in done.stdout.splitlines() if line.startswith(("FAILED", "ERROR"))]
    if done.returncode == 0:
        return None
    if not failed:
        raise SystemExit(f"{mutation.what}: pytest ended with {done.returncode}\n{done.stdout}{done.stderr}")
    return failed[0].removeprefix("FAILED ").split(" - ")[0]


if __name__ == "__main__":
    sys.exit(main())
