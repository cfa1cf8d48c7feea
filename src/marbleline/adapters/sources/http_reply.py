"""What the http source answers."""

from collections.abc import Mapping
from dataclasses import dataclass

from starlette.responses import JSONResponse, Response


@dataclass(frozen=True, slots=True)
class UploadReply:
    """Status and JSON body; ``retry_after_s`` becomes the header of that name."""

    status: int
    body: Mapping[str, str | int]
    retry_after_s: int | None = None


def error_reply(status: int, text: str) -> UploadReply:
    """An answer that says what was wrong."""
    return UploadReply(status, {"error": text})


def response(reply: UploadReply, *, close: bool = True) -> Response:
    """The reply as JSON. ``close``: the request's body was not read, so the connection can't go on."""
    headers = {}
    if reply.retry_after_s is not None:
        headers["Retry-After"] = str(reply.retry_after_s)
    if reply.status == 401:
        headers["WWW-Authenticate"] = "Bearer"
    if close:
        headers["Connection"] = "close"
    return JSONResponse(dict(reply.body), reply.status, headers)
