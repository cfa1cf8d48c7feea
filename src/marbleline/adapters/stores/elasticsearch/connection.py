"""The way to the servers: address, credentials, TLS, timeouts, and their errors in our words."""

import contextlib
import re
import ssl
from collections.abc import Mapping
from dataclasses import dataclass, field
from pathlib import Path
from typing import Any, Final
from urllib.parse import unquote

from marbleline.adapters.stores.elasticsearch.lean_import import without
from marbleline.errors import SettingError, StoreUnavailable

with without("pyarrow"), without("requests"), without("aiohttp"), without("httpx"):
    from elastic_transport import TlsError, TransportError
    from elasticsearch import ApiError, Elasticsearch, UnsupportedProductError

DEFAULT_PORT: Final = 9200
# A bulk waits at most WRITE_S for its answer; the server itself gives up on missing shards before that.
ASK_S: Final = 10.0
WRITE_S: Final = 30.0

_JSON: Final = {"accept": "application/json", "content-type": "application/json"}
_MOST_TEXT: Final = 400


@dataclass(frozen=True, slots=True)
class ElasticsearchAddress:
    """``hosts`` are addresses without credentials, fit to be logged."""

    hosts: tuple[str, ...]
    user: str = field(default="", repr=False)
    password: str = field(default="", repr=False)


@dataclass(frozen=True, slots=True)
class Response:
    """What a server answered: the HTTP status and the decoded body."""

    status: int
    body: Any = field(repr=False)

    @property
    def ok(self) -> bool:
        """Whether it did what was asked."""
        return 200 <= self.status < 300

    @property
    def kind(self) -> str:
        """Elasticsearch's name of the error, empty if it gave none."""
        error = self.body.get("error") if isinstance(self.body, Mapping) else None
        return str(error.get("type", "")) if isinstance(error, Mapping) else ""


def parse(url: str) -> ElasticsearchAddress:
    """Read ``http(s)://[user:password@]host[:port][,host[:port]...][/path]``.

    Raises SettingError if it is no such address; its text has no credentials.
    """
    # Not urlsplit: newer Pythons allow brackets around the only host, not around one of several.
    scheme, _, rest = url.partition("://")
    authority, slash, path = re.split(r"[?#]", rest, maxsplit=1)[0].partition("/")
    credentials, _, hosts = authority.rpartition("@")
    if scheme not in ("http", "https") or not hosts:
        raise SettingError("store: need http(s)://[user:password@]host[:port][,host...]")
    user, _, password = credentials.partition(":")
    path = (slash + path).rstrip("/")
    return ElasticsearchAddress(
        hosts=tuple(f"{scheme}://{_with_port(host)}{path}" for host in hosts.split(",")),
        user=unquote(user),
        password=unquote(password),
    )


def reason_of(error: object) -> str:
    """One line for people from an error as Elasticsearch's JSON has it: its type and its root reason."""
    if not isinstance(error, Mapping):
        return _short(str(error))
    said = f"{error.get('type', 'error')}: {error.get('reason', '')}"
    cause = error.get("caused_by")
    if isinstance(cause, Mapping):
        said += f" ({cause.get('type', 'error')}: {cause.get('reason', '')})"
    return _short(said)


