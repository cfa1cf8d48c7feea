"""The certificate: made once, with a key that only its owner reads, or given."""

import stat
from pathlib import Path

import pytest

from marbleline.adapters.opcua.certificate import (
    application_uri,
    given_certificate,
    own_certificate,
    read_certificate,
    uri_of,
)
from marbleline.errors import SettingError


def test_it_is_made_once_and_names_the_server(tmp_path: Path) -> None:
    files = own_certificate(tmp_path / "opcua", "line-1", "vision.example")
    assert stat.S_IMODE(files.key.stat().st_mode) == 0o600
    certificate = read_certificate(files.certificate)
    assert uri_of(certificate, "none") == application_uri("line-1", "vision.example")
    before = files.certificate.read_bytes()
    assert own_certificate(tmp_path / "opcua", "line-1", "other.example") == files
    assert files.certificate.read_bytes() == before


def test_a_given_one_needs_its_key(tmp_path: Path) -> None:
    assert given_certificate(None, None) is None
    with pytest.raises(SettingError, match="both or neither"):
        given_certificate(tmp_path / "certificate.pem", None)
    with pytest.raises(SettingError, match=r"opcua_cert_file .* can't be read"):
        given_certificate(tmp_path / "certificate.pem", tmp_path / "key.pem")


def test_what_is_no_certificate_is_named(tmp_path: Path) -> None:
    (tmp_path / "wrong.pem").write_text("-----BEGIN nothing")
    with pytest.raises(SettingError, match=r"wrong\.pem: is no certificate"):
        read_certificate(tmp_path / "wrong.pem")
