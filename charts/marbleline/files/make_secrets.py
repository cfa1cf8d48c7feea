"""Make the Secrets that a release of the chart needs and lacks: ``make_secrets.py make|remove WANTED``.

WANTED is a JSON file: ``namespace``, ``labels``, ``users`` (secret, username, role) and ``certificate``
(secret, authority, names, days, generation; empty: none). A Secret that exists is left as it is, but for the
certificate of an older generation. Runs in a pod of the chart as a Job, with the rights of its
ServiceAccount; needs Python and cryptography. Exit code: 0 all are there (or gone), 1 not.
"""

import base64
import json
import os
import secrets
import ssl
import string
import sys
import time
import urllib.error
import urllib.request
from datetime import UTC, datetime, timedelta
from pathlib import Path
from typing import Any

from cryptography import x509
from cryptography.hazmat.primitives import hashes, serialization
from cryptography.hazmat.primitives.asymmetric import rsa
from cryptography.x509.oid import ExtendedKeyUsageOID, NameOID

ACCOUNT = Path(os.environ.get("ACCOUNT_FOLDER", "/var/run/secrets/kubernetes.io/serviceaccount"))
WAIT_S = float(os.environ.get("WAIT_S", "120"))
PAUSE_S = float(os.environ.get("PAUSE_S", "2"))
GENERATION = "marbleline/generation"
KEEP = "helm.sh/resource-policy"
PASSWORD_LENGTH = 32
# Beyond the authority's own term nothing that it signed is worth anything.
AUTHORITY_DAYS = 7300

Key = rsa.RSAPrivateKey
Json = dict[str, Any]


class Api:
    """Secrets of one namespace, by the Kubernetes API."""

    def __init__(self, namespace: str) -> None:
        host, port = os.environ["KUBERNETES_SERVICE_HOST"], os.environ.get("KUBERNETES_SERVICE_PORT", "443")
        host = f"[{host}]" if ":" in host else host
        scheme = os.environ.get("API_SCHEME", "https")
        self._url = f"{scheme}://{host}:{port}/api/v1/namespaces/{namespace}/secrets"
        self._trust = (
            ssl.create_default_context(cafile=str(ACCOUNT / "ca.crt")) if scheme == "https" else None
        )

    def read(self, name: str) -> Json | None:
        """The Secret, None if there is none."""
        return self._call("GET", f"/{name}", accept=404)

    def create(self, secret: Json) -> None:
        """Make it; one that somebody else made meanwhile stays."""
        self._call("POST", "", secret, accept=409)

    def patch(self, name: str, changes: Json) -> None:
        """Merge ``changes`` into it."""
        self._call("PATCH", f"/{name}", changes, "application/merge-patch+json")

    def delete(self, name: str) -> None:
        """Remove it, if it is there."""
        self._call("DELETE", f"/{name}", accept=404)

    def _call(
        self, method: str, path: str, body: object = None, kind: str = "application/json", accept: int = 0
    ) -> Json | None:
        until = time.monotonic() + WAIT_S
        while True:
            token = (ACCOUNT / "token").read_text(encoding="utf-8").strip()
            headers = {"Authorization": f"Bearer {token}", "Content-Type": kind}
            content = None if body is None else json.dumps(body).encode()
            request = urllib.request.Request(self._url + path, content, headers, method=method)
            try:
                with urllib.request.urlopen(request, timeout=10, context=self._trust) as response:
                    found: Json = json.load(response)
                    return found
            except urllib.error.HTTPError as error:
                if error.code == accept:
                    return None
                # An authorizer learns of a new Role within moments.
                if error.code < 500 and error.code not in (403, 429):
                    raise
                trouble: Exception = error
            except OSError as error:
                trouble = error
            if time.monotonic() >= until:
                raise trouble
            print(f"{method} {path or '/'}: {trouble}; again in {PAUSE_S:g} s", flush=True)
            time.sleep(PAUSE_S)


