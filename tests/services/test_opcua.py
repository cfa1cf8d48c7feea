"""The OPC UA server with a client of another make (node-opcua): who gets in, jobs, results, recipes."""

import json
import shutil
import subprocess
import sys
from collections.abc import Iterator
from contextlib import closing
from pathlib import Path
from typing import Any, Final

import pytest

from marbleline.bootstrap.adapters import open_broker, open_store
from marbleline.bootstrap.catalogue import load
from marbleline.domain.clock import now
from marbleline.domain.decision import Decision
from marbleline.domain.slab import SlabVerdict
from marbleline.pipeline.slab import slab_message
from marbleline.settings.configuration import Configuration
from tests.builders import make_slab_verdict, wait_until
from tests.services.missing import ServerMissing, skip_or_fail
from tests.services.opcua_client import ClientError, NodeOpcuaClient, machine_vision_node_set
from tests.services.processes import free_ports

MODEL: Final = Path(__file__).parents[2] / "model_repo" / "marble" / "1"
USER: Final = "mes"
PASSWORD: Final = "granite-and-lime"

SYSTEM: Final = "Marbleline"
STATE: Final = "Marbleline.VisionStateMachine.CurrentState"
AUTOMATIC: Final = "Marbleline.VisionStateMachine.AutomaticModeStateMachine"
MODE: Final = f"{AUTOMATIC}.CurrentState"
RESULTS: Final = "Marbleline.ResultManagement"
RECIPES: Final = "Marbleline.RecipeManagement"

# Structures by their number in the node set.
MEAS_ID, PART_ID, RECIPE_ID, PRODUCT_ID = 3015, 3004, 3002, 3003
INTERNAL_RECIPE_ID, CONFIGURATION_ID, JOB_ID, RESULT_ID = 3013, 3008, 3016, 3021
WRONG_STATE, UNKNOWN_ID, NOT_SUPPORTED = -1, -2, -3


class Server:
    """``marbleline opcua`` as a process, and the line's own broker and store beside it."""

    def __init__(self, folder: Path, *settings: str) -> None:
        self.folder = folder
        [self.port] = free_ports(1)
        for product in ("marble", "granite"):
            (folder / "models" / product).mkdir(parents=True)
            (folder / "models" / product / "1").symlink_to(MODEL)
        users = folder / "users"
        users.write_text(f"# who may connect\n{USER}:{PASSWORD}\n")
        users.chmod(0o600)
        self.configuration: Configuration = load(
            {"data": str(folder / "data"), "slabs": "true", "model": str(folder / "models" / "marble")}, {}
        )
        self._command = [
            *(sys.executable, "-m", "marbleline", "opcua"),
            *("--data", str(folder / "data"), "--slabs", "true"),
            *("--model", str(folder / "models" / "marble"), "--opcua-users-file", str(users)),
            *("--opcua-port", str(self.port), "--opcua-name", "localhost", "--log-level", "debug"),
            *("--opcua-node-set", str(machine_vision_node_set())),
            *settings,
        ]
        self.start()

    def start(self) -> None:
        """Start it, and wait until it listens."""
        self._log = (self.folder / "log").open("ab")
        self._process = subprocess.Popen(
            self._command, stdout=subprocess.PIPE, stderr=self._log, cwd=self.folder, text=True
        )
        assert self._process.stdout is not None
        said = self._process.stdout.readline()
        assert said.startswith("Listening on"), self.log()

    def stop(self) -> int:
        """End it by SIGTERM; returns its exit code."""
        self._process.terminate()
        try:
            self._process.communicate(timeout=30)
        finally:
            self._process.kill()
            self._log.close()
        return self._process.returncode

    @property
    def url(self) -> str:
        return f"opc.tcp://localhost:{self.port}/marbleline"

    def log(self) -> str:
        return (self.folder / "log").read_text()

    def publish(self, *slabs: SlabVerdict, record: bool = True) -> None:
        """As the slab worker does, and with ``record`` its recorder."""
        with closing(open_broker(self.configuration, "test")) as broker:
            broker.publish([slab_message(slab) for slab in slabs])
        if record:
            self.record(*slabs)

    def record(self, *slabs: SlabVerdict) -> None:
        with closing(open_store(self.configuration)) as store:
            assert store.put_slab_verdicts(slabs) == []


