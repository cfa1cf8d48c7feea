"""What each pod of a line holds in memory once enough frames went through: ``python -m tests.e2e.memory``.

Waits until so many frames (5,000 unless said otherwise) were captured in all, then adds up the resident
memory of each pod's processes, the most that it ever was, and what its values request and allow.
"""

import argparse
import re

from tests.e2e.account import captured
from tests.e2e.cluster import Release, wait_until

MIB = 2**20


def main() -> None:
    """Print a line per pod, MiB."""
    parser = argparse.ArgumentParser(prog="python -m tests.e2e.memory", description=__doc__)
    parser.add_argument("namespace")
    parser.add_argument("release")
    parser.add_argument("--frames", type=int, default=5_000)
    args = parser.parse_args()
    release = Release(args.namespace, args.release)

    def enough() -> bool:
        return sum(captured(release).values()) >= args.frames

    wait_until(f"{args.frames} frames captured", enough, 1_200)
    print(f"{'pod':<34} {'now':>5} {'most':>5} {'request':>8} {'limit':>7}  restarts")
    for pod in release.get("pods")["items"]:
        if pod["status"]["phase"] == "Running":
            name = pod["metadata"]["name"]
            said = release.kubectl("exec", name, "--", "sh", "-c", "cat /proc/[0-9]*/status")
            now, most = (_sum(said, field) for field in ("VmRSS", "VmHWM"))
            [container] = [one for one in pod["spec"]["containers"] if one["name"] != "sidecar"]
            resources = container["resources"]
            request = resources.get("requests", {}).get("memory", "-")
            limit = resources.get("limits", {}).get("memory", "-")
            restarts = sum(one["restartCount"] for one in pod["status"]["containerStatuses"])
            print(f"{name:<34} {now:>5} {most:>5} {request:>8} {limit:>7}  {restarts}")


def _sum(status: str, field: str) -> int:
    # The shell that reads them is among them, at a megabyte or less.
    return sum(int(kib) for kib in re.findall(rf"{field}:\s+(\d+) kB", status)) * 1024 // MIB


if __name__ == "__main__":
    main()
