"""The Job that makes Secrets: what exists stays; who trusts the old authority trusts the renewed one."""

import base64
import json
import os
import socket
import ssl
import subprocess
import sys
import threading
from collections.abc import Iterator
from pathlib import Path
from typing import Any

import pytest
from pytest_httpserver import HTTPServer
from werkzeug import Request, Response

from tests.chart.conftest import Render
from tests.chart.schema import CHART

SCRIPT = CHART / "files" / "make_secrets.py"
PATH = "/api/v1/namespaces/default/secrets"
MADE = {"t-store-workers", "t-store-console", "t-kibana-loader", "t-broker-tls", "t-broker-ca"}


class Api:
    """The Secrets of one namespace, as the Kubernetes API keeps them."""

    def __init__(self, server: HTTPServer) -> None:
        self.port = server.port
        self.secrets: dict[str, dict[str, Any]] = {}
        self.refuse_first = 0
        self.written: list[str] = []
        server.expect_request(PATH, method="POST").respond_with_handler(self._create)
        for method in ("GET", "PATCH", "DELETE"):
            server.expect_request(_Below(), method=method).respond_with_handler(self._one)

    def _create(self, request: Request) -> Response:
        if self.refuse_first:
            self.refuse_first -= 1
            return Response("no right yet", 403)
        secret = json.loads(request.get_data())
        name = secret["metadata"]["name"]
        if name in self.secrets:
            return Response("{}", 409)
        self.secrets[name] = secret
        self.written.append(name)
        return Response(json.dumps(secret), 201)

    def _one(self, request: Request) -> Response:
        assert request.headers["Authorization"] == "Bearer token-of-the-job"
        name = request.path.rpartition("/")[2]
        if name not in self.secrets:
            return Response("{}", 404)
        if request.method == "DELETE":
            return Response(json.dumps(self.secrets.pop(name)))
        if request.method == "PATCH":
            _merge(self.secrets[name], json.loads(request.get_data()))
            self.written.append(name)
        return Response(json.dumps(self.secrets[name]))

    def data(self, name: str) -> dict[str, str]:
        return {key: base64.b64decode(text).decode() for key, text in self.secrets[name]["data"].items()}


class _Below:
    """Matches each path below that of the Secrets."""

    def __eq__(self, path: object) -> bool:
        return str(path).startswith(f"{PATH}/")

    def __hash__(self) -> int:
        return hash(PATH)


def _merge(into: dict[str, Any], changes: dict[str, Any]) -> None:
    for key, value in changes.items():
        if isinstance(value, dict):
            _merge(into.setdefault(key, {}), value)
        else:
            into[key] = value


@pytest.fixture
def api() -> Iterator[Api]:
    with HTTPServer("127.0.0.1") as server:
        yield Api(server)
        server.check()


@pytest.fixture
def run(api: Api, tmp_path: Path, render: Render) -> Any:
    (tmp_path / "token").write_text("token-of-the-job\n")

    def ran(verb: str, *options: str) -> str:
        [wanted] = [
            one["data"]["wanted.json"] for one in render(*options) if "wanted.json" in one.get("data", {})
        ]
        (tmp_path / "wanted.json").write_text(wanted)
        environment = {
            **os.environ,
            "ACCOUNT_FOLDER": str(tmp_path),
            "API_SCHEME": "http",
            "PAUSE_S": "0.05",
            "KUBERNETES_SERVICE_HOST": "127.0.0.1",
            "KUBERNETES_SERVICE_PORT": str(api.port),
        }
        command = [sys.executable, str(SCRIPT), verb, str(tmp_path / "wanted.json")]
        done = subprocess.run(
            command, capture_output=True, text=True, env=environment, timeout=60, check=False
        )
        assert done.returncode == 0, done.stdout + done.stderr
        return done.stdout

    return ran


def test_it_makes_what_there_is_not_and_leaves_what_there_is(api: Api, run: Any) -> None:
    api.refuse_first = 2
    run("make")
    assert set(api.secrets) == MADE
    workers = api.data("t-store-workers")
    assert workers["username"] == "marbleline-workers"
    assert workers["roles"] == "marbleline_workers"
    assert len(workers["password"]) == 32
    assert workers["password"].isalnum()
    assert len({api.data(name)["password"] for name in MADE if "broker" not in name}) == 3
    before, api.written = json.dumps(api.secrets), []
    run("make")
    assert json.dumps(api.secrets) == before
    assert api.written == []


