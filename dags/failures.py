"""Counts and logs runs that fail, are late or decline, with the DAG's name.

The counts go to Airflow's own metrics (StatsD or OpenTelemetry, as Airflow is set up):
``marbleline.failed.DAG.TASK``, ``marbleline.retried.DAG.TASK``, ``marbleline.declined.DAG.TASK`` and
``marbleline.late.DAG``.
"""

import logging
from typing import Any

from airflow.sdk.observability import stats

_log = logging.getLogger("marbleline.batch")


def failed(context: dict[str, Any]) -> None:
    """A task failed for the last time."""
    _count("failed", context)


def retried(context: dict[str, Any]) -> None:
    """A task failed and will be tried again."""
    _count("retried", context)


def declined(context: dict[str, Any]) -> None:
    """A task worked and its result is negative: drift, refused by the gate, too few labels."""
    task = context["task_instance"]
    stats.incr(f"marbleline.declined.{task.dag_id}.{task.task_id}")
    _log.warning("%s.%s declined; its log has the reason", task.dag_id, task.task_id)


def late(dag: str, minutes: float) -> None:
    """A run was not over in time."""
    stats.incr(f"marbleline.late.{dag}")
    _log.error("%s: not over %g minutes after it was queued", dag, minutes)


def _count(what: str, context: dict[str, Any]) -> None:
    task = context["task_instance"]
    stats.incr(f"marbleline.{what}.{task.dag_id}.{task.task_id}")
    _log.error(
        "%s.%s %s (try %s): %s", task.dag_id, task.task_id, what, task.try_number, context.get("exception")
    )
