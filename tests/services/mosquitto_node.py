"""A mosquitto of a test's own, from the system's package, on loopback: it can be killed and hung at will."""

import os
import shutil
import signal
import socket
import subprocess
from pathlib import Path
from typing import Final

from tests.builders import wait_until
from tests.services.authority import make_certificates
from tests.services.missing import ServerMissing
from tests.services.packages import install
from tests.services.processes import begin, end, free_ports, runs, wait_healthy

START_S: Final = 30.0
USER: Final = "line"
PASSWORD: Final = "vein-and-joint"
READER: Final = "reader"


class MosquittoNode:
    """A broker that lives in ``folder``; what it was told to keep is there after a kill.

    ``settings`` are further lines of its configuration. ``USER`` may write ``marbleline/`` and ``plant/`` but
    not verdicts below ``plant/forbidden/``, ``READER`` may read all and write ``barrier/``, and nobody else
    may connect.
    """

    def __init__(self, folder: Path, *settings: str) -> None:
        self._folder = folder
        self._settings = settings
        self._log = folder / "console.log"
        self._configuration = folder / "mosquitto.conf"
        self._pid = 0
        folder.mkdir(parents=True, exist_ok=True)
        self.port, self.tls_port = free_ports(2)

    @property
    def url(self) -> str:
        """Its address for a sink."""
        return f"mqtt://127.0.0.1:{self.port}"

    @property
    def tls_url(self) -> str:
        """The same over TLS; ``ca_file`` vouches for it."""
        return f"mqtts://localhost:{self.tls_port}"

    @property
    def ca_file(self) -> Path:
        """The authority that signed its certificate."""
        return self._folder / "tls" / "ca.pem"

    def start(self) -> None:
        """Start it and wait until it accepts connections. Raises ServerMissing."""
        program = _program("mosquitto")
        if not self._configuration.exists():
            self._write_files()
        self._pid = begin([program, "-c", str(self._configuration)], self._log)
        wait_healthy(self._accepts, self._runs, self._log, "mosquitto", START_S)

    def save(self) -> None:
        """Have it write its sessions and subscriptions to disk, and wait for it."""
        kept = self._folder / "mosquitto.db"
        kept.unlink(missing_ok=True)
        os.kill(self._pid, signal.SIGUSR1)
        wait_until(kept.exists, what="mosquitto.db")

    def kill(self) -> None:
        """End it at once (``kill -9``)."""
        end(self._pid, str(self._configuration), signal.SIGKILL)

    def pause(self) -> None:
        """Let it hang: connections stay open, and nothing is answered."""
        os.kill(self._pid, signal.SIGSTOP)

    def resume(self) -> None:
        """Let it go on."""
        os.kill(self._pid, signal.SIGCONT)

    def remove(self) -> None:
        """End it, hung or not, and remove all that it had."""
        self.kill()
        shutil.rmtree(self._folder, ignore_errors=True)

    def _runs(self) -> bool:
        return runs(self._pid, str(self._configuration))

    def _accepts(self) -> bool:
        try:
            for port in (self.port, self.tls_port):
                socket.create_connection(("127.0.0.1", port), 1).close()
        except OSError:
            return False
        return True

    def _write_files(self) -> None:
        folder = self._folder
        make_certificates(folder / "tls")
        passwords = folder / "passwords"
        passwords.touch(mode=0o600)
        for user in (USER, READER):
            command = [_program("mosquitto_passwd"), "-b", str(passwords), user, PASSWORD]
            subprocess.run(command, check=True, capture_output=True)
        access = {
            USER: ("write marbleline/#", "write plant/#", "deny plant/forbidden/+/verdicts/#"),
            READER: ("read #", "write barrier/#"),
        }
        (folder / "access").write_text(
            "".join(
                f"user {user}\n" + "".join(f"topic {rule}\n" for rule in rules)
                for user, rules in access.items()
            )
        )
        lines = [
            f"listener {self.port} 127.0.0.1",
            f"listener {self.tls_port} 127.0.0.1",
            f"certfile {folder / 'tls' / 'server.pem'}",
            f"keyfile {folder / 'tls' / 'server.key'}",
            "allow_anonymous false",
            f"password_file {passwords}",
            f"acl_file {folder / 'access'}",
            *(["user root"] if os.geteuid() == 0 else []),
            # It holds back or drops nothing for a reader that is slow or away. `save` says when it writes.
            "persistence true",
            f"persistence_location {folder}/",
            "max_inflight_messages 0",
            "max_queued_messages 0",
            "queue_qos0_messages true",
            *self._settings,
        ]
        self._configuration.write_text("".join(f"{line}\n" for line in lines))


def _program(name: str) -> str:
    found = _look(name)
    if found is None:
        install(["mosquitto"], "mosquitto")
        found = _look(name)
    if found is None:
        raise ServerMissing(f"Debian's package mosquitto is installed, but {name} is not where it should be")
    return found


def _look(name: str) -> str | None:
    # Debian has it where only root's PATH leads.
    return shutil.which(name, path=f"{os.environ.get('PATH', '')}:/usr/sbin:/usr/local/sbin")