@pytest.fixture(scope="module")
def server(tmp_path_factory: pytest.TempPathFactory) -> Iterator[Server]:
    try:
        server = Server(tmp_path_factory.mktemp("opcua"))
    except ServerMissing as error:
        skip_or_fail(error)
    yield server
    assert server.stop() == 0


@pytest.fixture
def new_client(tmp_path: Path) -> Iterator[NodeOpcuaClient]:
    try:
        client = NodeOpcuaClient(tmp_path)
    except ServerMissing as error:
        skip_or_fail(error)
    yield client
    client.close()


@pytest.fixture
def client(server: Server, new_client: NodeOpcuaClient) -> NodeOpcuaClient:
    """A client of the MES, with a session."""
    new_client.connect(server.url)
    new_client.login(USER, PASSWORD)
    wait_until(lambda: new_client.read(MODE), what="Operational")
    if new_client.read(MODE)["text"] != "Ready":
        new_client.call(f"{AUTOMATIC}.Stop", ("Int32", 0), ("String", ""))
    return new_client


def slab(trigger: int, decision: Decision = Decision.FAULTY) -> SlabVerdict:
    return make_slab_verdict(trigger, decision, triggered_at=now())


def start_args(part: str = "", recipe: str = "") -> list[tuple[str | int, object]]:
    return [
        (MEAS_ID, {"id": "order-7"}),
        (PART_ID, {"id": part}),
        (RECIPE_ID, {"id": recipe}),
        (PRODUCT_ID, {"id": ""}),
        ("Variant", []),
    ]


def filter_args(part: str = "", product: str = "", job: str = "", most: int = 0, start: int = 0) -> Any:
    return [
        ("Int32", 0),
        (MEAS_ID, {"id": ""}),
        (PART_ID, {"id": part}),
        (RECIPE_ID, {"id": product}),
        (INTERNAL_RECIPE_ID, {"id": ""}),
        (CONFIGURATION_ID, {"id": ""}),
        (CONFIGURATION_ID, {"id": ""}),
        (PRODUCT_ID, {"id": ""}),
        (JOB_ID, {"id": job}),
        ("UInt32", most),
        ("UInt32", start),
        ("Int32", 0),
    ]


def by_id(client: NodeOpcuaClient, result_id: str) -> list[Any]:
    status, outputs = client.call(f"{RESULTS}.GetResultById", (RESULT_ID, {"id": result_id}), ("Int32", 0))
    assert status == "Good"
    return outputs


def test_the_one_endpoint_is_encrypted_and_for_users(server: Server, new_client: NodeOpcuaClient) -> None:
    assert new_client.connect(server.url) == [
        {"policy": "Basic256Sha256", "mode": "SignAndEncrypt", "tokens": ["UserName"]}
    ]


def test_nobody_gets_in_without_a_user_and_the_right_password(
    server: Server, new_client: NodeOpcuaClient
) -> None:
    new_client.connect(server.url)
    with pytest.raises(ClientError, match="ANONYMOUS"):
        new_client.login(None)
    for user, password in ((USER, "not-this-one"), ("nobody", PASSWORD), ("nobody", "")):
        with pytest.raises(ClientError, match="BadUserAccessDenied"):
            new_client.login(user, password)
    assert "http://opcfoundation.org/UA/MachineVision" in new_client.login(USER, PASSWORD)
    log = server.log()
    assert f"opcua.login_refused  user={USER}" in log
    assert PASSWORD not in log
    assert "not-this-one" not in log


def test_a_slab_verdict_becomes_the_result_of_a_single_job(server: Server, client: NodeOpcuaClient) -> None:
    assert client.read(STATE)["text"] == "Operational"
    assert client.read(MODE)["text"] == "Ready"
    client.do(
        "subscribe", node=SYSTEM, fields=["ResultId", "JobId", "PartId", "ResultState", "ResultContent"]
    )
    server.publish(before := slab(100))
    status, [job, code] = client.call(f"{AUTOMATIC}.StartSingleJob", *start_args())
    assert (status, code) == ("Good", 0)
    assert client.read(MODE)["text"] == "SingleExecution"
    server.publish(found := slab(101))
    [event] = client.wait_events(1, "slab-101")
    assert event["ResultId"]["id"] == found.slab_verdict_id
    assert event["JobId"] == job
    assert event["PartId"]["id"] == "slab-101"
    assert event["ResultState"] == 1
    assert event["ResultContent"][0]["value"] == "faulty"
    wait_until(lambda: client.read(MODE)["text"] == "Ready", what="Ready after the job")
    # A slab before the job and one after it are no results of it, but on record.
    server.publish(after := slab(102))
    assert not [one for one in client.do("events") if "slab-100" in one["message"]]
    for one, job_id in ((before, ""), (found, job["id"]), (after, "")):
        _, result, code = by_id(client, one.slab_verdict_id)
        assert code == 0
        assert result["jobId"]["id"] == job_id
        assert json.loads(result["resultContent"][3]["value"]) == one.to_document()


