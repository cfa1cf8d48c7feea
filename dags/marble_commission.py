"""Airflow DAG, by hand: the line goes over to a new product, watches it, and names the slabs to label."""

from datetime import timedelta

from airflow.sdk import Param

from dag import dag
from installed import installed
from parameters import PRODUCT, product
from pod import BATCH_POOL, TRAINING_POOL, pod

_WATCHED_S = 7200

if "versions" in installed().pods:
    with dag(
        "marble_commission",
        "Makes a product that starts with another one's model, switches the line to it, waits until enough "
        "slabs are judged, and names those whose labels are worth most. Skipped: too few slabs in two hours.",
        timedelta(hours=3),
        params={
            "product": product(),
            "start_from": Param("marble", type="string", pattern=PRODUCT, title="Whose model it starts with"),
            "escapes": Param(0.02, type="number", exclusiveMinimum=0, maximum=1, title="Target: escapes"),
            "overkill": Param(0.05, type="number", exclusiveMinimum=0, maximum=1, title="Target: overkill"),
            "slabs": Param(200, type="integer", minimum=1, title="Slabs to watch"),
            "questions": Param(40, type="integer", minimum=1, title="Slabs to name"),
        },
    ):
        _by = "--by={{ dag_run.triggering_user_name or 'airflow' }}"
        _create = pod(
            "create",
            "versions",
            "product",
            "create",
            "{{ params.product }}",
            "--if-missing",
            "--from={{ params.start_from }}",
            "--escapes={{ params.escapes }}",
            "--overkill={{ params.overkill }}",
            _by,
            pool=TRAINING_POOL,
            within=timedelta(minutes=5),
        )
        _use = pod(
            "use",
            "versions",
            "product",
            "use",
            "{{ params.product }}",
            _by,
            pool=TRAINING_POOL,
            within=timedelta(minutes=5),
        )
        _watch = pod(
            "watch",
            "versions",
            "product",
            "watch",
            "{{ params.product }}",
            "--count={{ params.slabs }}",
            f"--wait={_WATCHED_S}",
            pool=BATCH_POOL,
            within=timedelta(seconds=_WATCHED_S + 600),
        )
        _ask = pod(
            "ask",
            "versions",
            "product",
            "ask",
            "{{ params.product }}",
            "--count={{ params.questions }}",
            pool=BATCH_POOL,
            within=timedelta(minutes=5),
        )
        _create >> _use >> _watch >> _ask
