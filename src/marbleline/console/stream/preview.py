"""The pictures of a source that is being tested: ``/_preview/TOKEN``, as ``multipart/x-mixed-replace``.

A browser shows such an answer as one picture that changes (RFC 2046, section 5.1, and HTML's handling of it).
The token of a test is known to the page that started it alone, and ends with the test.
"""

import asyncio
from collections.abc import AsyncIterator
from typing import Final

from starlette.requests import Request
from starlette.responses import Response, StreamingResponse
from starlette.routing import Route

from marbleline.console.state.services import services
from marbleline.console.state.source_trials import Trial

PATH: Final = "_preview"

_BOUNDARY: Final = "marbleline-picture"
_LOOK_S: Final = 0.02
_GAP_S: Final = 0.09  # at most about eleven a second


def preview_route() -> Route:
    """The route."""
    return Route(f"/{PATH}/{{token}}", _serve)


async def _serve(request: Request) -> Response:
    trial = services().sources.trials.find(request.path_params["token"])
    if trial is None:
        return Response(status_code=404)
    return StreamingResponse(
        _parts(trial),
        media_type=f"multipart/x-mixed-replace; boundary={_BOUNDARY}",
        headers={"Cache-Control": "no-store", "X-Content-Type-Options": "nosniff"},
    )


async def _parts(trial: Trial) -> AsyncIterator[bytes]:
    """Each new picture, until the test has ended; a browser that is slow gets fewer."""
    sent = 0
    yield f"--{_BOUNDARY}\r\n".encode()
    while trial.running:
        report = trial.report
        if report.number == sent:
            await asyncio.sleep(_LOOK_S)
            continue
        sent = report.number
        head = f"Content-Type: image/jpeg\r\nContent-Length: {len(report.picture)}\r\n\r\n".encode()
        # The next boundary at once: a browser shows a picture when it has seen its end.
        yield head + report.picture + f"\r\n--{_BOUNDARY}\r\n".encode()
        await asyncio.sleep(_GAP_S)
