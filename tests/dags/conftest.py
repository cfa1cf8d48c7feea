"""Airflow with a home of its own, and the DAGs as it parses them: `make test-dags`."""

import json
import os
import sys
import tempfile
import uuid
from collections.abc import Callable, Iterator
from pathlib import Path
from typing import Any, Final

import pytest

DAGS: Final = Path(__file__).parents[2] / "dags"
TOLD: Final = Path(__file__).parent / "batch.json"

sys.path.append(str(DAGS.parent / "src"))  # the commands' flags; Airflow's environment lacks the package

# Airflow reads its environment when it is imported, which has to be after this.
_HOME: Final = tempfile.TemporaryDirectory(prefix="airflow-dags-")
os.environ["AIRFLOW_HOME"] = _HOME.name
os.environ["AIRFLOW__CORE__DAGS_FOLDER"] = str(DAGS)
os.environ["AIRFLOW__CORE__LOAD_EXAMPLES"] = "False"
os.environ["AIRFLOW__CORE__DAGBAG_IMPORT_TIMEOUT"] = "300"  # a busy machine imports for long
os.environ["MARBLELINE_BATCH"] = str(TOLD)


@pytest.fixture(scope="session")
def bag() -> Any:
    """The DAGs that Airflow finds in the folder."""
    from airflow.dag_processing.dagbag import BundleDagBag

    return BundleDagBag(dag_folder=DAGS, bundle_path=DAGS, bundle_name="dags-folder")


@pytest.fixture(scope="session")
def dags(bag: Any) -> dict[str, Any]:
    """Name -> DAG."""
    assert bag.import_errors == {}
    found: dict[str, Any] = bag.dags
    return found


@pytest.fixture(scope="session")
def pods(dags: dict[str, Any]) -> dict[str, Any]:
    """DAG.task -> the pod that it would start, as JSON. Templates of parameters stay as they are."""
    from kubernetes.client import ApiClient

    plain = ApiClient().sanitize_for_serialization
    return {
        f"{dag.dag_id}.{task.task_id}": plain(task.build_pod_request_obj(dry_run=True))
        for dag in dags.values()
        for task in dag.tasks
    }


@pytest.fixture
def dry_run() -> Iterator[Callable[[Any], None]]:
    """Has a pod checked: by the API server if KUBECONFIG names one, in a namespace for that alone, where Pod
    Security "restricted" is enforced; else by the client's models."""
    from kubernetes import client, config

    if not os.environ.get("KUBECONFIG"):

        def by_models(pod: Any) -> None:
            found = client.ApiClient()._ApiClient__deserialize(pod, client.V1Pod)
            assert client.ApiClient().sanitize_for_serialization(found) == pod

        yield by_models
        return
    config.load_kube_config()
    api = client.CoreV1Api()
    name = f"dags-{uuid.uuid4().hex[:8]}"
    label = {"pod-security.kubernetes.io/enforce": "restricted"}
    api.create_namespace({"metadata": {"name": name, "labels": label}})
    try:
        for account in {
            pod["spec"]["serviceAccountName"] for pod in json.loads(TOLD.read_text())["pods"].values()
        }:
            api.create_namespaced_service_account(name, {"metadata": {"name": account}})

        def by_server(pod: Any) -> None:
            moved = {**pod, "metadata": {**pod["metadata"], "namespace": name}}
            api.create_namespaced_pod(name, moved, dry_run="All", field_validation="Strict")

        yield by_server
    finally:
        api.delete_namespace(name)
