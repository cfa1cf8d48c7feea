"""A real HTTP receiver that does what a test tells it to."""

import re
from collections.abc import Iterator
from contextlib import contextmanager
from dataclasses import dataclass, field

from pytest_httpserver import HTTPServer
from werkzeug import Request, Response


@dataclass(frozen=True)
class Call:
    """One POST."""

    headers: dict[str, str]
    body: bytes


@dataclass
class Scripted:
    """Answers each call with the next of ``statuses``, and 204 when there are no more."""

    url: str = ""
    statuses: list[int] = field(default_factory=list)
    calls: list[Call] = field(default_factory=list)
    answered: list[int] = field(default_factory=list)


@contextmanager
def receiving(*statuses: int) -> Iterator[Scripted]:
    """A receiver that listens until the block ends."""
    script = Scripted(statuses=list(statuses))

    def answer(request: Request) -> Response:
        headers = {name.lower(): value for name, value in request.headers.items()}
        script.calls.append(Call(headers, request.get_data()))
        status = script.statuses.pop(0) if script.statuses else 204
        script.answered.append(status)
        moved = {"Location": f"{script.url}/elsewhere"} if status == 302 else {}
        return Response("" if status == 204 else "because of the test", status, moved)

    with HTTPServer("127.0.0.1", threaded=True) as server:
        server.expect_request(re.compile(".*"), method="POST").respond_with_handler(answer)
        script.url = server.url_for("").rstrip("/")
        yield script
        server.check()
