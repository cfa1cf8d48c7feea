"""Which client certificates are trusted: the files of a folder, each exactly one certificate."""

import logging
from pathlib import Path
from typing import Final

from cryptography import x509
from cryptography.hazmat.primitives import hashes
from cryptography.hazmat.primitives.serialization import Encoding

from marbleline.adapters.opcua.certificate import read_certificate
from marbleline.errors import SettingError

log = logging.getLogger("marbleline.opcua")

_SUFFIXES: Final = (".der", ".pem", ".crt", ".cer")


class TrustedClients:
    """Read anew for each login, so that a certificate counts once its file is there, and no longer than that.

    A certificate is trusted itself, not by who issued it. Raises SettingError if the folder can't be read.
    """

    def __init__(self, folder: Path) -> None:
        self._folder = folder
        try:
            list(folder.iterdir())
        except OSError as error:
            raise SettingError(f"opcua_clients_folder {folder}: can't be read: {error.strerror}") from None

    def trusts(self, certificate: bytes | None) -> bool:
        """Whether the certificate of a client's channel (DER) is among the files; an expired one never is.

        One that is not is logged with its name and SHA-256, by which an operator finds it on the client.
        """
        try:
            found = x509.load_der_x509_certificate(certificate or b"")
        except ValueError:
            log.warning("opcua.client_refused", extra={"detail": "it has no certificate"})
            return False
        # Of the encoding, so that nothing behind the certificate takes part.
        shown = found.fingerprint(hashes.SHA256()).hex()
        if found.public_bytes(Encoding.DER) == certificate and shown in self._fingerprints():
            return True
        log.warning(
            "opcua.client_refused",
            extra={"subject": found.subject.rfc4514_string()[:200], "sha256": shown},
        )
        return False

    def _fingerprints(self) -> set[str]:
        try:
            files = sorted(path for path in self._folder.iterdir() if path.suffix.lower() in _SUFFIXES)
        except OSError as error:
            log.error("opcua.clients_unreadable", extra={"detail": str(error)})  # noqa: TRY400
            return set()
        return {shown for path in files if (shown := _fingerprint(path)) is not None}


def _fingerprint(path: Path) -> str | None:
    """SHA-256 of a file's certificate in hexadecimal; None if it is none, or not valid now."""
    try:
        return read_certificate(path).fingerprint(hashes.SHA256()).hex()
    except (OSError, SettingError) as error:
        log.warning("opcua.client_file", extra={"file": str(path), "detail": str(error)})
        return None
