"""A provider of OpenID Connect that lets one person in at once: what a login needs, and no more."""

import base64
import json
import threading
import time
from collections.abc import Iterator
from contextlib import contextmanager
from http.server import BaseHTTPRequestHandler, ThreadingHTTPServer
from typing import Any
from urllib.parse import parse_qs, urlencode, urlsplit

from cryptography.hazmat.primitives.asymmetric import padding, rsa
from cryptography.hazmat.primitives.hashes import SHA256

KEY = rsa.generate_private_key(public_exponent=65_537, key_size=2048)
CLIENT = "marbleline"


def encoded(content: bytes) -> str:
    """As JSON Web Tokens write bytes."""
    return base64.urlsafe_b64encode(content).rstrip(b"=").decode()


def token(claims: dict[str, Any]) -> str:
    """The claims, signed (RS256)."""
    parts = [encoded(json.dumps(part).encode()) for part in ({"alg": "RS256", "kid": "k"}, claims)]
    signature = KEY.sign(".".join(parts).encode(), padding.PKCS1v15(), SHA256())
    return ".".join([*parts, encoded(signature)])


@contextmanager
def provider(email: str) -> Iterator[str]:
    """Yields the address of its metadata."""
    nonces: dict[str, str] = {}

    class Handler(BaseHTTPRequestHandler):
        def do_GET(self) -> None:
            where, asked = urlsplit(self.path), parse_qs(urlsplit(self.path).query)
            if where.path == "/authorize":
                nonces["code"] = asked.get("nonce", [""])[0]
                back = urlencode({"code": "code", "state": asked["state"][0]})
                self.send_response(302)
                self.send_header("Location", f"{asked['redirect_uri'][0]}?{back}")
                self.end_headers()
            elif where.path == "/keys":
                numbers = KEY.public_key().public_numbers()
                n, e = (encoded(one.to_bytes((one.bit_length() + 7) // 8)) for one in (numbers.n, numbers.e))
                self.answer(
                    {"keys": [{"kty": "RSA", "kid": "k", "alg": "RS256", "use": "sig", "n": n, "e": e}]}
                )
            else:
                self.answer(
                    {
                        "issuer": address,
                        "authorization_endpoint": f"{address}/authorize",
                        "token_endpoint": f"{address}/token",
                        "jwks_uri": f"{address}/keys",
                        "id_token_signing_alg_values_supported": ["RS256"],
                    }
                )

        def do_POST(self) -> None:
            self.rfile.read(int(self.headers["Content-Length"]))
            at = int(time.time())
            claims = {"iss": address, "aud": CLIENT, "sub": "1", "email": email, "iat": at, "exp": at + 600}
            claims["nonce"] = nonces["code"]
            self.answer({"access_token": "a", "token_type": "Bearer", "id_token": token(claims)})

        def answer(self, document: dict[str, Any]) -> None:
            self.send_response(200)
            self.send_header("Content-Type", "application/json")
            self.end_headers()
            self.wfile.write(json.dumps(document).encode())

        def log_message(self, *args: object) -> None:
            """Quietly."""

    server = ThreadingHTTPServer(("127.0.0.1", 0), Handler)
    address = f"http://127.0.0.1:{server.server_port}"
    thread = threading.Thread(target=server.serve_forever, daemon=True)
    thread.start()
    yield f"{address}/.well-known/openid-configuration"
    server.shutdown()
    server.server_close()
    thread.join()
