"""One RabbitMQ node of the tests' own, from the system's package: apart from any system service.

It has its own name, Erlang cookie, Erlang name server, folders and ports, all on loopback. What it is
called and where it listens is kept in its folder, so that another process finds it again.
"""

import json
import os
import secrets
import shutil
import signal
import subprocess
from dataclasses import asdict, dataclass
from pathlib import Path
from typing import Final

import pika

from tests.services.authority import make_certificates
from tests.services.missing import ServerMissing
from tests.services.packages import install
from tests.services.processes import begin, end, free_ports, runs, wait_healthy

START_S: Final = 120.0
USER: Final = "guest"

_ROOT_VARIABLE: Final = "MARBLELINE_TEST_RABBITMQ_ROOT"
_ROOT: Final = Path(root) if (root := os.environ.get(_ROOT_VARIABLE)) else None
"""Root of another Debian, whose RabbitMQ is used instead of the system's (docs/testing.md)."""

_CHROOT: Final = """
root=$1 folder=$2
shift 2
mkdir -p "$root$folder"
mount --bind "$folder" "$root$folder"
mount --rbind /proc "$root/proc"
mount --rbind /dev "$root/dev"
exec chroot "$root" "$@"
"""


@dataclass(frozen=True, slots=True)
class Ports:
    """Where a node listens, on 127.0.0.1."""

    amqp: int
    amqps: int
    management: int
    distribution: int
    names: int


