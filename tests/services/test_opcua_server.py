"""The server on loopback: what an unencrypted channel may not do, and the state while results can't come."""

import asyncio
import re
import threading
from collections.abc import Callable, Iterator, Sequence
from pathlib import Path

import pytest
from asyncua import Client, Node, Server, ua
from cryptography.hazmat.primitives.serialization import Encoding

from marbleline.adapters.opcua.address_space import build
from marbleline.adapters.opcua.certificate import CertificateFiles, own_certificate, read_certificate
from marbleline.adapters.opcua.server import Inbox, ServerOptions, serve
from marbleline.domain.slab import SlabVerdict
from marbleline.domain.vision_state import Cause, VisionState, transition
from marbleline.errors import SettingError, StoreUnavailable
from marbleline.ports.inspected_line import ProductEntry
from marbleline.ports.slab_verdicts import Place, SlabQuery
from marbleline.telemetry.health import Heartbeat
from tests.builders import FakeClock, make_slab_verdict
from tests.services.missing import ServerMissing, skip_or_fail
from tests.services.opcua_client import machine_vision_node_set

USER, PASSWORD = "mes", "granite-and-lime"
MODE = "ns=3;s=Marbleline.VisionStateMachine.AutomaticModeStateMachine"
STATE = "ns=3;s=Marbleline.VisionStateMachine.CurrentState"
RESULTS = "ns=3;s=Marbleline.ResultManagement"


class StoreAway:
    """A line with one product, whose store can't be reached."""

    def slab_verdict(self, slab_verdict_id: str) -> SlabVerdict | None:
        raise StoreUnavailable("no route")

    def slab_verdicts(self, query: SlabQuery, limit: int, after: Place | None = None) -> list[SlabVerdict]:
        raise StoreUnavailable("no route")

    def product_of(self, slab: SlabVerdict) -> str:
        raise StoreUnavailable("no route")

    def products(self) -> Sequence[ProductEntry]:
        return [ProductEntry("marble", "Carrara", 1)]

    def current_product(self) -> str:
        return "marble"

    def switch_product(self, product: str, by: str) -> None:
        raise AssertionError("nobody switches here")


class Running:
    """A server on a thread of its own."""

    def __init__(self, folder: Path, node_set: Path, certificate: CertificateFiles | None = None) -> None:
        self.inbox = Inbox()
        self._stop = threading.Event()
        listening = threading.Event()
        self.port = 0

        def on_listening(port: int) -> None:
            self.port = port
            listening.set()

        options = ServerOptions(
            host="127.0.0.1",
            port=0,
            name="localhost",
            line="line-1",
            certificate=certificate or own_certificate(folder, "line-1", "localhost"),
            node_set=node_set,
            users={USER: PASSWORD},
        )
        self._thread = threading.Thread(
            target=serve,
            args=(
                options,
                StoreAway(),
                self.inbox,
                FakeClock(),
                on_listening,
                self._stop,
                Heartbeat("opcua"),
            ),
        )
        self._thread.start()
        assert listening.wait(60)

    @property
    def url(self) -> str:
        return f"opc.tcp://127.0.0.1:{self.port}/marbleline"

    def close(self) -> None:
        self._stop.set()
        self._thread.join(60)


@pytest.fixture(scope="module")
def running(tmp_path_factory: pytest.TempPathFactory) -> Iterator[Running]:
    try:
        running = Running(tmp_path_factory.mktemp("opcua"), machine_vision_node_set())
    except ServerMissing as error:
        skip_or_fail(error)
    yield running
    running.close()


def test_a_certificate_and_key_by_the_names_of_a_secret(tmp_path: Path) -> None:
    # As `kubectl create secret tls` and cert-manager make them: PEM, which the names do not say.
    own = own_certificate(tmp_path / "own", "line-1", "localhost")
    certificate, key = tmp_path / "tls.crt", tmp_path / "tls.key"
    certificate.write_bytes(read_certificate(own.certificate).public_bytes(Encoding.PEM))
    key.write_bytes(own.key.read_bytes())
    try:
        served = Running(tmp_path, machine_vision_node_set(), CertificateFiles(certificate, key))
    except ServerMissing as error:
        skip_or_fail(error)

    async def read_state() -> None:
        client = await connected(served, tmp_path)
        try:
            await becomes(client.get_node(STATE), "Operational")
        finally:
            await client.disconnect()

    try:
        asyncio.run(read_state())
    finally:
        served.close()


