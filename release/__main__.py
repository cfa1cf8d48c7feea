"""``python -m release STEP...``: packages, images, sboms, chart, push, sign. See docs/releasing.md."""

import argparse
import shlex
import sys
from collections.abc import Sequence
from pathlib import Path

from release.chart import package_chart, push_chart, pushed_chart
from release.images import IMAGES_FILE, build_images, pushed_images
from release.sboms import write_sboms
from release.signatures import sign
from release.tools import ROOT, ReleaseError, run
from release.versions import package_version

STEPS = ("packages", "images", "sboms", "chart", "push", "sign")


def main() -> int:
    """Do the steps in the order that they need; 1 if one can't be done."""
    parser = argparse.ArgumentParser(prog="python -m release", description=__doc__)
    parser.add_argument("steps", nargs="+", choices=STEPS, metavar="STEP", help=", ".join(STEPS))
    parser.add_argument("--dist", type=Path, default=ROOT / "dist", help="folder of what is made")
    parser.add_argument("--registry", default="", help="where images and chart are pushed")
    parser.add_argument("--images", nargs="*", default=[], metavar="NAME", help="images to build")
    parser.add_argument("--docker-args", default="", help="further options of docker build")
    parser.add_argument("--key", default="", help="cosign's private key")
    parser.add_argument("--insecure-registry", action="store_true", help="a registry without TLS")
    args = parser.parse_args()
    try:
        for step in (one for one in STEPS if one in args.steps):
            for made in _do(step, args):
                print(f"{step}: {made}", flush=True)
    except ReleaseError as error:
        print(f"release {step}: {error}", file=sys.stderr)
        return 1
    return 0


def _do(step: str, args: argparse.Namespace) -> Sequence[object]:
    dist: Path = args.dist
    if step == "packages":
        package_version()
        run(sys.executable, "-m", "hatchling", "build", "-d", dist)
        return sorted([*dist.glob("*.whl"), *dist.glob("*.tar.gz")])
    if step == "images":
        return list(build_images(dist, args.registry, args.images, shlex.split(args.docker_args)).values())
    images = pushed_images(dist) if (dist / IMAGES_FILE).is_file() else {}
    if step == "sboms":
        return write_sboms(dist, images)
    if step == "chart":
        return [package_chart(dist, images)]
    if step == "push":
        if not args.registry:
            raise ReleaseError("name the registry to push to: REGISTRY=registry.example/marbleline")
        charts = sorted(dist.glob("marbleline-*.tgz"))
        if len(charts) != 1:
            raise ReleaseError(
                f"{dist}: holds {len(charts)} chart packages, expected one: make release-chart"
            )
        return [push_chart(charts[0], f"{args.registry}/charts", plain_http=args.insecure_registry)]
    chart = pushed_chart(dist)
    images |= {"chart": chart} if chart else {}
    return sign(dist, args.key, images, insecure_registry=args.insecure_registry)


if __name__ == "__main__":
    sys.exit(main())
