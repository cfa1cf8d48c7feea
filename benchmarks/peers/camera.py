"""Cameras that post their pictures to a service, each on a thread and a connection of its own.

``again``: a picture that was not answered is posted until it is; else it is given up, as a plain script does.
"""

import http.client
import threading
import time
from dataclasses import dataclass, field
from typing import Final

from benchmarks.pictures import pictures

ANSWER_S: Final = 10.0
PAUSE_S: Final = 0.1


@dataclass
class Posted:
    """``captured``: frames that cameras took. ``delays``: seconds from capture to its answer, if any."""

    captured: list[str] = field(default_factory=list)
    delays: list[float] = field(default_factory=list)


def post_all(port: int, cameras: int, each: int, rate: float, *, again: bool) -> Posted:
    """``each`` pictures of each camera, ``rate`` a second of each; 0: as fast as they are answered."""
    posted = Posted()
    began = time.monotonic()

    def run(camera: int) -> None:
        connection = http.client.HTTPConnection("127.0.0.1", port, timeout=ANSWER_S)
        for number in range(each):
            # Cameras of a line are not triggered at one moment.
            due = began + (number + camera / cameras) / rate if rate else time.monotonic()
            time.sleep(max(0.0, due - time.monotonic()))
            frame = f"{camera}-{number}"
            posted.captured.append(frame)
            at = time.monotonic() if rate == 0 else due
            picture = pictures()[number % len(pictures())]
            while not (done := _post(connection, frame, picture)) and again:
                time.sleep(PAUSE_S)
            if done:
                posted.delays.append(time.monotonic() - at)
        connection.close()

    threads = [threading.Thread(target=run, args=(camera,)) for camera in range(cameras)]
    for thread in threads:
        thread.start()
    for thread in threads:
        thread.join()
    return posted


def _post(connection: http.client.HTTPConnection, frame: str, picture: bytes) -> bool:
    try:
        connection.request("POST", f"/judge/{frame}", picture)
        answer = connection.getresponse()
        answer.read()
    except (OSError, http.client.HTTPException):
        connection.close()  # the next request connects anew
        return False
    return answer.status == 200
