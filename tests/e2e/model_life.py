"""The rows of `tests.e2e.batch` about the model: refused, taught, in the shadow, promoted, watched."""

import json
from typing import Any, Final

from tests.e2e.account import acked, captured
from tests.e2e.airflow_here import Airflow, seconds
from tests.e2e.batch_line import LANDER, STEWARD
from tests.e2e.cluster import CHART, Broken, Release, wait_until

HALL: Final = "hall"  # the camera whose stone is another than the model knows
LABELS: Final = 60
SHADOWED: Final = 80  # frames that both versions have to judge


def refused(line: Release, there: Airflow) -> str:
    """Labels that say nothing: the gate refuses what they teach, says why, and nothing changes."""
    _another_stone(line)
    before, publishers = line.run_inside(STEWARD, "versions.py"), _publishers(line)
    line.run_inside(LANDER, "label.py", HALL, str(LABELS), "120", "shuffled")
    run = there.run("marble_retrain", 1200, labels=LABELS)
    states = {task["task_id"]: task["state"] for task in there.tasks(run)}
    now = line.run_inside(STEWARD, "versions.py")
    if run["state"] != "success" or states != {"dataset": "success", "retrain": "skipped"}:
        raise Broken(f"{run['state']}, {states}, labels {now['labels']}: {there.log(run, 'retrain')[-600:]}")
    [report] = [one for name, one in now["refused"].items() if name not in before["refused"]]
    if report["passed"] or not report["reasons"] or not report["page"] or not report["pictures"]:
        raise Broken(f"a report that does not say why: {report}")
    if {**now, "refused": None} != {**before, "refused": None} or publishers != _publishers(line):
        raise Broken(f"a refusal that changed something: {before}, then {now}")
    if line.run_inside(LANDER, "newest.py", "1", "60") is None:
        raise Broken("no verdict by version 1 after the refusal")
    count = "airflow.marbleline.declined.marble_retrain.retrain"
    wait_until("the count of a no", lambda: there.counts[count] == 1, 60)
    _no_pods(line, "marble_retrain")
    reasons = "; ".join(report["reasons"])
    return (
        f"retrain skipped, labels {now['labels']}, report with {report['pictures']} pictures: {reasons[:200]}"
    )


def taught(line: Release, there: Airflow) -> str:
    """Labels on a stone that the model takes wrongly; a version taught by them passes the gate and waits."""
    _another_stone(line)
    before = line.run_inside(STEWARD, "versions.py")
    said = line.run_inside(LANDER, "label.py", HALL, str(LABELS), "120")
    run = there.run("marble_retrain", 1200, labels=LABELS)
    now = line.run_inside(STEWARD, "versions.py")
    took = ", ".join(
        f"{task['task_id']} {seconds(task):.0f} s" for task in there.tasks(run) if task["end_date"]
    )
    if now["refused"] != before["refused"]:
        reasons = [one["reasons"] for name, one in now["refused"].items() if name not in before["refused"]]
        raise Broken(f"refused by the gate; {took}; labels {now['labels']}: {reasons}")
    if run["state"] != "success" or now["labels"] != {"stable": 1, "candidate": 2}:
        raise Broken(f"{run['state']}, {now['labels']}; {took}: {there.log(run, 'retrain')[-600:]}")
    gate = now["gates"]["2"]
    if not gate["passed"] or not all(check["passed"] for check in gate["checks"]):
        raise Broken(f"a candidate that the gate did not let pass: {gate}")
    figures = gate["figures"]
    auroc = f"AUROC {figures['auroc_before']:.2f} -> {figures['auroc_after']:.2f} held out by slab"
    return (
        f"{said['labels']}, {said['right']} of them judged so before; {auroc}; "
        f"all {len(gate['checks'])} checks passed, labels {now['labels']}; {took}"
    )


