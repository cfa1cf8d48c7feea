"""Which client certificates are trusted: those whose file is in the folder, now."""

import logging
from pathlib import Path

import pytest
from cryptography.hazmat.primitives.serialization import Encoding

from marbleline.adapters.opcua.certificate import own_certificate, read_certificate
from marbleline.adapters.opcua.trusted_clients import TrustedClients
from marbleline.errors import SettingError


@pytest.fixture(scope="module")
def certificates(tmp_path_factory: pytest.TempPathFactory) -> list[bytes]:
    """Two of the same name, in DER."""
    folders = [tmp_path_factory.mktemp(name) for name in ("one", "other")]
    made = [own_certificate(folder, "line-1", "client").certificate for folder in folders]
    return [read_certificate(path).public_bytes(Encoding.DER) for path in made]


@pytest.mark.parametrize("name", ["mes.der", "mes.CRT"])
def test_a_certificate_counts_while_its_file_is_there(
    tmp_path: Path, certificates: list[bytes], name: str
) -> None:
    clients = TrustedClients(tmp_path)
    assert not clients.trusts(certificates[0])
    (tmp_path / name).write_bytes(certificates[0])
    assert clients.trusts(certificates[0])
    assert not clients.trusts(certificates[1])
    (tmp_path / name).unlink()
    assert not clients.trusts(certificates[0])


def test_pem_is_read_and_other_files_are_passed_over(tmp_path: Path, certificates: list[bytes]) -> None:
    (tmp_path / "broken.der").write_bytes(b"none")
    (tmp_path / "readme.txt").write_text("none")
    (tmp_path / "mes.der").write_bytes(certificates[1])
    pem = read_certificate(tmp_path / "mes.der").public_bytes(Encoding.PEM)
    (tmp_path / "mes.der").unlink()
    (tmp_path / "mes.pem").write_bytes(pem)
    assert TrustedClients(tmp_path).trusts(certificates[1])


def test_who_is_refused_is_logged_by_its_fingerprint(
    tmp_path: Path, certificates: list[bytes], caplog: pytest.LogCaptureFixture
) -> None:
    caplog.set_level(logging.WARNING, "marbleline.opcua")
    clients = TrustedClients(tmp_path)
    assert not clients.trusts(certificates[0])
    assert len(caplog.records[-1].__dict__["sha256"]) == 64
    assert not clients.trusts(None)
    assert not clients.trusts(certificates[0] + b"more")


def test_a_folder_that_is_not_there_is_refused(tmp_path: Path) -> None:
    with pytest.raises(SettingError, match="opcua_clients_folder"):
        TrustedClients(tmp_path / "none")
