"""Airflow DAG, by hand: a candidate is learnt from a product's labels, and held against its risk targets."""

from datetime import timedelta

from airflow.sdk import Param

from dag import dag
from installed import installed
from parameters import product
from pod import TRAINING_POOL, pod

if "learner" in installed().pods:
    with dag(
        "marble_learn",
        "Learns a candidate from the labels of a product's slabs, and runs the gate on its claims. "
        "Skipped: too few labels, or refused by the gate.",
        timedelta(minutes=30),
        params={
            "product": product(),
            "labels": Param(50, type="integer", minimum=10, title="Do nothing with fewer labels"),
            "decided": Param(0.5, type="number", minimum=0, maximum=1, title="Least share decided"),
        },
    ):
        _learn = pod(
            "learn",
            "learner",
            "product",
            "learn",
            "{{ params.product }}",
            "--at-least={{ params.labels }}",
            "--by={{ dag_run.triggering_user_name or 'airflow' }}",
            pool=TRAINING_POOL,
            within=timedelta(minutes=30),
        )
        _gate = pod(
            "gate",
            "versions",
            "product",
            "gate",
            "{{ params.product }}",
            "--decided={{ params.decided }}",
            pool=TRAINING_POOL,
            within=timedelta(minutes=5),
        )
        _learn >> _gate
