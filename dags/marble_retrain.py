"""Airflow DAG, at night once enough new labels came: a data set, a version taught by it, the gate's word."""

from datetime import timedelta

from airflow.sdk import Param

from dag import dag
from installed import installed
from pod import TRAINING_POOL, pod

if "trainer" in installed().pods:
    with dag(
        "marble_retrain",
        "Builds a data set from the labels, fine-tunes the stable version, and runs the gate on the result. "
        "Skipped: too few new labels, or refused by the gate.",
        timedelta(hours=2),
        schedule="retrain",
        params={"labels": Param(50, type="integer", minimum=10, title="Do nothing with fewer new labels")},
    ):
        # Of this run alone: the set's own name is the hash of what is in it, so the next task can't know it.
        _folder = "/var/lib/marbleline/datasets/{{ dag_run.run_after.strftime('%Y%m%dT%H%M%S') }}"
        _dataset = pod(
            "dataset",
            "dataset",
            "dataset",
            "build",
            f"--output={_folder}",
            "--at-least={{ params.labels }}",
            pool=TRAINING_POOL,
            within=timedelta(minutes=30),
        )
        _retrain = pod(
            "retrain",
            "trainer",
            "retrain",
            f"--dataset={_folder}",
            pool=TRAINING_POOL,
            within=timedelta(hours=4),
            tries=2,  # one cut short goes on where it was
        )
        _dataset >> _retrain
