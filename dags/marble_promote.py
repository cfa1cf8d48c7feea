"""Airflow DAG, by hand: the candidate, or another version that passed its gate, becomes the stable one."""

from datetime import timedelta

from airflow.sdk import Param

from dag import dag
from installed import installed
from parameters import product_or_default
from pod import TRAINING_POOL, pod

# Where the model comes out of an image there is no label to move.
if "versions" in installed().pods:
    with dag(
        "marble_promote",
        "Calls a version stable that passed its gate; the line goes over to it without a restart.",
        timedelta(minutes=5),
        params={
            "product": product_or_default(),
            "version": Param(0, type="integer", minimum=0, title="Version; 0: the candidate"),
        },
    ):
        pod(
            "promote",
            "versions",
            "promote",
            "--product={{ params.product }}",
            "--version={{ params.version }}",
            "--by={{ dag_run.triggering_user_name or 'airflow' }}",
            pool=TRAINING_POOL,
            within=timedelta(minutes=5),
            tries=1,
        )