@pytest.mark.parametrize("login", [True, False])
def test_an_unencrypted_channel_serves_nothing(
    running: Running, login: bool, monkeypatch: pytest.MonkeyPatch
) -> None:
    # An attacker's client does not mind that there is no endpoint without encryption.
    monkeypatch.setattr(Client, "find_endpoint", lambda endpoints, mode, uri: endpoints[0])

    async def attack() -> None:
        client = Client(running.url, timeout=60)
        await client.connect_socket()
        try:
            await client.send_hello()
            await client.open_secure_channel()
            await client.create_session()
            if login:
                await client.activate_session(username=USER, password=PASSWORD)
            with pytest.raises(ua.uaerrors.BadUserAccessDenied):
                await client.get_node(STATE).read_value()
            with pytest.raises(ua.uaerrors.BadUserAccessDenied):
                halt = client.get_node("ns=3;s=Marbleline.VisionStateMachine")
                await halt.call_method("2:Halt", ua.Variant(0, ua.VariantType.Int32), ua.Variant(""))
        finally:
            await client.close_secure_channel()
            client.disconnect_socket()

    asyncio.run(attack())


async def connected(running: Running, folder: Path) -> Client:
    own = own_certificate(folder, "client", "localhost")
    client = Client(running.url, timeout=60)
    client.application_uri = "urn:localhost:marbleline:client"
    client.set_user(USER)
    client.set_password(PASSWORD)
    await client.set_security_string(f"Basic256Sha256,SignAndEncrypt,{own.certificate},{own.key}")
    await client.connect()
    return client


async def becomes(node: Node, text: str) -> None:
    """Wait until a state is shown."""
    async with asyncio.timeout(20):
        while (await node.read_value()).Text != text:
            await asyncio.sleep(0.02)


def test_results_that_cannot_come_are_an_error_and_end_the_job(running: Running, tmp_path: Path) -> None:
    async def watch() -> None:
        client = await connected(running, tmp_path)
        try:
            state = client.get_node(STATE)
            await becomes(state, "Operational")
            running.inbox.report("the broker is away")
            await becomes(state, "Error")
            running.inbox.report("")
            await becomes(state, "Operational")
            await becomes(client.get_node(f"{MODE}.CurrentState"), "Ready")
        finally:
            await client.disconnect()

    asyncio.run(watch())


def test_a_store_that_is_away_fails_only_what_is_not_at_hand(running: Running, tmp_path: Path) -> None:
    async def ask() -> None:
        client = await connected(running, tmp_path)
        await client.load_data_type_definitions()
        try:
            results = client.get_node(RESULTS)

            async def by_id(result_id: str) -> list[object]:
                wanted = ua.ResultIdDataType(Id=result_id)
                found: list[object] = await results.call_method(
                    "2:GetResultById", wanted, ua.Variant(0, ua.VariantType.Int32)
                )
                return found

            assert (await by_id("line-1/-/#1"))[2] == -4
            running.inbox.deliver(make_slab_verdict(8))
            async with asyncio.timeout(20):
                while (await by_id("line-1/-/#8"))[2] != 0:
                    await asyncio.sleep(0.02)
        finally:
            await client.disconnect()

    asyncio.run(ask())


def test_a_call_with_too_few_arguments_is_refused(running: Running, tmp_path: Path) -> None:
    async def call(args: Callable[[], list[ua.Variant]]) -> None:
        client = await connected(running, tmp_path)
        try:
            with pytest.raises(ua.uaerrors.BadArgumentsMissing):
                await client.get_node(RESULTS).call_method("2:GetResultById", *args())
        finally:
            await client.disconnect()

    asyncio.run(call(list))


def test_the_node_set_has_every_state_and_transition(running: Running) -> None:
    names = set(re.findall(r'BrowseName="1:(\w+)"', machine_vision_node_set().read_text(encoding="utf-8")))
    steps = [transition(state, cause) for state in VisionState for cause in Cause]
    assert {step.name for step in steps if step} <= names
    assert {state.value for state in VisionState} <= names


def test_another_file_is_refused_by_its_name(tmp_path: Path) -> None:
    for content in (None, "no XML", "<UANodeSet/>"):
        file = tmp_path / "other.xml"
        if content is not None:
            file.write_text(content)

        async def build_from(file: Path = file) -> None:
            server = Server()
            await server.init()
            await build(server, "line-1", file)

        with pytest.raises(SettingError, match=r"opcua_node_set: .*other\.xml is not the node set"):
            asyncio.run(build_from())