def test_a_result_is_the_same_as_arguments_of_their_own(server: Server, client: NodeOpcuaClient) -> None:
    server.publish(one := slab(150))
    _, result, _ = by_id(client, one.slab_verdict_id)

    status, outputs = client.call(
        f"{RESULTS}.GetResultComponentsById", (RESULT_ID, {"id": one.slab_verdict_id}), ("Int32", 0)
    )

    # The order of OPC 40100-1, table 68.
    has_file, _, partial, simulated, state, meas, part, external, internal, product, *others = outputs
    external_configuration, configuration, job, created, times, content, code = others
    assert (status, code) == ("Good", 0)
    assert (has_file, partial, simulated, state) == (False, False, False, 1)
    assert (part["id"], configuration["id"]) == ("slab-150", result["internalConfigurationId"]["id"])
    assert (internal["id"], job["id"]) == (result["internalRecipeId"]["id"], result["jobId"]["id"])
    assert not any(one["id"] for one in (meas, external_configuration))
    assert external["id"] == product["id"] == internal["id"]
    assert (created, times["endTime"]) == (result["creationTime"], result["processingTimes"]["endTime"])
    assert content == result["resultContent"]
    _, outputs = client.call(f"{RESULTS}.GetResultComponentsById", (RESULT_ID, {"id": "none"}), ("Int32", 0))
    assert outputs[-1] == UNKNOWN_ID


def test_results_are_listed_by_filter_newest_first(server: Server, client: NodeOpcuaClient) -> None:
    slabs = [slab(200 + number) for number in range(5)]
    server.publish(*slabs)

    def listed(**wanted: Any) -> tuple[bool, list[str]]:
        status, [complete, count, _, results, code] = client.call(
            f"{RESULTS}.GetResultListFiltered", *filter_args(**wanted)
        )
        assert (status, code) == ("Good", 0)
        assert count == len(results)
        return complete, [one["resultId"]["id"] for one in results]

    newest = [one.slab_verdict_id for one in reversed(slabs)]
    assert listed(part="slab-203") == (True, [slabs[3].slab_verdict_id])
    assert listed(most=2) == (False, newest[:2])
    assert listed(most=2, start=2) == (False, newest[2:4])
    assert listed(product="granite") == (True, [])
    assert listed(job="no such job") == (True, [])
    assert by_id(client, "no such slab")[2] == UNKNOWN_ID


def test_a_continuous_job_tells_every_slab_until_it_is_stopped(
    server: Server, client: NodeOpcuaClient
) -> None:
    # Clients subscribe to the Server object as well as to the system.
    client.do("subscribe", node="Server", fields=["ResultId", "JobId"])
    _, [job, code] = client.call(f"{AUTOMATIC}.StartContinuous", *start_args())
    assert code == 0
    assert client.call(f"{AUTOMATIC}.StartContinuous", *start_args())[1][1] == WRONG_STATE
    slabs = [slab(300 + number) for number in range(20)]
    server.publish(*slabs[:10])
    # The store is looked at too: what the subscription did not bring is told all the same, once.
    server.record(*slabs[10:])
    events = client.wait_events(20, "slab-3")
    assert sorted(one["ResultId"]["id"] for one in events) == sorted(one.slab_verdict_id for one in slabs)
    assert {one["JobId"]["id"] for one in events} == {job["id"]}
    assert client.call(f"{AUTOMATIC}.Stop", ("Int32", 0), ("String", "shift ends")) == ("Good", [0])
    assert client.read(MODE)["text"] == "Ready"
    assert client.call(f"{AUTOMATIC}.Stop", ("Int32", 0), ("String", ""))[1] == [WRONG_STATE]


