"""A provider of OpenID Connect that lets one person in at once: what a login needs, and no more."""

import base64
import json
import time
from collections.abc import Iterator
from contextlib import contextmanager
from typing import Any
from urllib.parse import urlencode

from cryptography.hazmat.primitives.asymmetric import padding, rsa
from cryptography.hazmat.primitives.hashes import SHA256
from pytest_httpserver import HTTPServer
from werkzeug import Request, Response

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
    with HTTPServer("127.0.0.1", threaded=True) as server:
        address = server.url_for("").rstrip("/")

        def authorize(request: Request) -> Response:
            nonces["code"] = request.args.get("nonce", "")
            back = urlencode({"code": "code", "state": request.args["state"]})
            return Response(status=302, headers={"Location": f"{request.args['redirect_uri']}?{back}"})

        def give_token(_: Request) -> Response:
            at = int(time.time())
            claims = {"iss": address, "aud": CLIENT, "sub": "1", "email": email, "email_verified": True}
            claims |= {"iat": at, "exp": at + 600, "nonce": nonces["code"]}
            answer = {"access_token": "a", "token_type": "Bearer", "id_token": token(claims)}
            return Response(json.dumps(answer), content_type="application/json")

        numbers = KEY.public_key().public_numbers()
        n, e = (encoded(one.to_bytes((one.bit_length() + 7) // 8)) for one in (numbers.n, numbers.e))
        key = {"kty": "RSA", "kid": "k", "alg": "RS256", "use": "sig", "n": n, "e": e}
        about = {
            "issuer": address,
            "authorization_endpoint": f"{address}/authorize",
            "token_endpoint": f"{address}/token",
            "jwks_uri": f"{address}/keys",
            "id_token_signing_alg_values_supported": ["RS256"],
        }
        server.expect_request("/authorize", method="GET").respond_with_handler(authorize)
        server.expect_request("/token", method="POST").respond_with_handler(give_token)
        server.expect_request("/keys", method="GET").respond_with_json({"keys": [key]})
        server.expect_request("/.well-known/openid-configuration").respond_with_json(about)
        yield f"{address}/.well-known/openid-configuration"
