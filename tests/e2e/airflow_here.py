"""A real Airflow on this machine, its parts as processes, that starts its pods in a cluster.

It lives in a folder of its own and is reached through its REST API, as anybody would. Needs
.venv-airflow (`make test-dags` makes it).
"""

import json
import os
import secrets
import signal
import socket
import subprocess
import threading
import time
import urllib.error
import urllib.request
from collections import Counter
from collections.abc import Iterator
from contextlib import contextmanager
from dataclasses import dataclass, field
from pathlib import Path
from typing import Any, Final

from tests.e2e.cluster import Broken, wait_until

ROOT: Final = Path(__file__).parents[2]
AIRFLOW: Final = ROOT / ".venv-airflow" / "bin" / "airflow"
UP_S: Final = 400.0
PARTS: Final = (
    ("api-server", "--host", "127.0.0.1"),
    ("scheduler", "--skip-serve-logs"),
    ("dag-processor",),
)


@dataclass
class Airflow:
    """Its API, and what it counted so far (StatsD)."""

    url: str
    token: str = ""
    counts: Counter[str] = field(default_factory=Counter)

    def ask(self, path: str, given: object = None, method: str = "") -> Any:
        """One call of the API, JSON to JSON. Raises Broken with the answer's text."""
        request = urllib.request.Request(
            self.url + path,
            data=None if given is None else json.dumps(given).encode(),
            headers={"Content-Type": "application/json", "Authorization": f"Bearer {self.token}"},
            method=method or None,
        )
        try:
            with urllib.request.urlopen(request, timeout=30) as answer:
                return json.loads(answer.read() or b"null")
        except urllib.error.HTTPError as error:
            raise Broken(f"{path}: {error.code} {error.read().decode()[:500]}") from error
        except (OSError, ValueError) as error:
            raise Broken(f"{path}: {error}") from error

    def pause(self, dag: str, paused: bool) -> None:
        """Stop or start a DAG's schedule."""
        self.ask(f"/api/v2/dags/{dag}", {"is_paused": paused}, "PATCH")

    def dags(self) -> set[str]:
        """The DAGs that it knows by now: it reads one file after the other."""
        return {one["dag_id"] for one in self.ask("/api/v2/dags?limit=100")["dags"]}

    def runs(self, dag: str) -> list[dict[str, Any]]:
        """A DAG's runs, oldest first."""
        found: list[dict[str, Any]] = self.ask(f"/api/v2/dags/{dag}/dagRuns?limit=100&order_by=run_after")[
            "dag_runs"
        ]
        return found

    def run(self, dag: str, limit_s: float, **params: object) -> dict[str, Any]:
        """Start a run with parameters and wait for its end. Raises Broken if there is none by then."""
        wait_until(f"the DAG {dag}", lambda: dag in self.dags(), UP_S)
        begun = self.ask(f"/api/v2/dags/{dag}/dagRuns", {"logical_date": None, "conf": params})
        path = f"/api/v2/dags/{dag}/dagRuns/{begun['dag_run_id']}"
        seen: dict[str, Any] = {}

        def over() -> bool:
            seen.update(self.ask(path))
            return seen["state"] in ("success", "failed")

        wait_until(f"the end of a run of {dag}", over, limit_s)
        return seen

    def tasks(self, run: dict[str, Any]) -> list[dict[str, Any]]:
        """The tasks of a run, in the order in which they began."""
        path = f"/api/v2/dags/{run['dag_id']}/dagRuns/{run['dag_run_id']}/taskInstances"
        found: list[dict[str, Any]] = self.ask(path)["task_instances"]
        return sorted(found, key=lambda task: task["start_date"] or "~")

    def log(self, run: dict[str, Any], task: str, attempt: int = 1) -> str:
        """What a task's pod said, a line an event."""
        path = f"/api/v2/dags/{run['dag_id']}/dagRuns/{run['dag_run_id']}/taskInstances/{task}/logs/{attempt}"
        content = self.ask(path + "?full_content=true")["content"]
        return "\n".join(one["event"] if isinstance(one, dict) else str(one) for one in content)


