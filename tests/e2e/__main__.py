"""Break an installed line in turn and count: ``python -m tests.e2e NAMESPACE RELEASE [--rows NAME ...]``.

The line was installed by ``tests.e2e.install``. A row holds how many frames were captured since the row
before it, and how many of all until then are lost or were counted twice; both have to be zero, nothing
pending. Its remark says for how many seconds each camera was blind meanwhile.
Exit code: 0 all rows hold, 1 one does not.
"""

import argparse
import math
import sys
import time
import traceback
from collections.abc import Callable

from tests.e2e import admission, elastic, gitops, network, preflight, rollouts
from tests.e2e.account import Account, acked
from tests.e2e.actions import NAMED_ONLY, Deed, all_deeds, helm_test
from tests.e2e.cluster import Release
from tests.e2e.table import HEAD, as_text, line_of

CHECKS: dict[str, Callable[[Release], str]] = {
    "preflight": preflight.as_it_is,
    "every object valid": admission.every_object,
    "Pod Security restricted": admission.every_pod,
    "Elastic's operator": elastic.reconciled,
    "applied twice": gitops.applied_twice,
}
# Where the cluster enforces NetworkPolicies; then the line's own test goes through them.
POLICIES: dict[str, Callable[[Release], str]] = {
    "who may talk to whom": network.of_the_line,
    "every part's policy": network.of_every_part,
    "helm test under policies": helm_test,
}


def main() -> int:
    """Do all deeds; 1 if one of them broke something."""
    parser = argparse.ArgumentParser(prog="python -m tests.e2e", description=__doc__)
    parser.add_argument("namespace")
    parser.add_argument("release")
    parser.add_argument("--second-model", default="", metavar="TAG", help="image of a model with version 2")
    parser.add_argument("--policies", action="store_true", help="only those rows that need enforced policies")
    parser.add_argument("--rows", nargs="*", default=[], metavar="NAME", help="only these")
    args = parser.parse_args()
    line = Release(args.namespace, args.release)
    rows: list[tuple[object, ...]] = []
    print(line_of(HEAD), flush=True)

    def told(row: tuple[object, ...]) -> None:
        rows.append(row)
        print(line_of(row), flush=True)

    for name, check in (POLICIES if args.policies else CHECKS).items():
        if not args.rows or name in args.rows:
            told(_checked(name, check, line))
    if args.policies:
        return _summed(rows)
    before = acked(line)
    named = {name: deed for name, deed in NAMED_ONLY.items() if name in args.rows}
    for name, deed in (all_deeds(args.second_model) | named).items():
        if not args.rows or name in args.rows:
            row, before = _done(name, deed, line, before)
            told(row)
    return _summed(rows)


def _summed(rows: list[tuple[object, ...]]) -> int:
    """Print all rows once more; 1 if one of them does not hold."""
    print("\n" + as_text(rows))
    return int(any(row[6] != "ok" for row in rows))


def _checked(name: str, check: Callable[[Release], str], line: Release) -> tuple[object, ...]:
    began = time.monotonic()
    try:
        remark, held = check(line), True
    except Exception as error:  # whatever it is, the other rows are still to be had
        traceback.print_exc()
        remark, held = str(error), False
    return (name, "-", "-", "-", "-", round(time.monotonic() - began), "ok" if held else "FAILED", remark)


def _done(name: str, deed: Deed, line: Release, before: Account) -> tuple[tuple[object, ...], Account]:
    began, since = time.monotonic(), rollouts.now()
    try:
        remark = deed(line)
        after = acked(line)
        if "blind: " not in remark:
            remark = "; ".join(filter(None, [remark, rollouts.blind(line, since, set(), math.inf)]))
    except Exception as error:
        traceback.print_exc()
        return (name, 0, 0, 0, 0, round(time.monotonic() - began), "FAILED", str(error)[:300]), before
    wrong = _wrong(name, before, after)
    held = "FAILED" if wrong else "ok"
    counts = (after.captured - before.captured, after.lost, after.twice, after.dead_lettered)
    remark = "; ".join(filter(None, [remark, *wrong]))
    return (name, *counts, round(time.monotonic() - began), held, remark), after


def _wrong(name: str, before: Account, after: Account) -> list[str]:
    """What does not hold after a deed."""
    found = {
        "frames are lost": after.lost != 0,
        "frames are counted twice": after.twice != 0,
        "frames are dead-lettered": after.dead_lettered != 0,
        "the line's own ledger does not balance": not after.balanced,
        "verdicts name no version of the model": after.unnamed != 0,
    }
    if name in ("upgrade to version 2", "back to version 1"):
        version = 2 if "2" in name else 1
        fresh = after.versions.get(version, 0) - before.versions.get(version, 0)
        found[f"no verdict is by version {version}"] = fresh <= 0
    return [what for what, is_so in found.items() if is_so]


if __name__ == "__main__":
    sys.exit(main())
