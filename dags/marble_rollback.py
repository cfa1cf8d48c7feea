"""Airflow DAG, by hand: the version that was stable before the last promotion is stable again."""

from datetime import timedelta

from dag import dag
from installed import installed
from parameters import product_or_default
from pod import TRAINING_POOL, pod

if "versions" in installed().pods:
    with dag(
        "marble_rollback",
        "Calls the version stable again that was so before; each run goes one promotion further back.",
        timedelta(minutes=2),
        params={"product": product_or_default()},
    ):
        pod(
            "rollback",
            "versions",
            "rollback",
            "--product={{ params.product }}",
            "--by={{ dag_run.triggering_user_name or 'airflow' }}",
            pool=TRAINING_POOL,
            within=timedelta(minutes=5),
            tries=1,  # twice would be two promotions back
        )
