"""Where a saturated line's time goes: ``python -m benchmarks.profile [real]``.

Samples encoder, publisher and camera at once and prints the functions in whose own lines each was seen most.
"""

import shutil
import subprocess
import sys
import tempfile
from collections import Counter
from collections.abc import Mapping
from pathlib import Path
from typing import Final

from benchmarks.pictures import folder_of_pictures
from benchmarks.saturated import Load, run_saturated
from benchmarks.servers import embedded, real
from benchmarks.workers import Worker

SECONDS: Final = 8
SHOWN: Final = 24


def main() -> int:
    """Print a table for each process."""
    tool = shutil.which("py-spy") or str(Path(sys.executable).with_name("py-spy"))
    frames = int(sys.argv[2]) if len(sys.argv) > 2 else 600
    with (
        folder_of_pictures() as images,
        real() if "real" in sys.argv else embedded() as place,
        tempfile.TemporaryDirectory() as name,
    ):
        started: dict[str, subprocess.Popen[bytes]] = {}

        def watch(workers: Mapping[str, Worker]) -> None:
            for who, worker in workers.items():
                if who not in started:
                    path = Path(name) / who
                    command = [tool, "record", "-p", str(worker.process.pid), "-d", str(SECONDS), "-r", "200"]
                    started[who] = subprocess.Popen(
                        [*command, "-f", "raw", "-o", str(path)],
                        stdout=subprocess.DEVNULL,
                        stderr=subprocess.DEVNULL,
                    )

        run = run_saturated(place, images, Load(frames), watch=watch)
        for process in started.values():
            process.wait()
        print(f"{run.rate:.1f}/s", {who: f"{cost * 1e3:.2f} ms" for who, cost in run.cpu.items()})
        for who in started:
            show(who, Path(name) / who)
    return 0


def show(who: str, path: Path) -> None:
    """Own and whole share of each function."""
    own: Counter[str] = Counter()
    whole: Counter[str] = Counter()
    for line in path.read_text().splitlines():
        stack, count = line.rsplit(" ", 1)
        functions = [part.rsplit(":", 1)[0] for part in stack.split(";")]
        own[functions[-1]] += int(count)
        for function in set(functions):
            whole[function] += int(count)
    total = sum(own.values())
    print(f"\n{who}: {total} samples; own share, whole share")
    for function, count in own.most_common(SHOWN):
        print(f"  {count / total:6.1%} {whole[function] / total:6.1%}  {function}")


if __name__ == "__main__":
    sys.exit(main())
