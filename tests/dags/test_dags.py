"""The DAGs parse, import little, hold to the promises of docs/batch.md, and make pods that are allowed."""

import ast
import copy
import json
import re
import sys
from collections.abc import Callable, Iterator
from datetime import UTC, datetime
from types import SimpleNamespace
from typing import Any, Final

import pytest

from tests.dags.conftest import DAGS, TOLD

# What Airflow itself uses up is not ours.
pytestmark = pytest.mark.filterwarnings("default")

FILES: Final = sorted(DAGS.glob("*.py"))
OWN: Final = {path.stem for path in FILES}
NAMES: Final = {path.stem for path in FILES if path.stem.startswith("marble_")}
POOLS: Final = set(json.loads((DAGS / "pools.json").read_text()))


def tasks(dags: dict[str, Any]) -> Iterator[Any]:
    for dag in dags.values():
        yield from dag.tasks


def test_a_file_holds_the_dag_of_its_name(dags: dict[str, Any]) -> None:
    assert set(dags) == NAMES


def test_they_have_no_cycles_and_can_be_stored(dags: dict[str, Any]) -> None:
    from airflow.serialization.serialized_objects import DagSerialization

    for name, dag in dags.items():
        dag.check_cycle()
        assert dag.tasks, name
        assert DagSerialization.to_dict(dag)["dag"]["dag_id"] == name


@pytest.mark.parametrize("path", FILES, ids=lambda path: path.name)
def test_they_import_airflow_and_the_standard_library_only(path: Any) -> None:
    allowed = set(sys.stdlib_module_names) | {"airflow"} | OWN
    for node in ast.walk(ast.parse(path.read_text())):
        names = []
        if isinstance(node, ast.Import):
            names = [alias.name for alias in node.names]
        elif isinstance(node, ast.ImportFrom):
            assert node.level == 0
            names = [node.module or ""]
        assert {name.split(".")[0] for name in names} <= allowed


def test_one_run_at_a_time_none_for_the_past_and_a_deadline_that_is_counted(dags: dict[str, Any]) -> None:
    from airflow.sdk import DeadlineReference

    for name, dag in dags.items():
        assert dag.max_active_runs == 1, name
        assert dag.catchup is False, name
        assert dag.start_date is None, name
        [deadline] = dag.deadline
        assert deadline.reference == DeadlineReference.DAGRUN_QUEUED_AT, name
        assert deadline.callback.path == "failures.late", name
        assert deadline.callback.kwargs["dag"] == name


def test_every_task_is_tried_again_counted_bounded_and_in_a_pool(dags: dict[str, Any]) -> None:
    from marbleline.cli import EXIT_DECLINED

    for task in tasks(dags):
        assert task.retries == RETRIES.get(task.task_id, 2), task
        assert task.retry_exponential_backoff > 1, task
        assert task.execution_timeout, task
        assert task.pool in POOLS, task
        assert [one.__name__ for one in task.on_failure_callback] == ["failed"], task
        assert [one.__name__ for one in task.on_retry_callback] == ["retried"], task
        assert [one.__name__ for one in task.on_skipped_callback] == ["declined"], task
        assert task.skip_on_exit_code == [EXIT_DECLINED], task
        assert task.get_logs, task
        assert not task.do_xcom_push, task
        assert task.on_finish_action.value == "delete_succeeded_pod", task


def test_the_schedules_are_the_charts(dags: dict[str, Any]) -> None:
    told = json.loads(TOLD.read_text())
    timed = {
        name: (dag.timetable.expression, str(dag.timetable.timezone))
        for name, dag in dags.items()
        if hasattr(dag.timetable, "expression")
    }
    wanted = {
        f"marble_{name}": (line, told["timezone"])
        for name, line in told["schedules"].items()
        if f"marble_{name}" in NAMES
    }
    assert timed == wanted


# A label that has moved must not move twice.
RETRIES: Final = {"promote": 0, "rollback": 0, "retrain": 1}
PARAMS: Final = {
    "version": 2,
    "since": "2026-11-24T06:00:00+00:00",
    "until": "2026-11-24T14:00:00+00:00",
    "camera": "",
    "labels": 50,
    "product": "verde",
    "start_from": "marble",
    "escapes": 0.02,
    "overkill": 0.05,
    "slabs": 200,
    "questions": 40,
    "decided": 0.5,
}