class RabbitNode:
    """A node that lives in ``folder``. The same folder is the same node, also for another process."""

    def __init__(self, folder: Path) -> None:
        self.folder = folder
        self.log = folder / "console.log"
        self._pid_file = folder / "node.pid"

    @property
    def ports(self) -> Ports:
        """Its ports, chosen once."""
        file = self.folder / "ports.json"
        if not file.exists():
            self.folder.mkdir(parents=True, exist_ok=True)
            file.write_text(json.dumps(asdict(Ports(*free_ports(5)))))
        return Ports(**json.loads(file.read_text()))

    @property
    def url(self) -> str:
        """Its address for clients."""
        return f"amqp://{USER}:{USER}@127.0.0.1:{self.ports.amqp}/"

    @property
    def tls_url(self) -> str:
        """The same over TLS; ``ca_file`` vouches for it."""
        return f"amqps://{USER}:{USER}@localhost:{self.ports.amqps}/"

    @property
    def ca_file(self) -> Path:
        """The authority that signed its certificate."""
        return self.folder / "tls" / "ca.pem"

    @property
    def management(self) -> str:
        """Address of its management API."""
        return f"http://127.0.0.1:{self.ports.management}/api"

    def pid(self) -> int | None:
        """The Erlang machine's pid, None if it does not run."""
        try:
            pid = int(self._pid_file.read_text())
        except (OSError, ValueError):
            return None
        return pid if runs(pid, str(self._pid_file)) else None

    def start(self) -> None:
        """Start it and wait until it takes connections; nothing changes if it runs.

        Raises ServerMissing.
        """
        if self.pid() is not None:
            return
        command = self._command("rabbitmq-server")
        self._write_files()
        self._pid_file.unlink(missing_ok=True)
        launcher = begin(command, self.log, self._environment())

        def alive() -> bool:
            return self.pid() is not None or runs(launcher, str(self._pid_file))

        wait_healthy(self.answers, alive, self.log, "RabbitMQ", START_S)

    def stop(self) -> None:
        """End it; its data stays."""
        self._end(signal.SIGTERM)

    def kill(self) -> None:
        """End it at once, as a power cut would (``kill -9``)."""
        self._end(signal.SIGKILL)

    def remove(self) -> None:
        """End it and remove all that it had."""
        self.kill()
        shutil.rmtree(self.folder, ignore_errors=True)

    def answers(self) -> bool:
        """Whether a client can log in."""
        try:
            pika.BlockingConnection(pika.URLParameters(self.url + "%2f?socket_timeout=2")).close()
        except (pika.exceptions.AMQPError, OSError):
            return False
        return True

    def control(self, *words: str) -> str:
        """Run ``rabbitmqctl`` on it and return what it printed."""
        done = subprocess.run(
            self._command("rabbitmqctl", "--quiet", *words),
            env={**os.environ, **self._environment()},
            capture_output=True,
            text=True,
            check=False,
            timeout=60,
        )
        if done.returncode != 0:
            raise RuntimeError(f"rabbitmqctl {' '.join(words)}: {done.stderr or done.stdout}")
        return done.stdout

    def ack(self) -> None:
        """Be as a node that is some minutes old: what streams it has is written down (docs/rabbitmq.md)."""
        self.control("eval", "dets:sync(ra_coordination_directory_reverse).")

    def _end(self, number: signal.Signals) -> None:
        pid = self.pid()
        if pid is None:
            return
        end(pid, str(self._pid_file), number)
        # The name server is this node's alone, on a port of its own; it ends when it has no node.
        epmd = shutil.which("epmd") if _ROOT is None else "/usr/bin/epmd"
        if epmd is not None:
            command = [*_inside(self.folder), epmd, "-port", str(self.ports.names), "-kill"]
            subprocess.run(command, capture_output=True, check=False, timeout=10)

    def _command(self, script: str, *words: str) -> list[str]:
        """One of the package's own scripts. Raises ServerMissing."""
        return [*_inside(self.folder), str(_scripts() / script), *words]

    def _environment(self) -> dict[str, str]:
        folder, ports = self.folder, self.ports
        return {
            "HOME": str(folder),
            "RABBITMQ_CONF_ENV_FILE": "/dev/null",
            "RABBITMQ_NODENAME": f"marbleline-{ports.amqp}@localhost",
            "RABBITMQ_MNESIA_BASE": str(folder / "data"),
            "RABBITMQ_LOG_BASE": str(folder / "logs"),
            "RABBITMQ_SCHEMA_DIR": str(folder / "schema"),
            "RABBITMQ_GENERATED_CONFIG_DIR": str(folder / "generated"),
            "RABBITMQ_CONFIG_FILE": str(folder / "rabbitmq.conf"),
            "RABBITMQ_ENABLED_PLUGINS_FILE": str(folder / "plugins"),
            "RABBITMQ_PID_FILE": str(self._pid_file),
            "RABBITMQ_DIST_PORT": str(ports.distribution),
            "ERL_EPMD_PORT": str(ports.names),
            "ERL_EPMD_ADDRESS": "127.0.0.1",
            # On loopback only, and without schedulers that spin while they have nothing to do.
            "RABBITMQ_SERVER_ADDITIONAL_ERL_ARGS": "+sbwt none +sbwtdcpu none +sbwtdio none "
            "-kernel inet_dist_use_interface {127,0,0,1}",
        }

    def _write_files(self) -> None:
        folder, ports = self.folder, self.ports
        for name in ("data", "logs", "schema", "generated"):
            (folder / name).mkdir(parents=True, exist_ok=True)
        tls = folder / "tls"
        if not self.ca_file.exists():
            make_certificates(tls)
        cookie = folder / ".erlang.cookie"
        if not cookie.exists():
            cookie.touch(mode=0o600)
            cookie.write_text(secrets.token_hex(16))
            cookie.chmod(0o400)
        (folder / "plugins").write_text("[rabbitmq_management].\n")
        settings = {
            "listeners.tcp.1": f"127.0.0.1:{ports.amqp}",
            "listeners.ssl.1": f"127.0.0.1:{ports.amqps}",
            "ssl_options.cacertfile": tls / "ca.pem",
            "ssl_options.certfile": tls / "server.pem",
            "ssl_options.keyfile": tls / "server.key",
            "ssl_options.verify": "verify_none",
            "management.tcp.ip": "127.0.0.1",
            "management.tcp.port": ports.management,
            "default_user": USER,
            "default_pass": USER,
            "vm_memory_high_watermark.absolute": "600MB",
            # A log that grows towards the watermark would block publishing (docs/rabbitmq.md).
            "raft.wal_max_size_bytes": 64 * 2**20,
            "disk_free_limit.absolute": "50MB",
            "collect_statistics_interval": 1000,
        }
        (folder / "rabbitmq.conf").write_text(
            "".join(f"{name} = {value}\n" for name, value in settings.items())
        )


def _inside(folder: Path) -> list[str]:
    """What has a command run in ``_ROOT``, where ``folder`` has the same path; nothing without a root."""
    return [] if _ROOT is None else ["unshare", "-m", "sh", "-ec", _CHROOT, "sh", str(_ROOT), str(folder)]


def _scripts() -> Path:
    """The folder of the package's own scripts; those on Debian's PATH switch to another user."""
    if _ROOT is not None:
        for script in sorted(_ROOT.glob("usr/lib/rabbitmq/lib/*/sbin/rabbitmq-server")):
            return "/" / script.parent.relative_to(_ROOT)
        raise ServerMissing(f"{_ROOT} ({_ROOT_VARIABLE}) has no RabbitMQ of Debian")
    found = _look()
    if found is None:
        install(["rabbitmq-server"], "RabbitMQ")
        found = _look()
    if found is None:
        raise ServerMissing("RabbitMQ's package is installed, but its scripts are not where they should be")
    return found


def _look() -> Path | None:
    for base in (
        Path("/usr/lib/rabbitmq/lib"),
        Path("/opt/homebrew/opt/rabbitmq"),
        Path("/usr/local/opt/rabbitmq"),
    ):
        for script in sorted(base.glob("**/sbin/rabbitmq-server"), reverse=True):
            return script.parent
    return None
