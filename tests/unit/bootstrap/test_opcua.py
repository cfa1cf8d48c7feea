"""The OPC UA worker's settings: what it refuses to start with."""

from pathlib import Path

import pytest

from marbleline.bootstrap.catalogue import load
from marbleline.bootstrap.opcua import options_of
from marbleline.errors import SettingError


@pytest.mark.parametrize(
    ("given", "said"),
    [
        ({"slabs": "false", "opcua_anonymous": "true"}, "slabs is false"),
        ({}, "opcua_users_file is empty, so nobody could connect"),
        ({"opcua_anonymous": "true"}, "opcua_node_set is empty: name the OPC Foundation's file"),
        (
            {"opcua_anonymous": "true", "opcua_node_set": "some.xml", "opcua_cert_file": "some.pem"},
            "give both or neither",
        ),
    ],
)
def test_it_does_not_start(tmp_path: Path, given: dict[str, str], said: str) -> None:
    with pytest.raises(SettingError, match=said):
        options_of(load({"data": str(tmp_path), "slabs": "true", **given}, {}))


def test_a_reader_who_is_no_user_is_refused(tmp_path: Path) -> None:
    users = tmp_path / "users"
    users.write_text("mes:granite-and-lime\n")
    given = {
        "data": str(tmp_path),
        "slabs": "true",
        "opcua_users_file": str(users),
        "opcua_readers": "mes panel",
    }
    with pytest.raises(SettingError, match="opcua_readers: panel: no such user"):
        options_of(load({**given, "opcua_node_set": "some.xml"}, {}))


def test_its_options_show_no_password(tmp_path: Path) -> None:
    users = tmp_path / "users"
    users.write_text("mes:granite-and-lime\n")
    given = {"data": str(tmp_path), "slabs": "true", "opcua_users_file": str(users), "opcua_name": "vision"}
    given["opcua_node_set"] = "some.xml"
    options = options_of(load(given, {}))
    assert options.users == {"mes": "granite-and-lime"}
    assert "granite" not in repr(options)
    assert options.certificate.certificate == tmp_path / "opcua" / "certificate.der"
    assert not options.anonymous