@contextmanager
def airflow(home: Path, batch: str, kubeconfig: str) -> Iterator[Airflow]:
    """Airflow with the DAGs, told ``batch`` (a batch.json) and how to reach the cluster; ended afterwards.

    Raises Broken if it is not healthy in time.
    """
    (home / "batch.json").write_text(batch)
    (home / "kubeconfig").write_text(kubeconfig)
    (home / "kubeconfig").chmod(0o600)
    udp = socket.socket(socket.AF_INET, socket.SOCK_DGRAM)
    udp.bind(("127.0.0.1", 0))
    there = Airflow(f"http://127.0.0.1:{_free_port()}")
    environment = _environment(home, there.url, udp.getsockname()[1])
    _migrate(environment, home)
    threading.Thread(target=_count, args=(udp, there.counts), daemon=True).start()
    processes = [_start(words, environment, home) for words in PARTS]
    try:
        wait_until("a healthy Airflow", lambda: _healthy(there), UP_S)
        there.token = there.ask("/auth/token")["access_token"]
        for name, pool in json.loads((ROOT / "dags" / "pools.json").read_text()).items():
            there.ask("/api/v2/pools", {"name": name, **pool})
        wait_until("the first DAG", lambda: "marble_batch" in there.dags(), UP_S)
        yield there
    finally:
        for process in processes:
            process.send_signal(signal.SIGTERM)
        for process in processes:
            try:
                process.wait(30)
            except subprocess.TimeoutExpired:
                os.killpg(process.pid, signal.SIGKILL)
                process.wait()
        udp.close()


def _environment(home: Path, url: str, statsd: int) -> dict[str, str]:
    secret = secrets.token_hex(32)
    own = {
        "AIRFLOW_HOME": str(home),
        "AIRFLOW__CORE__DAGS_FOLDER": str(ROOT / "dags"),
        "AIRFLOW__CORE__LOAD_EXAMPLES": "False",
        "AIRFLOW__CORE__EXECUTOR": "LocalExecutor",
        "AIRFLOW__CORE__PARALLELISM": "3",
        # A busy machine imports for half a minute what a quiet one does in three seconds.
        "AIRFLOW__CORE__DAGBAG_IMPORT_TIMEOUT": "240",
        "AIRFLOW__DAG_PROCESSOR__DAG_FILE_PROCESSOR_TIMEOUT": "300",
        "AIRFLOW__DAG_PROCESSOR__MIN_FILE_PROCESS_INTERVAL": "3600",
        "AIRFLOW__DAG_PROCESSOR__PARSING_PROCESSES": "1",
        "AIRFLOW__CORE__SIMPLE_AUTH_MANAGER_ALL_ADMINS": "True",
        "AIRFLOW__CORE__EXECUTION_API_SERVER_URL": f"{url}/execution/",
        "AIRFLOW__API__BASE_URL": url,
        "AIRFLOW__API__PORT": url.rsplit(":", 1)[1],
        "AIRFLOW__API__WORKERS": "1",
        "AIRFLOW__API__SECRET_KEY": secret,
        "AIRFLOW__API_AUTH__JWT_SECRET": secret,
        "AIRFLOW__METRICS__STATSD_ON": "True",
        "AIRFLOW__METRICS__STATSD_HOST": "127.0.0.1",
        "AIRFLOW__METRICS__STATSD_PORT": str(statsd),
        "KUBECONFIG": str(home / "kubeconfig"),
        "MARBLELINE_BATCH": str(home / "batch.json"),
        "NO_PROXY": "127.0.0.1,localhost",
    }
    return {**os.environ, **own}


def _migrate(environment: dict[str, str], home: Path) -> None:
    with (home / "migrate.log").open("wb") as log:
        done = subprocess.run(
            [str(AIRFLOW), "db", "migrate"], env=environment, stdout=log, stderr=log, timeout=300, check=False
        )
    if done.returncode:
        raise Broken(f"airflow db migrate: {(home / 'migrate.log').read_text()[-2000:]}")


def _start(words: tuple[str, ...], environment: dict[str, str], home: Path) -> "subprocess.Popen[bytes]":
    with (home / f"{words[0]}.log").open("ab") as log:
        return subprocess.Popen(
            [str(AIRFLOW), *words], env=environment, stdout=log, stderr=log, start_new_session=True
        )


def _healthy(there: Airflow) -> bool:
    said = there.ask("/api/v2/monitor/health")
    return all(said[part]["status"] == "healthy" for part in ("metadatabase", "scheduler", "dag_processor"))


def _count(udp: socket.socket, counts: "Counter[str]") -> None:
    """Add up StatsD's counters, ``name:1|c``, until the socket is closed."""
    while True:
        try:
            text = udp.recv(65_536).decode(errors="replace")
        except OSError:
            return
        for line in text.splitlines():
            name, _, value = line.partition(":")
            if value.endswith("|c"):
                counts[name] += int(float(value[:-2]))


def _free_port() -> int:
    with socket.socket() as one:
        one.bind(("127.0.0.1", 0))
        port: int = one.getsockname()[1]
        return port


def seconds(run: dict[str, Any]) -> float:
    """How long a run or a task took. Both ends have to be there."""
    start, end = (
        time.mktime(time.strptime(run[key][:19], "%Y-%m-%dT%H:%M:%S")) for key in ("start_date", "end_date")
    )
    return end - start
