"""How all work is done: a pod that the chart describes, with a command."""

from contextlib import nullcontext, suppress
from datetime import timedelta
from typing import Any, Final

from airflow.providers.cncf.kubernetes.operators.pod import KubernetesPodOperator

import failures
from installed import installed

BATCH_POOL: Final = "marbleline_batch"
TRAINING_POOL: Final = "marbleline_training"
EXIT_DECLINED: Final = 3  # of every command: nothing failed, and trying again would not change the answer


class Handler(KubernetesPodOperator):
    """A pod that goes when its work is done, also if the answer was no; one that failed stays."""

    def process_pod_deletion(self, pod: Any, *, reraise: bool = True) -> bool:
        """Whether the pod was taken away. To the provider every exit code but 0 is a failure."""
        if pod is not None and _exit_code(pod, self.base_container_name) == EXIT_DECLINED:
            with nullcontext() if reraise else suppress(Exception):
                self.pod_manager.delete_pod(pod)
                return True
        return super().process_pod_deletion(pod, reraise=reraise)


def _exit_code(pod: Any, name: str) -> int | None:
    ended = [one.state.terminated for one in pod.status.container_statuses or [] if one.name == name]
    return ended[0].exit_code if ended and ended[0] else None


def pod(
    task_id: str, kind: str, *command: str, pool: str, within: timedelta, tries: int = 3, **more: Any
) -> Handler:
    """A task that runs ``marbleline COMMAND`` in a pod of this kind.

    It is tried so many times, ten seconds and then twenty apart; each try has to be over ``within`` a time.
    Its output is the task's log, which outlives the pod; a pod that failed stays to be looked at until
    Airflow's clean-up takes it. A worker of Airflow that dies finds the pod again rather than start another.
    A command whose answer is no is not tried again: its task, and those after it, are skipped and counted,
    and its pod goes.

    Raises KeyError if the chart has no pod of this kind.
    """
    here = installed()
    return Handler(
        task_id=task_id,
        name=f"marbleline-{task_id}".replace("_", "-"),
        namespace=here.namespace,
        pod_template_dict=here.pods[kind],
        arguments=list(command),
        pool=pool,
        execution_timeout=within,
        retries=tries - 1,
        retry_delay=timedelta(seconds=10),
        retry_exponential_backoff=2,
        max_retry_delay=timedelta(minutes=5),
        on_failure_callback=failures.failed,
        on_retry_callback=failures.retried,
        on_skipped_callback=failures.declined,
        skip_on_exit_code=EXIT_DECLINED,
        do_xcom_push=False,  # it would add a container with an image of its own
        get_logs=True,
        log_events_on_startup=False,  # each look reads all events of the namespace
        log_events_on_failure=True,
        on_finish_action="delete_succeeded_pod",
        startup_check_interval_seconds=1,
        startup_timeout_seconds=300,
        container_name_log_prefix_enabled=False,
        **more,
    )
