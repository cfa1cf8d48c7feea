"""An OPC UA client of another make, node-opcua, a process that is driven by JSON lines."""

import json
import subprocess
from pathlib import Path
from typing import Any, Final

from tests.builders import wait_until
from tests.services import node_packages

_SOURCE: Final = Path(__file__).with_name("node_opcua")


class ClientError(Exception):
    """What the client said of a command that failed."""


class NodeOpcuaClient:
    """A client with a certificate of its own in ``folder``. Raises ServerMissing if there can't be one."""

    def __init__(self, folder: Path) -> None:
        self._folder = folder
        installed = _installed()
        self._process = subprocess.Popen(
            [node_packages.node(), str(installed / "client.js")],
            cwd=installed,
            stdin=subprocess.PIPE,
            stdout=subprocess.PIPE,
            stderr=subprocess.DEVNULL,
            text=True,
        )

    def do(self, command: str, **given: Any) -> Any:
        """The answer to a command of client.js. Raises ClientError."""
        assert self._process.stdin is not None
        assert self._process.stdout is not None
        self._process.stdin.write(json.dumps({"command": command, **given}) + "\n")
        self._process.stdin.flush()
        for line in self._process.stdout:
            if line.startswith("@"):  # the library prints too
                found = json.loads(line[1:])
                if "error" in found:
                    raise ClientError(found["error"])
                return found["answer"]
        raise ClientError("the client has ended")

    def connect(self, url: str, *, encrypted: bool = True) -> Any:
        """Open a channel; returns the server's endpoints."""
        return self.do("connect", url=url, folder=str(self._folder / "pki"), encrypted=encrypted)

    def login(self, user: str | None, password: str = "") -> Any:
        """Open a session; returns the server's namespaces."""
        return self.do("login", user=user, password=password)

    def call(self, target: str, *args: tuple[str | int, object]) -> tuple[str, list[Any]]:
        """Status and outputs of the method ``object.method``, by its node's name."""
        parent, _, method = target.rpartition(".")
        found = self.do("call", object=parent, method=method, args=args)
        return found["status"], found["outputs"]

    def read(self, node: str) -> Any:
        """Value of a variable, None if its status is not Good."""
        found = self.do("read", node=node)
        return found["value"] if found["status"] == "Good" else None

    def wait_events(self, count: int, what: str) -> list[dict[str, Any]]:
        """The events received whose message has this text, once there are so many."""

        def found() -> list[dict[str, Any]]:
            return [event for event in self.do("events") if what in event["message"]]

        wait_until(lambda: len(found()) >= count, limit_s=60, what=f"{count} events {what!r}")
        return found()

    def close(self) -> None:
        """End session and process."""
        if self._process.poll() is None:
            self._process.kill()
        self._process.communicate()


def machine_vision_node_set() -> Path:
    """The OPC Foundation's file, from a package beside the client's. Raises ServerMissing."""
    folder = _installed() / "node_modules" / "node-opcua-nodesets" / "nodesets"
    return folder / "Opc.Ua.MachineVision.NodeSet2.xml"


def _installed() -> Path:
    """The folder with client.js and the packages of its lock."""
    return node_packages.installed(_SOURCE, "node-opcua")