def test_halt_and_reset(client: NodeOpcuaClient) -> None:
    cause = (("Int32", 0), ("String", ""))
    machine = "Marbleline.VisionStateMachine"
    assert client.call(f"{machine}.Halt", *cause) == ("Good", [0])
    assert client.read(STATE)["text"] == "Halted"
    assert client.do("read", node=MODE)["status"] == "BadStateNotActive"
    assert client.call(f"{AUTOMATIC}.StartSingleJob", *start_args())[1][1] == WRONG_STATE
    assert client.call(f"{machine}.Reset", *cause) == ("Good", [0])
    assert client.read(MODE)["text"] == "Ready"


def test_a_recipe_is_prepared_and_the_line_has_its_product(server: Server, client: NodeOpcuaClient) -> None:
    def listed(tri_state: int) -> list[str]:
        args = ((RECIPE_ID, {"id": ""}), (PRODUCT_ID, {"id": ""}), ("Int32", tri_state))
        paging = (("UInt32", 0), ("UInt32", 0), ("Int32", 0))
        _, [complete, _, _, recipes, code] = client.call(f"{RECIPES}.GetRecipeListFiltered", *args, *paging)
        assert (complete, code) == (True, 0)
        return [one["id"] for one in recipes]

    def prepare(product: str) -> tuple[str, bool, int]:
        _, [recipe, done, code] = client.call(
            f"{RECIPES}.PrepareRecipe", (RECIPE_ID, {"id": product}), (INTERNAL_RECIPE_ID, {"id": ""})
        )
        return recipe["id"] or "", done, code

    assert {"granite", "marble"} <= set(client.do("browse", node=f"{RECIPES}.Recipes"))
    assert (listed(2), listed(1), listed(0)) == (["granite", "marble"], ["marble"], ["granite"])
    assert prepare("slate") == ("", False, UNKNOWN_ID)
    assert prepare("granite") == ("granite", True, 0)
    with closing(open_broker(server.configuration, "test")) as broker:
        switch = broker.product_switch("line-1")
    assert switch is not None
    assert (switch.product, switch.by) == ("granite", f"opcua {USER}")
    assert listed(1) == ["granite"]
    internal = client.do("read", node="Marbleline.Recipes.granite.InternalId")
    assert (internal["type"], internal["value"]["id"]) == ("RecipeIdInternalDataType", "granite")
    assert client.read("Marbleline.Recipes.granite.IsPrepared") is True
    assert client.call(f"{AUTOMATIC}.StartSingleJob", *start_args(recipe="marble"))[1][1] == UNKNOWN_ID
    # Read-only but for the switch.
    assert (
        client.do("write", node="Marbleline.Recipes.marble.IsPrepared", type="Boolean", value=True) != "Good"
    )
    assert client.call("Marbleline.Recipes.marble.Prepare") == ("Good", [True, 0])
    assert listed(1) == ["marble"]


def test_an_unencrypted_channel_serves_nothing_but_the_endpoints(
    server: Server, new_client: NodeOpcuaClient
) -> None:
    new_client.connect(server.url, encrypted=False)
    with pytest.raises(ClientError):
        new_client.login(USER, PASSWORD)


def test_clients_need_a_trusted_certificate_and_readers_change_nothing(tmp_path: Path) -> None:
    trusted = tmp_path / "trusted"
    trusted.mkdir()
    try:
        server = Server(tmp_path, "--opcua-clients-folder", str(trusted), "--opcua-readers", USER)
        client = NodeOpcuaClient(tmp_path)
    except ServerMissing as error:
        skip_or_fail(error)
    try:
        client.connect(server.url)
        with pytest.raises(ClientError, match="BadUserAccessDenied"):
            client.login(USER, PASSWORD)
        [own] = (tmp_path / "pki").rglob("*client*certificate*.pem")
        shutil.copy(own, trusted / "client.pem")
        client.login(USER, PASSWORD)
        wait_until(lambda: client.read(MODE), what="Operational")
        status, outputs = client.call(f"{RESULTS}.GetResultById", (RESULT_ID, {"id": "none"}), ("Int32", 0))
        assert (status, outputs[-1]) == ("Good", UNKNOWN_ID)
        assert client.call(f"{AUTOMATIC}.StartContinuous", *start_args())[0] == "BadUserAccessDenied"
        assert client.call(f"{AUTOMATIC}.Stop", ("Int32", 0), ("String", ""))[0] == "BadUserAccessDenied"
        assert client.read(MODE)["text"] == "Ready"
    finally:
        client.close()
        server.stop()
