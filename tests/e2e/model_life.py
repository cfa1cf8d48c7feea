"""The rows of `tests.e2e.batch` that are about the model: taught, promoted and taken back, watched."""

from typing import Final

from tests.e2e.airflow_here import Airflow, seconds
from tests.e2e.batch_line import LANDER, STEWARD
from tests.e2e.cluster import Broken, Release

HALL: Final = "hall"  # the camera whose stone is another than the model knows
LABELS: Final = 60


def taught(line: Release, there: Airflow) -> str:
    """Labels on a stone that the model takes wrongly; a version taught by them passes the gate and waits."""
    [hall] = [pod for pod in line.pods("camera") if pod["metadata"]["labels"]["marbleline/camera"] == HALL]
    line.run_inside(LANDER, "another_stone.py", f"http://{hall['status']['podIP']}:8080/frames", str(LABELS))
    said = line.run_inside(LANDER, "label.py", HALL, str(LABELS), "120")
    run = there.run("marble_retrain", 1200, labels=LABELS)
    now = line.run_inside(STEWARD, "versions.py")
    took = ", ".join(
        f"{task['task_id']} {seconds(task):.0f} s" for task in there.tasks(run) if task["end_date"]
    )
    if now["refused"]:
        [report] = now["refused"].values()
        reasons = [check["detail"] for check in report["checks"] if not check["passed"]]
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


def promoted_and_back(line: Release, there: Airflow) -> str:
    """The label moves there and back; publishers follow without a restart, and say so in their verdicts."""
    before = line.run_inside(STEWARD, "candidate.py")
    pods = [pod["metadata"]["uid"] for pod in line.pods("publisher")]
    waits = []
    for dag, version in (("marble_promote", 2), ("marble_rollback", 1)):
        run = there.run(dag, 240)
        if run["state"] != "success":
            raise Broken(f"{dag}: {there.log(run, dag.removeprefix('marble_'))[-600:]}")
        waited = line.run_inside(LANDER, "newest.py", str(version), "60")
        if waited is None:
            raise Broken(f"{dag}: no verdict by version {version} within 60 s")
        waits.append(f"{dag} {seconds(run):.0f} s, first verdict by version {version} {waited} s later")
    if pods != [pod["metadata"]["uid"] for pod in line.pods("publisher")]:
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
    said_no = there.counts["airflow.marbleline.said_no.marble_drift.drift"]
    found = f"drift {task['state']}, alarms {alarms}, said no {said_no} times"
    if run["state"] != "success" or task["state"] != expected or bool(said_no) != (expected == "skipped"):
        raise Broken(f"{found}: {there.log(run, 'drift')[-600:]}")
    if not any(name.startswith("golden_sample ") for name in set(alarms) - set(raised)):
        raise Broken(found)
    return f"golden samples right; drift {task['state']}, raised: {', '.join(raised) or 'none'}"
