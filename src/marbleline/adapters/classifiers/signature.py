"""Who made a model version: ``model.sig`` beside its manifest, an Ed25519 signature (RFC 8032).

The manifest lists the SHA-256 of every file, so its signature covers the version. ``model.sig`` is the 64
bytes themselves; OpenSSL verifies it too:
``openssl pkeyutl -verify -rawin -pubin -inkey key.pub -in manifest.json -sigfile model.sig``.
"""

import os
from pathlib import Path
from typing import Final

from cryptography.exceptions import InvalidSignature, UnsupportedAlgorithm
from cryptography.hazmat.primitives.asymmetric.ed25519 import Ed25519PrivateKey, Ed25519PublicKey
from cryptography.hazmat.primitives.serialization import (
    Encoding,
    NoEncryption,
    PrivateFormat,
    PublicFormat,
    load_pem_private_key,
    load_pem_public_key,
)

from marbleline.domain.model import ManifestCheck, load_manifest, read_file
from marbleline.errors import ModelError, SettingError

SIGNATURE_FILE: Final = "model.sig"


def signature_check(public_key_file: Path) -> ManifestCheck:
    """The check that a manifest was signed by the owner of this key. Raises SettingError if it is no key."""
    try:
        key = load_pem_public_key(public_key_file.read_bytes())
    except (OSError, ValueError, UnsupportedAlgorithm) as error:
        raise SettingError(f"model_public_key_file {public_key_file}: can't be used: {error}") from error
    if not isinstance(key, Ed25519PublicKey):
        raise SettingError(f"model_public_key_file {public_key_file}: is no Ed25519 key")

    def check(folder: Path, manifest: bytes) -> None:
        path = folder / SIGNATURE_FILE
        try:
            key.verify(path.read_bytes(), manifest)
        except FileNotFoundError as error:
            raise ModelError(
                f"{folder}: is not signed, and model_public_key_file asks for it; `marbleline sign` signs it"
            ) from error
        except OSError as error:
            raise ModelError(f"{path}: can't be read: {error.strerror}") from error
        except InvalidSignature as error:
            raise ModelError(
                f"{path}: is no signature of this manifest.json by the key in {public_key_file};"
                " the version was changed, or somebody else signed it"
            ) from error

    return check


def sign_version(folder: Path, private_key_file: Path) -> None:
    """Sign a version's folder, once all its files were found to be what its manifest says.

    Raises ModelError, SettingError if the file holds no key.
    """
    try:
        key = load_pem_private_key(private_key_file.read_bytes(), password=None)
    except (OSError, ValueError, TypeError, UnsupportedAlgorithm) as error:
        raise SettingError(f"--key {private_key_file}: can't be used: {error}") from error
    if not isinstance(key, Ed25519PrivateKey):
        raise SettingError(f"--key {private_key_file}: is no Ed25519 key")
    signed: list[bytes] = []
    manifest = load_manifest(folder, lambda _, content: signed.append(content))
    for name in manifest.files:
        read_file(folder, manifest, name)
    beside = folder / f"{SIGNATURE_FILE}.new"
    try:
        beside.write_bytes(key.sign(signed[0]))
        beside.replace(folder / SIGNATURE_FILE)
    except OSError as error:
        raise ModelError(f"{folder}: can't be written: {error.strerror}") from error


def make_key(private_key_file: Path) -> Path:
    """Write a new private key (readable by its owner alone) and ``.pub`` beside it, whose path is returned.

    Raises SettingError if the file is there already or can't be written.
    """
    key = Ed25519PrivateKey.generate()
    private = key.private_bytes(Encoding.PEM, PrivateFormat.PKCS8, NoEncryption())
    public = private_key_file.with_name(f"{private_key_file.name}.pub")
    try:
        descriptor = os.open(private_key_file, os.O_WRONLY | os.O_CREAT | os.O_EXCL, 0o600)
        with os.fdopen(descriptor, "wb") as file:
            file.write(private)
        public.write_bytes(key.public_key().public_bytes(Encoding.PEM, PublicFormat.SubjectPublicKeyInfo))
    except OSError as error:
        raise SettingError(f"--make-key {private_key_file}: can't be written: {error.strerror}") from error
    return public