def test_the_commands_are_those_of_marbleline(dags: dict[str, Any]) -> None:
    from jinja2 import StrictUndefined, Template

    from marbleline.cli import build_parser

    for dag in dags.values():
        params = {name: PARAMS[name] for name in dag.params}
        for task in dag.tasks:
            given = {
                "params": params,
                "dag_run": SimpleNamespace(triggering_user_name=None, run_after=datetime.now(UTC)),
            }
            words = [Template(one, undefined=StrictUndefined).render(given) for one in task.arguments]
            assert "run" in build_parser(words[0]).parse_args(words), task


def test_parameters_are_checked_before_anything_runs(dags: dict[str, Any]) -> None:
    wrong = {"version": 0, "since": "yesterday", "until": 5, "camera": None}
    for name, value in wrong.items():
        params = copy.deepcopy(dags["marble_rejudge"].params)
        params.update({name: PARAMS[name] for name in params})
        params.validate()
        with pytest.raises(ValueError, match=re.escape(repr(value))):
            params[name] = value


@pytest.mark.parametrize("name", ["marble_commission", "marble_learn"])
def test_a_product_to_commission_has_to_be_named(dags: dict[str, Any], name: str) -> None:
    params = copy.deepcopy(dags[name].params)
    with pytest.raises(ValueError, match="product"):
        params.validate()
    for wrong in ("Verde", "../marble", "--model=/tmp"):
        with pytest.raises(ValueError, match=re.escape(wrong)):
            params["product"] = wrong
    params["product"] = "verde"
    params.validate()


def test_a_promotion_is_of_the_lines_model_unless_a_product_is_named(dags: dict[str, Any]) -> None:
    for name in ("marble_promote", "marble_rollback"):
        params = copy.deepcopy(dags[name].params)
        params.validate()
        assert params["product"] == ""
        with pytest.raises(ValueError, match="Verde"):
            params["product"] = "Verde"


def test_a_pod_is_what_the_chart_says_with_a_command(pods: dict[str, Any]) -> None:
    told = json.loads(TOLD.read_text())["pods"]
    images = {kind: pod["spec"]["containers"][0]["image"] for kind, pod in told.items()}
    for name, pod in pods.items():
        [container] = pod["spec"]["containers"]
        assert container["image"] in images.values(), name
        assert container["args"], name
        assert container["resources"]["limits"]["memory"], name
        assert container["securityContext"]["readOnlyRootFilesystem"] is True, name
        assert pod["spec"]["automountServiceAccountToken"] is False, name
        assert pod["spec"]["restartPolicy"] == "Never", name
        assert pod["metadata"]["labels"]["app.kubernetes.io/component"] == "batch", name


@pytest.mark.parametrize(
    ("exit_code", "goes"), [(0, True), (3, True), (1, False), (137, False), (None, False)]
)
def test_only_the_pod_of_a_failure_stays(
    dags: dict[str, Any], monkeypatch: pytest.MonkeyPatch, exit_code: int | None, goes: bool
) -> None:
    gone = []
    for task in tasks(dags):
        monkeypatch.setitem(vars(task), "pod_manager", SimpleNamespace(delete_pod=gone.append))
        ended = SimpleNamespace(exit_code=exit_code) if exit_code is not None else None
        base = SimpleNamespace(name="base", state=SimpleNamespace(terminated=ended))
        phase = "Succeeded" if exit_code == 0 else "Failed"
        status = SimpleNamespace(phase=phase, container_statuses=[base], init_container_statuses=None)
        pod = SimpleNamespace(status=status, metadata=SimpleNamespace(name="one"))
        gone.clear()
        assert task.process_pod_deletion(pod) is goes, task
        assert gone == ([pod] if goes else []), task


def test_the_api_server_takes_every_pod(pods: dict[str, Any], dry_run: Callable[..., None]) -> None:
    for pod in pods.values():
        dry_run(pod)
