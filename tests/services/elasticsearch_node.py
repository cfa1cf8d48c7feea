"""One Elasticsearch 8.19 node of the tests' own, run from its published jars on Java 17.

It has no security, ILM, scripts or ingest: those modules are not published. Nothing that Marbleline
needs of every server may depend on them.
"""

import json
import shutil
import signal
import urllib.error
import urllib.request
from pathlib import Path
from typing import Final

from tests.services.elasticsearch_build import SOURCES, home
from tests.services.processes import begin, end, free_ports, runs, wait_healthy

START_S: Final = 180.0
HEAP: Final = "512m"


class SearchNode:
    """A node that lives in ``folder``. The same folder is the same node, also for another process."""

    def __init__(self, folder: Path) -> None:
        self.folder = folder
        self.log = folder / "console.log"
        self._pid_file = folder / "node.pid"

    @property
    def url(self) -> str:
        """Its address for clients, without a password."""
        return f"http://127.0.0.1:{self._ports()[0]}"

    def pid(self) -> int | None:
        """The Java machine's pid, None if it does not run."""
        try:
            pid = int(self._pid_file.read_text())
        except (OSError, ValueError):
            return None
        return pid if runs(pid, str(self.folder)) else None

    def start(self) -> None:
        """Start it and wait until it is healthy; nothing changes if it runs. Raises ServerMissing."""
        if self.pid() is not None:
            return
        built = home()
        self._write_config()
        command = [
            "java",
            f"-Xms{HEAP}",
            f"-Xmx{HEAP}",
            "-XX:+UseSerialGC",
            "-Dlog4j2.disable.jmx=true",
            "-Dio.netty.noUnsafe=true",
            "-Dio.netty.recycler.maxCapacityPerThread=0",
            "-cp",
            f"{built / 'lib'}/*",
            "SearchNode",
            str(built),
            str(self.folder / "config"),
        ]
        pid = begin(command, self.log)
        self._pid_file.write_text(str(pid))
        wait_healthy(self.answers, lambda: self.pid() is not None, self.log, "Elasticsearch", START_S)

    def stop(self) -> None:
        """End it; its data stays."""
        self._end(signal.SIGTERM)

    def kill(self) -> None:
        """End it at once (``kill -9``)."""
        self._end(signal.SIGKILL)

    def remove(self) -> None:
        """End it and remove all that it had."""
        self.kill()
        shutil.rmtree(self.folder, ignore_errors=True)

    def answers(self) -> bool:
        """Whether it is healthy."""
        address = f"{self.url}/_cluster/health?wait_for_status=yellow&timeout=1s"
        try:
            with urllib.request.urlopen(address, timeout=3) as answer:
                return bool(answer.status == 200)
        except (OSError, urllib.error.URLError):
            return False

    def _end(self, number: signal.Signals) -> None:
        pid = self.pid()
        if pid is not None:
            end(pid, str(self.folder), number)

    def _ports(self) -> tuple[int, int]:
        file = self.folder / "ports.json"
        if not file.exists():
            self.folder.mkdir(parents=True, exist_ok=True)
            file.write_text(json.dumps(free_ports(2)))
        http, transport = json.loads(file.read_text())
        return int(http), int(transport)

    def _write_config(self) -> None:
        http, transport = self._ports()
        config = self.folder / "config"
        config.mkdir(parents=True, exist_ok=True)
        for name in ("data", "logs", "snapshots"):
            (self.folder / name).mkdir(exist_ok=True)
        shutil.copy(SOURCES / "log4j2.properties", config)
        settings = {
            "cluster.name": "marbleline-tests",
            "node.name": "search-node",
            "path.data": self.folder / "data",
            "path.logs": self.folder / "logs",
            "path.repo": self.folder / "snapshots",
            "network.host": "127.0.0.1",
            "http.port": http,
            "transport.port": transport,
            "discovery.type": "single-node",
            "transport.type": "netty4",
            "http.type": "netty4",
            # A developer's disk may be fuller than a server's.
            "cluster.routing.allocation.disk.threshold_enabled": "false",
            # Counting what is in use, not garbage: the serial collector runs only when the heap is full,
            # and a server that refuses all requests before that never comes to it.
            "indices.breaker.total.use_real_memory": "false",
        }
        (config / "elasticsearch.yml").write_text(
            "".join(f"{name}: {json.dumps(str(value))}\n" for name, value in settings.items())
        )
