"""The stream on a real server: who gets it, and what comes when."""

import threading
from collections.abc import Iterator
from typing import Any

import msgspec
import pytest
import uvicorn
from starlette.applications import Starlette
from websockets.exceptions import ConnectionClosedError
from websockets.sync.client import ClientConnection, connect

from marbleline.console.i18n.locale import Locale
from marbleline.console.state.services import Services
from marbleline.console.stream.endpoint import REFUSED, stream_route
from marbleline.console.stream.tabs import Tab, View
from tests.builders import make_verdict, wait_until
from tests.services.processes import free_ports
from tests.unit.console.stream.conftest import ANNA, FORWARDED

WAIT_S = 30


@pytest.fixture
def address(running: Services) -> Iterator[str]:
    [port] = free_ports(1)
    config = uvicorn.Config(Starlette(routes=[stream_route(("live", "line"))]), port=port, log_level="error")
    server = uvicorn.Server(config)
    thread = threading.Thread(target=server.run, daemon=True)
    thread.start()
    wait_until(lambda: server.started, 30, "the server answers")
    yield f"ws://127.0.0.1:{port}/_live"
    server.should_exit = True
    thread.join(30)


def message(connection: ClientConnection) -> dict[str, Any]:
    received: dict[str, Any] = msgspec.json.decode(connection.recv(WAIT_S))
    return received


def refusal(connection: ClientConnection) -> int:
    with pytest.raises(ConnectionClosedError) as refused:
        connection.recv(WAIT_S)
    assert refused.value.rcvd is not None
    return refused.value.rcvd.code


def test_a_tab_gets_its_page_and_then_what_changes(address: str, running: Services) -> None:
    tab = Tab()
    tab.show(View("line", ANNA, Locale()))
    with connect(address) as connection:
        connection.send(tab.secret)
        assert set(message(connection)["chunks"]) == {"bar", "message"}
        tab.show(View("live", ANNA, Locale()))
        assert set(message(connection)["chunks"]) == {"bar", "live"}
        verdict = make_verdict(7)
        running.feed.add_stored([verdict], [])
        new = message(connection)["new"].values()
        assert any(verdict.frame.frame_id in chunk for chunk in new)


@pytest.mark.parametrize("said", ["", "guessed", "x" * 10_000, b"bytes"])
def test_without_a_sessions_secret_there_is_nothing(address: str, said: str | bytes) -> None:
    with connect(address) as connection:
        connection.send(said)
        assert refusal(connection) == REFUSED


def test_a_session_that_shows_nothing_has_no_stream(address: str) -> None:
    tab = Tab()
    with connect(address) as connection:
        connection.send(tab.secret)
        assert refusal(connection) == REFUSED


def test_anothers_secret_is_refused_where_the_connection_says_who_it_is(address: str) -> None:
    tab = Tab()
    tab.show(View("live", ANNA, Locale()))
    with connect(address, additional_headers={"X-Forwarded-For": "10.0.0.9"}) as connection:
        connection.send(tab.secret)
        assert refusal(connection) == REFUSED
    tab.show(View("live", FORWARDED, Locale()))
    with connect(address, additional_headers={"X-Forwarded-For": "10.0.0.9"}) as connection:
        connection.send(tab.secret)
        assert "live" in message(connection)["chunks"]