class ElasticsearchConnection:
    """One worker's connections. An unreachable server is StoreUnavailable; any answer is an Answer."""

    def __init__(self, url: str, ca_file: Path | None = None, api_key: str = "") -> None:
        """Connects to nothing yet. Raises SettingError if address, CA file or credentials can't be right."""
        self.address = parse(url)
        if api_key and self.address.user:
            raise SettingError("store: give either user:password@ in its address or store_api_key, not both")
        options: dict[str, Any] = {}
        self._ca_file = ca_file
        self._trusted: ssl.SSLContext | None = None
        if self.address.hosts[0].startswith("https:"):
            self._trusted = options["ssl_context"] = _trust(ca_file)
        if self.address.user:
            options["basic_auth"] = (self.address.user, self.address.password)
        if api_key:
            options["api_key"] = api_key
        self._client = Elasticsearch(
            list(self.address.hosts),
            # Another host is tried when one can't be reached (twice as often as there are others, since the
            # client may pick the same again); a single one again is the caller's to pace.
            max_retries=2 * (len(self.address.hosts) - 1),
            retry_on_timeout=False,
            retry_on_status=(),
            request_timeout=ASK_S,
            **options,
        )
        self._writer = self._client.options(request_timeout=WRITE_S)

    def call(
        self, method: str, path: str, body: object = None, params: Mapping[str, Any] | None = None
    ) -> Response:
        """Send one request with a JSON body. Raises StoreUnavailable if no answer came."""
        return self._send(self._client, method, path, body, params)

    def demand(
        self, method: str, path: str, body: object = None, params: Mapping[str, Any] | None = None
    ) -> Any:
        """As ``call``, but the decoded body. Raises StoreUnavailable unless the server did it."""
        answer = self.call(method, path, body, params)
        if not answer.ok:
            raise unavailable(f"{method} {path}", answer)
        return answer.body

    def bulk(self, body: bytes, params: Mapping[str, Any]) -> Response:
        """Send one bulk request, encoded. Raises StoreUnavailable if no answer came."""
        # As JSON rather than ndjson: the client copies ndjson line by line, twice.
        return self._send(self._writer, "POST", "/_bulk", body, params)

    def close(self) -> None:
        """Disconnect. Never raises."""
        self._client.close()

    def _send(
        self,
        client: Elasticsearch,
        method: str,
        path: str,
        body: object,
        params: Mapping[str, Any] | None,
    ) -> Response:
        try:
            response = client.perform_request(method, path, params=params, headers=_JSON, body=body)
        except UnsupportedProductError as error:
            where = ", ".join(self.address.hosts)
            raise StoreUnavailable(f"store {where}: something answers, but not Elasticsearch") from error
        except ApiError as error:
            return Response(error.meta.status, error.body)
        except TransportError as error:
            if isinstance(error, TlsError):
                self._trust_again()
            where = ", ".join(self.address.hosts)
            said = f"{type(error).__name__}: {_short(error.message)}"
            raise StoreUnavailable(f"store {where}: no answer to {method} {path}: {said}") from error
        return Response(response.meta.status, response.body)

    def _trust_again(self) -> None:
        # An authority is replaced once a year, its file with it, and no worker is started again for that.
        if self._trusted and self._ca_file:
            with contextlib.suppress(OSError):
                self._trusted.load_verify_locations(self._ca_file)


def unavailable(doing: str, answer: Response) -> StoreUnavailable:
    """The error for an answer that says no, with its cause and, where we know it, what to do."""
    error = answer.body.get("error") if isinstance(answer.body, Mapping) else answer.body
    hint = _HINTS.get(answer.status, "")
    return StoreUnavailable(f"store: {doing} was answered {answer.status}: {reason_of(error)}{hint}")


_HINTS: Final = {
    401: "; check the store's credentials",
    403: "; if it is no read-only block, the user lacks a privilege (docs/elasticsearch.md lists them)",
}


def _with_port(host: str) -> str:
    if not host:
        raise SettingError("store: a host in its address is empty")
    return host if re.search(r":\d+$", host) else f"{host}:{DEFAULT_PORT}"


def _trust(ca_file: Path | None) -> ssl.SSLContext:
    try:
        return ssl.create_default_context(cafile=ca_file)
    except (OSError, ssl.SSLError) as error:
        raise SettingError(f"store_ca_file {ca_file}: no readable PEM certificate: {error}") from error


def _short(said: str) -> str:
    line = " ".join(said.split())
    return line if len(line) <= _MOST_TEXT else line[:_MOST_TEXT] + "..."