def in_the_shadow(line: Release, there: Airflow) -> str:
    """Publishers ask the candidate too: its shadow verdicts are compared, and no verdict is its."""
    line.run_inside(STEWARD, "candidate.py")
    line.helm("upgrade", str(CHART), "--reuse-values", "--set", "publisher.shadow=candidate", "--wait")
    _send(line, LABELS // 2)  # unlabelled ones of the stone that the two are not of one mind about
    report: dict[str, Any] = {}

    def compared() -> bool:
        said = line.kubectl(
            "exec", STEWARD, "--", "marbleline", "shadow", "--json", "--output", "/tmp/shadow"
        )
        report.update(json.loads(said))
        return bool(report["frames"] >= SHADOWED)

    wait_until(f"a report on {SHADOWED} frames", compared)
    account = acked(line)
    hall = [one for one in report["differing"] if one["camera"] == HALL]
    remark = (
        f"{report['agreed']:.1%} of {report['frames']} frames agreed, {len(hall)} of those that differ are "
        f"{HALL}'s; median {report['stable_ms']['p50']:.0f} ms and {report['candidate_ms']['p50']:.0f} ms; "
        f"{account}, verdicts by version {account.versions}"
    )
    if (report["stable"], report["candidate"]) != (1, 2) or set(account.versions) != {1} or account.unnamed:
        raise Broken(f"a candidate that did not stay in the shadow: {remark}")
    if not account.sound:
        raise Broken(f"not balanced: {remark}")
    return remark


def promoted_and_back(line: Release, there: Airflow) -> str:
    """The label moves there and back; publishers follow without a restart, and say so in their verdicts."""
    before, publishers = line.run_inside(STEWARD, "candidate.py"), _publishers(line)
    waits = []
    for dag, version in (("marble_promote", 2), ("marble_rollback", 1)):
        run = there.run(dag, 240)
        if run["state"] != "success":
            raise Broken(f"{dag}: {there.log(run, dag.removeprefix('marble_'))[-600:]}")
        waited = line.run_inside(LANDER, "newest.py", str(version), "60")
        if waited is None:
            raise Broken(f"{dag}: no verdict by version {version} within 60 s")
        waits.append(f"{dag} {seconds(run):.0f} s, first verdict by version {version} {waited} s later")
    if publishers != _publishers(line):
        raise Broken("a publisher was restarted")
    return f"{before}: " + "; ".join(waits)


def kept_in_health(line: Release, there: Airflow) -> str:
    """Golden samples, retention and drift once each; a drift is an alarm and no failure."""
    for dag in ("marble_golden", "marble_retention"):
        run = there.run(dag, 300)
        if run["state"] != "success":
            raise Broken(f"{dag} {run['state']}: {there.log(run, dag.removeprefix('marble_'))[-600:]}")
    run = there.run("marble_drift", 300)
    [task] = there.tasks(run)
    alarms = line.run_inside(LANDER, "alarms.py")
    raised = [name for name, is_raised in alarms.items() if is_raised]
    expected = "skipped" if any(name.startswith("drift ") for name in raised) else "success"
    declined = there.counts["airflow.marbleline.declined.marble_drift.drift"]
    found = f"drift {task['state']}, alarms {alarms}, said no {declined} times"
    if run["state"] != "success" or task["state"] != expected or bool(declined) != (expected == "skipped"):
        raise Broken(f"{found}: {there.log(run, 'drift')[-600:]}")
    if not any(name.startswith("golden_sample ") for name in set(alarms) - set(raised)):
        raise Broken(found)
    _no_pods(line, "marble_drift")
    return f"golden samples right; drift {task['state']}, raised: {', '.join(raised) or 'none'}"


def _another_stone(line: Release) -> None:
    """Send the slabs that are to be labelled, unless a row before has."""
    if not captured(line).get(HALL):
        _send(line, LABELS)


def _send(line: Release, count: int) -> None:
    [hall] = [pod for pod in line.pods("camera") if pod["metadata"]["labels"]["marbleline/camera"] == HALL]
    line.run_inside(LANDER, "another_stone.py", f"http://{hall['status']['podIP']}:8080/frames", str(count))


def _publishers(line: Release) -> dict[str, int]:
    """Each publisher and how often it was started again."""
    return {
        pod["metadata"]["uid"]: pod["status"]["containerStatuses"][0]["restartCount"]
        for pod in line.pods("publisher")
    }


def _no_pods(line: Release, dag: str) -> None:
    """Wait until no pod of a DAG is left: whatever the answer was, none of them failed."""
    wait_until(f"no pod of {dag}", lambda: not line.get("pods", "-l", f"dag_id={dag}")["items"], 60)
