"""The rows of `tests.e2e.batch` about a new product: watched, answered and learnt, in use and back."""

import json
from typing import Any, Final

from tests.e2e.account import acked
from tests.e2e.airflow_here import Airflow, seconds
from tests.e2e.batch_line import STEWARD
from tests.e2e.cluster import CHART, Broken, Release, wait_until

PRODUCT: Final = "verde"
BEFORE: Final = "marble"
SLABS: Final = 200
# 19 labels of either side without a mistake are what these targets take.
TARGETS: Final = {"escapes": 0.05, "overkill": 0.05}
FIRST: Final = 60
EACH: Final = 24
SHADOWED: Final = 60
JUDGED: Final = 100
LEAST_DECIDED: Final = 0.8


def watched(line: Release, there: Airflow) -> str:
    """A product is made, the line goes over to it, and its slabs are watched; then some are asked about."""
    there.pause("marble_batch", paused=True)  # its pods each minute would only be in the way
    run = there.run(
        "marble_commission", 900, product=PRODUCT, start_from=BEFORE, slabs=SLABS, questions=20, **TARGETS
    )
    _succeeded(there, run, ("create", "use", "watch", "ask"))
    seen = next(text for text in there.log(run, "watch").splitlines() if f"slabs of {PRODUCT}" in text)
    # Airflow's log may hold a line twice.
    asked = {text for text in there.log(run, "ask").splitlines() if text.endswith(("random", "strange"))}
    if len(asked) != 20:
        raise Broken(f"{len(asked)} questions of 20: {there.log(run, 'ask')[-600:]}")
    return f"{seen}; {len(asked)} questions; {_times(there, run)}"


def learnt(line: Release, there: Airflow) -> str:
    """Few answers: the gate refuses, for what is claimed has no support. More of them, and it lets pass."""
    _answer(line, 0, FIRST)
    refused = there.run("marble_learn", 900, product=PRODUCT, labels=FIRST, decided=LEAST_DECIDED)
    _succeeded(there, refused, ("learn",), skipped=("gate",))
    reasons = _lines(there, refused, "FAILED ")
    said = _answer(line, EACH, FIRST)
    run = there.run("marble_learn", 900, product=PRODUCT, labels=FIRST, decided=LEAST_DECIDED)
    _succeeded(there, run, ("learn", "gate"))
    checks = _lines(there, run, "ok ")
    labels = _labels(line)
    if labels != {"stable": 1, "candidate": 3} or len(checks) != 3 or not reasons:
        raise Broken(f"labels {labels}; {checks}, before: {reasons}")
    return (
        f"{FIRST} answers refused ({'; '.join(reasons)[:160]}); {said['labels']}, asked {said['asked']}, "
        f"{said['decided']} decided and {said['right']} right before; {'; '.join(checks)}; "
        f"{_times(there, run)}"
    )


def in_use(line: Release, there: Airflow) -> str:
    """The candidate as a shadow, promoted, then taken back; the line returns to what it inspected before."""
    line.helm("upgrade", str(CHART), "--reuse-values", "--set", "publisher.shadow=candidate", "--wait")
    report: dict[str, Any] = {}

    def compared() -> bool:
        words = ("shadow", "--json", "--model", f"/models/{PRODUCT}", "--output", "/tmp/product")
        report.update(json.loads(line.kubectl("exec", STEWARD, "--", "marbleline", *words)))
        return bool(report["frames"] >= SHADOWED)

    wait_until(f"a report on {SHADOWED} frames", compared)
    before = _decided(line, 1)
    waits = []
    for dag, version in (("marble_promote", 3), ("marble_rollback", 1)):
        run = there.run(dag, 240, product=PRODUCT)
        _succeeded(there, run, (dag.removeprefix("marble_"),))
        waited = line.run_inside(STEWARD, "newest.py", str(version), "60", PRODUCT)
        if waited is None:
            raise Broken(f"{dag}: no verdict of {PRODUCT} by version {version} within 60 s")
        waits.append(f"{dag} {seconds(run):.0f} s, first verdict by version {version} {waited} s later")
        if version == 3:
            after = _decided(line, 3)
    line.kubectl("exec", STEWARD, "--", "marbleline", "product", "use", BEFORE, "--by", "e2e")
    account = acked(line)
    remark = (
        f"{report['agreed']:.1%} of {report['frames']} frames agreed in the shadow; version 1 decided "
        f"{_share(before)}, version 3 {_share(after)}; {'; '.join(waits)}; {account}, "
        f"{'balanced' if account.balanced else 'NOT BALANCED'}"
    )
    if not account.sound or (report["stable"], report["candidate"]) != (1, 3):
        raise Broken(remark)
    share = after["decided"] / after["slabs"]
    if share < LEAST_DECIDED or share <= before["decided"] / before["slabs"]:
        raise Broken(f"too few decided: {remark}")
    return remark


def _answer(line: Release, each: int, count: int) -> dict[str, Any]:
    found: dict[str, Any] = line.run_inside(STEWARD, "answering.py", PRODUCT, str(each), str(count), "240")
    return found


def _decided(line: Release, version: int) -> dict[str, int]:
    found: dict[str, int] = line.run_inside(STEWARD, "decided.py", PRODUCT, str(version), str(JUDGED), "180")
    return found


def _share(found: dict[str, int]) -> str:
    return (
        f"{found['decided']} of {found['slabs']} ({found['escapes']} escapes, {found['overkill']} overkill)"
    )


def _labels(line: Release) -> dict[str, int]:
    found: dict[str, int] = json.loads(
        line.kubectl("exec", STEWARD, "--", "cat", f"/models/{PRODUCT}/labels.json")
    )
    return found


def _succeeded(
    there: Airflow, run: dict[str, Any], tasks: tuple[str, ...], skipped: tuple[str, ...] = ()
) -> None:
    """Raise Broken unless these tasks of a run succeeded, these were skipped, and there are no others."""
    states = {task["task_id"]: task["state"] for task in there.tasks(run)}
    if states == dict.fromkeys(tasks, "success") | dict.fromkeys(skipped, "skipped"):
        return
    wrong = [name for name, state in states.items() if state == "failed"]
    logs = "\n".join(there.log(run, name)[-800:] for name in wrong)
    raise Broken(f"{run['dag_id']}: {states}\n{logs}")


def _lines(there: Airflow, run: dict[str, Any], start: str) -> list[str]:
    """What the gate printed; Airflow's log may hold a line twice."""
    return list(dict.fromkeys(text for text in there.log(run, "gate").splitlines() if text.startswith(start)))


def _times(there: Airflow, run: dict[str, Any]) -> str:
    return ", ".join(f"{task['task_id']} {seconds(task):.0f} s" for task in there.tasks(run))
