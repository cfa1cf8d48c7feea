"""Reading the store's address, and what is said of errors."""

import pytest

pytest.importorskip("elasticsearch")

from marbleline.adapters.stores.elasticsearch.connection import Response, parse, reason_of, unavailable
from marbleline.errors import SettingError


@pytest.mark.parametrize(
    ("url", "hosts"),
    [
        ("http://127.0.0.1", ("http://127.0.0.1:9200",)),
        ("https://es.example:443/path/", ("https://es.example:443/path",)),
        ("https://a,b:9201,[::1]", ("https://a:9200", "https://b:9201", "https://[::1]:9200")),
        ("http://u:p@a:1,b:2", ("http://a:1", "http://b:2")),
    ],
)
def test_hosts_ports_and_paths(url: str, hosts: tuple[str, ...]) -> None:
    assert parse(url).hosts == hosts


def test_credentials_are_decoded_and_not_shown() -> None:
    address = parse("https://ada%40plant:p%3A%2F%40ss%25@es:9200")
    assert (address.user, address.password) == ("ada@plant", "p:/@ss%")
    assert "plant" not in repr(address)
    assert "ss%" not in repr(address)


@pytest.mark.parametrize("url", ["", "es:9200", "https://", "ftp://secret@es", "http://secret@a,,b"])
def test_what_is_no_address_is_refused_without_showing_credentials(url: str) -> None:
    with pytest.raises(SettingError, match="store") as caught:
        parse(url)
    assert "secret" not in str(caught.value)


def test_a_reason_is_one_short_line() -> None:
    error = {"type": "a", "reason": "b\nc " + "x" * 10_000, "caused_by": {"type": "d", "reason": "e"}}
    said = reason_of(error)
    assert said.startswith("a: b c x")
    assert len(said) < 500
    assert reason_of({"type": "a", "reason": "b", "caused_by": {"type": "d", "reason": "e"}}) == "a: b (d: e)"


@pytest.mark.parametrize("body", [None, "text", [], {"error": "text"}, {"error": {}}, {}])
def test_an_answer_of_any_shape_can_be_told(body: object) -> None:
    assert "500" in str(unavailable("asking", Response(500, body)))
    assert Response(500, body).kind == ""
