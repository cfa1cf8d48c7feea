"""The server's certificate: the given one, or one that the server makes for itself at its first start."""

import datetime
import os
from dataclasses import dataclass
from pathlib import Path
from typing import Final

from asyncua.crypto.cert_gen import (
    dump_private_key_as_pem,
    generate_private_key,
    generate_self_signed_app_certificate,
)
from cryptography import x509
from cryptography.hazmat.primitives.serialization import Encoding
from cryptography.x509.oid import ExtendedKeyUsageOID

from marbleline.domain.durable_file import replace_file
from marbleline.errors import SettingError

_VALID_DAYS: Final = 3650


@dataclass(frozen=True, slots=True)
class CertificateFiles:
    """Where certificate (DER or PEM) and key (PEM) lie."""

    certificate: Path
    key: Path


def application_uri(line: str, host: str) -> str:
    """How the server calls itself; its certificate names the same."""
    return f"urn:{host}:marbleline:{line}"


def own_certificate(folder: Path, line: str, host: str) -> CertificateFiles:
    """The self-signed certificate in this folder, made if there is none; valid for ten years.

    Clients trust exactly this certificate, so it is not replaced when host or line are renamed: delete both
    files for that. Raises SettingError if the folder can't be written.
    """
    files = CertificateFiles(folder / "certificate.der", folder / "key.pem")
    if files.certificate.exists() and files.key.exists():
        return files
    uri = application_uri(line, host)
    key = generate_private_key()
    certificate = generate_self_signed_app_certificate(
        key,
        f"Marbleline {line}",
        {"organizationName": "Marbleline"},
        [x509.UniformResourceIdentifier(uri), x509.DNSName(host)],
        extended=[ExtendedKeyUsageOID.SERVER_AUTH],
        days=_VALID_DAYS,
    )
    try:
        folder.mkdir(parents=True, exist_ok=True, mode=0o700)
        _write_secret(files.key, dump_private_key_as_pem(key))
        replace_file(files.certificate, certificate.public_bytes(Encoding.DER))
    except OSError as error:
        raise SettingError(
            f"{folder}: the OPC UA server's certificate can't be written: {error.strerror};"
            " name one with opcua_cert_file and opcua_key_file"
        ) from error
    return files


def given_certificate(certificate: Path | None, key: Path | None) -> CertificateFiles | None:
    """The files that the settings name, None if they name none. Raises SettingError."""
    if certificate is None and key is None:
        return None
    if certificate is None or key is None:
        raise SettingError("opcua_cert_file and opcua_key_file: give both or neither")
    for name, path in (("opcua_cert_file", certificate), ("opcua_key_file", key)):
        if not os.access(path, os.R_OK):
            raise SettingError(f"{name} {path}: can't be read")
    return CertificateFiles(certificate, key)


def read_certificate(path: Path) -> x509.Certificate:
    """The certificate of a file in DER or PEM. Raises SettingError if it is none, or has expired."""
    content = path.read_bytes()
    try:
        load = x509.load_pem_x509_certificate if b"-----BEGIN" in content else x509.load_der_x509_certificate
        certificate = load(content)
    except ValueError:
        raise SettingError(f"{path}: is no certificate in DER or PEM") from None
    if certificate.not_valid_after_utc < datetime.datetime.now(datetime.UTC):
        raise SettingError(f"{path}: the certificate has expired; delete or replace it and its key")
    return certificate


def key_of(path: Path) -> tuple[bytes, None, str]:
    """A key's content, its password (there is none) and its format, as asyncua takes them."""
    content = path.read_bytes()
    return content, None, "pem" if b"-----BEGIN" in content else "der"


def uri_of(certificate: x509.Certificate, otherwise: str) -> str:
    """The application URI that a certificate names, which the server has to call itself by."""
    try:
        names = certificate.extensions.get_extension_for_class(x509.SubjectAlternativeName).value
    except x509.ExtensionNotFound:
        return otherwise
    found: list[str] = names.get_values_for_type(x509.UniformResourceIdentifier)
    return found[0] if found else otherwise


def _write_secret(path: Path, content: bytes) -> None:
    path.unlink(missing_ok=True)
    with os.fdopen(os.open(path, os.O_WRONLY | os.O_CREAT | os.O_EXCL, 0o600), "wb") as file:
        file.write(content)
        file.flush()
        os.fsync(file.fileno())
