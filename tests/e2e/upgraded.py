"""An earlier chart is upgraded to this one while frames flow: ``tests.e2e.upgraded NAMESPACE RELEASE``.

The chart before is a package made from an earlier commit (``--commit``), installed with that commit's own
ci/e2e-values.yaml and images of it, which are in the cluster with a tag of their own (``--tag``). Then
``helm upgrade`` to this chart with today's values, as docs/upgrading.md says. All frames are counted.
Exit code: 0 no frame is lost or counted twice, 1 one is.
"""

import argparse
import subprocess
import sys
import tempfile
from pathlib import Path
from typing import Final

from tests.e2e import values
from tests.e2e.account import acked
from tests.e2e.cluster import CHART, Broken, Release, command, wait_until
from tests.e2e.install import judged, prepare
from tests.e2e.rollouts import all_rolled_out, blind, now
from tests.e2e.table import HEAD, line_of

BEFORE: Final = 300  # frames that the version before has judged
LIMIT: Final = "10m"
BLIND_LIMIT_S: Final = 60.0


def main() -> int:
    """Install, upgrade and count."""
    parser = argparse.ArgumentParser(prog="python -m tests.e2e.upgraded", description=__doc__)
    parser.add_argument("namespace")
    parser.add_argument("release")
    parser.add_argument("--commit", required=True, help="whose chart is installed first")
    parser.add_argument("--tag", default="before", help="of that commit's images")
    args = parser.parse_args()
    release = Release(args.namespace, args.release)
    prepare(release)
    with tempfile.TemporaryDirectory() as folder:
        version = _install_before(release, args.commit, args.tag, Path(folder))
    wait_until(f"{BEFORE} frames judged by version {version}", lambda: judged(release) >= BEFORE, 400)
    since = now()
    release.helm(
        *("upgrade", str(CHART), *values.options()), *("--take-ownership", "--wait", "--timeout", LIMIT)
    )
    all_rolled_out(release)
    account = acked(release)
    cameras = {pod["metadata"]["labels"]["marbleline/camera"] for pod in release.pods("camera")}
    seconds = round((now() - since) / 1e6)
    remark = blind(release, since, cameras, BLIND_LIMIT_S)
    print(line_of(HEAD))
    counts = (account.captured, account.lost, account.twice, account.dead_lettered)
    held = "ok" if account.sound else "FAILED"
    print(line_of((f"chart {version} upgraded", *counts, seconds, held, remark)))
    return int(not account.sound)


def _install_before(release: Release, commit: str, tag: str, folder: Path) -> str:
    """Package and install that commit's chart; its version."""
    tree = subprocess.run(
        ["git", "archive", commit, "charts/marbleline"],
        capture_output=True, check=True, cwd=CHART.parents[1],
    ).stdout  # fmt: skip
    subprocess.run(["tar", "-x", "-C", str(folder)], input=tree, check=True)
    chart = folder / "charts" / "marbleline"
    package = command("helm", "package", str(chart), "-d", str(folder)).strip().rpartition(" ")[2]
    own = str(chart / "ci" / "e2e-values.yaml")
    release.helm(
        *("install", package, "-f", own, "--set", f"image.tag={tag}"), *("--wait", "--timeout", LIMIT)
    )
    return Path(package).stem.removeprefix("marbleline-")


if __name__ == "__main__":
    try:
        sys.exit(main())
    except Broken as error:
        sys.exit(f"upgraded: {error}")
