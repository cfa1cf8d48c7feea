"""The batch lane end to end: ``python -m tests.e2e.batch NAMESPACE RELEASE``.

Installs a line of its own, starts a real Airflow on this machine with the rights that the chart gives it,
and lets the DAGs run: `marble_batch` each minute for five minutes, in two of which there is no hot lane; a
failure that has to be counted; and the life of a model, from labels to a version and back (`model_life`).
Prints a table; removes everything.
Exit code: 0 all rows hold, 1 one does not.
"""

import argparse
import io
import signal
import sys
import tempfile
import time
import traceback
from collections.abc import Callable
from contextlib import AbstractContextManager
from datetime import UTC, datetime, timedelta
from functools import partial
from pathlib import Path
from typing import Final

from PIL import Image

from marbleline.synthetic.slab import draw
from tests.e2e import commissioning, model_life
from tests.e2e.account import acked
from tests.e2e.airflow_here import Airflow, airflow, seconds
from tests.e2e.batch_line import LANDER, STEWARD, drop, helper, install, kubeconfig, ledger, remove, told
from tests.e2e.cluster import Broken, Release, wait_until

MINUTES: Final = 5
AWAY: Final = range(1, 3)  # the minutes without a hot lane
DROPPED: Final = 10  # pictures a minute into the landing folder
BATCH: Final = "marble_batch"
HOT: Final = ("encoder", "publisher")
HEAD: Final = f"{'what':<26}{'seconds':>8}  {'':<7} remark"


def main() -> int:
    """Install, run all rows, print them, remove; 1 if one does not hold."""
    parser = argparse.ArgumentParser(prog="python -m tests.e2e.batch", description=__doc__)
    parser.add_argument("namespace")
    parser.add_argument("release")
    parser.add_argument("--rows", nargs="*", default=[], metavar="NAME", help="only these")
    parser.add_argument("--keep", action="store_true", help="leave the line for a look")
    args = parser.parse_args()
    signal.signal(signal.SIGTERM, lambda *_: sys.exit(143))  # so that what was started is ended
    line = Release(args.namespace, args.release)
    rows: list[str] = []
    fine = True
    try:
        print(HEAD, flush=True)
        fine &= _row(rows, "installed", lambda: _installed(line))
        with tempfile.TemporaryDirectory(prefix="airflow-") as home, _airflow(line, home) as there:
            for name, row in (ROWS | NAMED_ONLY).items():
                if name in args.rows or (not args.rows and name in ROWS):
                    fine &= _row(rows, name, partial(row, line, there))
    finally:
        if not args.keep:
            remove(line)
    print("\n".join(["", HEAD, *rows]))
    return int(not fine)


def _airflow(line: Release, home: str) -> AbstractContextManager[Airflow]:
    return airflow(Path(home), told(line), kubeconfig(line))


def _row(rows: list[str], name: str, row: Callable[[], str]) -> bool:
    began = time.monotonic()
    try:
        remark, fine = row(), True
    except Exception as error:  # the other rows are still to be had
        traceback.print_exc()
        remark, fine = str(error)[:600], False
    rows.append(f"{name:<26}{time.monotonic() - began:>8.0f}  {'ok' if fine else 'FAILED':<7} {remark}")
    print(rows[-1], flush=True)
    return fine


def _installed(line: Release) -> str:
    install(line)
    helper(line, LANDER, "encoder")
    helper(line, STEWARD, "versions")
    return "chart, store, and an account for Airflow that may start pods here and nothing else"


def _each_minute(line: Release, there: Airflow) -> str:
    """Five minutes of traffic, two of them without a hot lane; then count."""
    wait_until("a first run", lambda: _ended(there) > 0, 400)
    before, begun = _ended(there), time.monotonic()
    judged = {}
    for minute in range(MINUTES):
        if minute == AWAY.start:
            _scale(line, 0)
            judged["gone"] = ledger(line)["total"]["judged"]
        if minute == AWAY.stop:
            judged["back"] = ledger(line)["total"]["judged"]
            _scale(line, 1)
        drop(line, {f"good-{number}.jpg": _slab(number) for number in _numbers(minute)})
        wait_until("the end of a minute", lambda end=60 * (minute + 1): time.monotonic() - begun >= end, 90)
    ended = _ended(there) - before
    there.run(BATCH, 400)  # what was dropped in the last seconds; it waits for the scheduled one before it
    runs = [run for run in there.runs(BATCH) if run["state"] in ("success", "failed")]
    account = acked(line, {"batch": MINUTES * DROPPED})
    took = sorted(round(seconds(run)) for run in runs)
    without = judged["back"] - judged["gone"]
    failed = [run["dag_run_id"] for run in runs if run["state"] == "failed"]
    remark = (
        f"{account}, {'balanced' if account.balanced else 'NOT BALANCED'}; "
        f"{without} judged without a hot lane; {ended} runs in {MINUTES} min, {took[0]}-{took[-1]} s each"
    )
    if not account.sound:
        raise Broken(remark)
    if failed or not without or ended < MINUTES - 1:
        raise Broken(f"{remark}; failed: {failed}")
    return remark