def test_nothing_secret_is_said(api: Api, run: Any) -> None:
    said = run("make")
    for name in MADE:
        for key, text in api.data(name).items():
            if key not in ("username", "roles"):
                assert text not in said


def test_one_that_an_earlier_chart_made_is_kept_from_helm(api: Api, run: Any) -> None:
    labels = {"app.kubernetes.io/managed-by": "Helm"}
    for name in ("t-store-workers", "t-broker-tls"):
        api.secrets[name] = {"metadata": {"name": name, "labels": labels}, "data": {"password": "b2xk"}}
    run("make")
    for name in ("t-store-workers", "t-broker-tls"):
        assert api.secrets[name]["data"] == {"password": "b2xk"}
        assert api.secrets[name]["metadata"]["annotations"] == {"helm.sh/resource-policy": "keep"}


def test_a_raised_generation_makes_users_beside_the_old_ones(api: Api, run: Any) -> None:
    run("make")
    old = dict(api.secrets)
    run("make", "--set", "secrets.storeGeneration=2")
    assert {name: api.secrets[name] for name in old} == old
    assert api.data("t-store-workers-2")["username"] == "marbleline-workers-2"


def test_it_removes_all_that_it_made(api: Api, run: Any) -> None:
    run("make")
    api.secrets["another"] = {}
    run("remove", "--set", "keepData=false")
    assert set(api.secrets) == {"another"}


class Server:
    """A TLS server that shows a certificate to each client, until it is closed."""

    def __init__(self, folder: Path, data: dict[str, str]) -> None:
        (folder / "tls.crt").write_text(data["tls.crt"])
        (folder / "tls.key").write_text(data["tls.key"])
        context = ssl.SSLContext(ssl.PROTOCOL_TLS_SERVER)
        context.load_cert_chain(folder / "tls.crt", folder / "tls.key")
        self._socket = socket.create_server(("127.0.0.1", 0))
        self.port = self._socket.getsockname()[1]
        self._context = context
        threading.Thread(target=self._serve, daemon=True).start()

    def _serve(self) -> None:
        while True:
            try:
                client, _ = self._socket.accept()
                with client, self._context.wrap_socket(client, server_side=True):
                    pass
            except ssl.SSLError:
                continue
            except OSError:
                return

    def close(self) -> None:
        self._socket.close()

    def trusted_by(self, authority: str, name: str = "t-broker.default.svc") -> bool:
        context = ssl.create_default_context(cadata=authority)
        try:
            with (
                socket.create_connection(("127.0.0.1", self.port), timeout=10) as plain,
                context.wrap_socket(plain, server_hostname=name),
            ):
                return True
        except ssl.SSLCertVerificationError:
            return False


def test_whoever_trusts_the_old_authority_trusts_the_renewed_broker(
    api: Api, run: Any, tmp_path: Path
) -> None:
    run("make")
    first = api.data("t-broker-tls")
    run("make", "--set", "secrets.brokerGeneration=2")
    second = api.data("t-broker-tls")
    assert second["tls.key"] != first["tls.key"]
    written, api.written = api.written, []
    run("make", "--set", "secrets.brokerGeneration=2")
    assert (len(written), api.written) == (7, [])
    before, after = Server(tmp_path, first), Server(tmp_path, second)
    try:
        # Pods and broker follow at different times: each meets the other's old and new files.
        assert before.trusted_by(first["ca.crt"])
        assert after.trusted_by(first["ca.crt"])
        assert before.trusted_by(second["ca.crt"])
        assert after.trusted_by(second["ca.crt"])
        assert not after.trusted_by(second["ca.crt"], "another.default.svc")
        run("make", "--set", "secrets.brokerGeneration=3")
        third = Server(tmp_path, api.data("t-broker-tls"))
        try:
            assert third.trusted_by(second["ca.crt"])
            assert not third.trusted_by(first["ca.crt"]), "two generations later the first one counts no more"
        finally:
            third.close()
    finally:
        before.close()
        after.close()
