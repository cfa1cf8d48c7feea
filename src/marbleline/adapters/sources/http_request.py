"""What is checked of a request before its body is read, and how the body is read."""

import asyncio
import io
import re
from typing import Final

from starlette.requests import ClientDisconnect, Request
from starlette.responses import Response

from marbleline.adapters.sources.http_reply import UploadReply, error_reply, response
from marbleline.adapters.sources.http_slab import tile_in
from marbleline.domain.frame import check_name
from marbleline.errors import SettingError, WireError

_QUIET_S: Final = 10.0  # a client silent for so long is answered 408
_SLOWEST: Final = 50_000  # bytes a second


def unfit_length(request: Request, most: int) -> UploadReply | None:
    """What is wrong with the length of the body, ``most`` bytes being the limit; None if it is fine."""
    given = request.headers.get("Content-Length")
    if request.headers.get("Transfer-Encoding") or given is None:
        return error_reply(411, "send a Content-Length, not chunks")
    if not re.fullmatch(r"[0-9]{1,15}", given):
        return error_reply(400, "Content-Length is no number")
    if int(given) == 0:
        return error_reply(400, "the body is empty: send the picture's bytes")
    if int(given) > most:
        return error_reply(413, f"{given} bytes, the limit is {most}")
    return None


def unfit_headers(request: Request) -> UploadReply | None:
    """What is wrong with the headers of an upload; None if they are fine."""
    kind = request.headers.get("Content-Type", "image/*").partition(";")[0].strip().lower()
    if not kind.startswith("image/") and kind != "application/octet-stream":
        return error_reply(415, f"Content-Type {kind}: send image/jpeg, image/png or another image type")
    try:
        tile_in(request.headers)
        product_named(request.headers.get("X-Product"))
    except (SettingError, WireError) as error:
        return error_reply(400, str(error))
    return None


def product_named(header: str | None) -> str | None:
    """The product of one upload, by its header X-Product. Raises SettingError for what is no name."""
    return None if header is None else check_name("X-Product", header)


async def whole_body(request: Request) -> bytes | Response:
    """The whole body, or the answer to a client that is too slow."""
    length = int(request.headers["Content-Length"])
    try:
        async with asyncio.timeout(_QUIET_S + length / _SLOWEST):
            return await _body(request)
    except TimeoutError:
        return response(error_reply(408, f"slower than {_SLOWEST} bytes a second"))
    except ClientDisconnect:
        return Response()  # nobody is there to read it


async def _body(request: Request) -> bytes:
    """The whole body. Raises TimeoutError if nothing comes for ``_QUIET_S``, ClientDisconnect."""
    content = io.BytesIO()  # whose value needs no second copy
    chunks = request.stream()
    while True:
        async with asyncio.timeout(_QUIET_S):
            chunk = await anext(chunks, None)
        if chunk is None:
            return content.getvalue()
        content.write(chunk)