def make(api: Api, wanted: Json) -> None:
    """Make what there is not, and the certificate anew if its generation was raised."""
    for user in wanted.get("users") or []:
        if _there(api, user["secret"]) is None:
            password = "".join(
                secrets.choice(string.ascii_letters + string.digits) for _ in range(PASSWORD_LENGTH)
            )
            data = {"username": user["username"], "password": password, "roles": user["role"]}
            api.create(_secret(wanted, user["secret"], "kubernetes.io/basic-auth", data))
            print(f"made {user['secret']}: the user {user['username']}")
    certificate = wanted.get("certificate")
    if certificate:
        _make_certificate(api, wanted, certificate)


def remove(api: Api, wanted: Json) -> None:
    """Remove all that ``make`` makes."""
    certificate = wanted.get("certificate") or {}
    names = [user["secret"] for user in wanted.get("users") or []]
    for name in [*names, *(certificate[key] for key in ("secret", "authority") if key in certificate)]:
        api.delete(name)
        print(f"removed {name}")


def _there(api: Api, name: str) -> Json | None:
    """The Secret if it exists; one that an earlier chart made is kept when it leaves Helm's release."""
    found = api.read(name)
    if found is None:
        return None
    metadata = found["metadata"]
    made_by = (metadata.get("labels") or {}).get("app.kubernetes.io/managed-by")
    if made_by == "Helm" and KEEP not in (metadata.get("annotations") or {}):
        api.patch(name, {"metadata": {"annotations": {KEEP: "keep"}}})
        print(f"{name} stays when Helm no longer has it in its release")
    return found


def _make_certificate(api: Api, wanted: Json, certificate: Json) -> None:
    name, authority, generation = certificate["secret"], certificate["authority"], certificate["generation"]
    found = _there(api, name)
    if found is None:
        key, pem, chain = _issue(certificate)
        api.create(_secret(wanted, name, "kubernetes.io/tls", {**chain, "ca.crt": pem}, generation))
        api.create(_secret(wanted, authority, "Opaque", {"ca.key": _key_text(key), "ca.crt": pem}))
        print(f"made {name} and {authority}: the broker's certificate and its authority")
        return
    if generation <= _generation_of(found):
        return
    # The new authority is signed by the old one too: whoever trusts only the old one goes on connecting, and
    # both are trusted from now on. Files in running pods follow within about a minute; nothing is restarted.
    old = api.read(authority)
    key, pem, chain = _issue(certificate, None if old is None else _data(old))
    trusted = pem + _first(_data(found)["ca.crt"])
    changed = _secret(wanted, name, "kubernetes.io/tls", {**chain, "ca.crt": trusted}, generation)
    api.patch(name, {"data": changed["data"], "metadata": {"annotations": {GENERATION: str(generation)}}})
    fresh = _secret(wanted, authority, "Opaque", {"ca.key": _key_text(key), "ca.crt": pem})
    if old is None:
        api.create(fresh)
    else:
        api.patch(authority, {"data": fresh["data"]})
    print(f"renewed {name}: generation {generation}")


def _issue(certificate: Json, old: dict[str, str] | None = None) -> tuple[Key, str, dict[str, str]]:
    """A new authority (key, PEM), and the server's key and chain as ``tls.key`` and ``tls.crt``."""
    term, days = timedelta(days=AUTHORITY_DAYS), timedelta(days=certificate["days"])
    host = certificate["names"][0]
    key, own = _new_key(), _new_key()
    subject = _name(f"{host} authority {certificate['generation']} {secrets.token_hex(4)}")
    root = _authority(subject, key, subject, key, term)
    names = x509.SubjectAlternativeName([x509.DNSName(name) for name in certificate["names"]])
    usage = x509.ExtendedKeyUsage([ExtendedKeyUsageOID.SERVER_AUTH, ExtendedKeyUsageOID.CLIENT_AUTH])
    server = (
        _builder(_name(host[:64]), own, subject, key, days)
        .add_extension(x509.BasicConstraints(ca=False, path_length=None), critical=True)
        .add_extension(names, critical=False)
        .add_extension(usage, critical=False)
        .sign(key, hashes.SHA256())
    )
    chain = _text(server)
    if old is not None:
        before = x509.load_pem_x509_certificate(old["ca.crt"].encode())
        old_key = serialization.load_pem_private_key(old["ca.key"].encode(), None)
        chain += _text(_authority(subject, key, before.subject, old_key, term))
    return key, _text(root), {"tls.crt": chain, "tls.key": _key_text(own)}