def _empty_run(line: Release, there: Airflow) -> str:
    """A run that finds nothing to do."""
    run = there.run(BATCH, 400)
    there.pause(BATCH, paused=True)  # the other rows are of other DAGs; a run that is under way then stays so
    parts = ", ".join(f"{task['task_id']} {seconds(task):.0f} s" for task in there.tasks(run))
    return f"{seconds(run):.0f} s with Airflow's own ({parts})"


def _rejudged(line: Release, there: Airflow) -> str:
    """The last ten minutes again; the verdicts stay as they were."""
    until = datetime.now(UTC)
    since = until - timedelta(minutes=10)
    span = {"since": since.isoformat(timespec="seconds"), "until": until.isoformat(timespec="seconds")}
    before = ledger(line)["total"]["duplicates"]
    run = there.run("marble_rejudge", 400, version=1, camera="camera-2", **span)
    said = there.log(run, "rejudge")
    if run["state"] != "success" or ledger(line)["total"]["duplicates"] != before:
        raise Broken(f"{run['state']}: {said[-500:]}")
    return next(text for text in said.splitlines() if "judged again" in text)


def _counted(line: Release, there: Airflow) -> str:
    """A version that is not there: refused, tried again, given up, counted."""
    span = {"since": "2026-01-01T00:00:00Z", "until": "2026-01-01T01:00:00Z"}
    run = there.run("marble_rejudge", 400, version=99, **span)
    names = [f"airflow.marbleline.{what}.marble_rejudge.rejudge" for what in ("retried", "failed")]
    wait_until("the counts", lambda: all(there.counts[name] for name in names), 60)
    counted = {name.split(".")[2]: there.counts[name] for name in names}
    left = line.get("pods", "-l", "dag_id=marble_rejudge")["items"]
    if run["state"] != "failed" or counted != {"retried": 2, "failed": 1}:
        raise Broken(f"{run['state']}, counted {counted}")
    return f"counted {counted}; {len(left)} failed pods left to look at"


def _slab(number: int) -> bytes:
    content = io.BytesIO()
    Image.fromarray(draw(number, label="good").rgb).save(content, "JPEG", quality=90)
    return content.getvalue()


def _numbers(minute: int) -> range:
    return range(minute * DROPPED, (minute + 1) * DROPPED)


def _ended(there: Airflow) -> int:
    return sum(run["state"] in ("success", "failed") for run in there.runs(BATCH))


def _scale(line: Release, replicas: int) -> None:
    names = [f"deployment/{line.name}-{part}" for part in HOT]
    line.kubectl("scale", *names, f"--replicas={replicas}")
    if replicas:
        line.rolled_out(*names)
    else:
        wait_until("no hot lane", lambda: not any(line.pods(part) for part in HOT))


ROWS: Final[dict[str, Callable[[Release, Airflow], str]]] = {
    "each minute": _each_minute,
    "an empty run": _empty_run,
    "judged again": _rejudged,
    "refused by the gate": model_life.refused,
    "taught by labels": model_life.taught,
    "in the shadow": model_life.in_the_shadow,
    "promoted and back": model_life.promoted_and_back,
    "kept in health": model_life.kept_in_health,
    "failures counted": _counted,
}


# Done only where they are named, in this order: together they take a quarter of an hour on a busy machine.
NAMED_ONLY: Final[dict[str, Callable[[Release, Airflow], str]]] = {
    "a product watched": commissioning.watched,
    "answered and learnt": commissioning.learnt,
    "in use and back": commissioning.in_use,
}


if __name__ == "__main__":
    sys.exit(main())