def _builder(
    subject: x509.Name, key: Key, issuer: x509.Name, issuer_key: Key, term: timedelta
) -> x509.CertificateBuilder:
    at = datetime.now(UTC)
    return (
        x509.CertificateBuilder()
        .subject_name(subject)
        .issuer_name(issuer)
        .public_key(key.public_key())
        .serial_number(x509.random_serial_number())
        # Clocks of nodes differ.
        .not_valid_before(at - timedelta(hours=1))
        .not_valid_after(at + term)
        .add_extension(x509.SubjectKeyIdentifier.from_public_key(key.public_key()), critical=False)
        .add_extension(
            x509.AuthorityKeyIdentifier.from_issuer_public_key(issuer_key.public_key()), critical=False
        )
    )


def _authority(
    subject: x509.Name, key: Key, issuer: x509.Name, issuer_key: Key, term: timedelta
) -> x509.Certificate:
    usage = x509.KeyUsage(
        digital_signature=True, key_cert_sign=True, crl_sign=True, content_commitment=False,
        key_encipherment=False, data_encipherment=False, key_agreement=False, encipher_only=False,
        decipher_only=False,
    )  # fmt: skip
    return (
        _builder(subject, key, issuer, issuer_key, term)
        .add_extension(x509.BasicConstraints(ca=True, path_length=None), critical=True)
        .add_extension(usage, critical=True)
        .sign(issuer_key, hashes.SHA256())
    )


def _new_key() -> Key:
    return rsa.generate_private_key(public_exponent=65537, key_size=2048)


def _name(text: str) -> x509.Name:
    return x509.Name([x509.NameAttribute(NameOID.COMMON_NAME, text[-64:])])


def _text(certificate: x509.Certificate) -> str:
    return certificate.public_bytes(serialization.Encoding.PEM).decode()


def _key_text(key: Key) -> str:
    form = serialization.PrivateFormat.TraditionalOpenSSL
    return key.private_bytes(serialization.Encoding.PEM, form, serialization.NoEncryption()).decode()


def _first(bundle: str) -> str:
    end = "-----END CERTIFICATE-----\n"
    return bundle.partition(end)[0] + end


def _generation_of(secret: Json) -> int:
    metadata = secret["metadata"]
    return int((metadata.get("annotations") or {}).get(GENERATION, "1"))


def _data(secret: Json) -> dict[str, str]:
    data = secret["data"]
    return {key: base64.b64decode(value).decode() for key, value in data.items()}


def _secret(wanted: Json, name: str, kind: str, data: dict[str, str], generation: int | None = None) -> Json:
    annotations = {} if generation is None else {GENERATION: str(generation)}
    return {
        "apiVersion": "v1",
        "kind": "Secret",
        "metadata": {"name": name, "labels": wanted["labels"], "annotations": annotations},
        "type": kind,
        "data": {key: base64.b64encode(value.encode()).decode() for key, value in data.items()},
    }


def main(verb: str, file: str) -> int:
    """Do it, and say what was done."""
    wanted = json.loads(Path(file).read_text(encoding="utf-8"))
    api = Api(wanted["namespace"])
    try:
        {"make": make, "remove": remove}[verb](api, wanted)
    except urllib.error.HTTPError as error:
        print(f"the Kubernetes API refused: {error.code} {error.read(2000)!r}", file=sys.stderr)
        return 1
    except OSError as error:
        print(f"the Kubernetes API can't be reached: {error}", file=sys.stderr)
        return 1
    return 0


if __name__ == "__main__":
    sys.exit(main(*sys.argv[1:]))
