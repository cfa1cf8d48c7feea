"""Several loops in one process: they run, stop and fail together."""

import logging
import threading
from collections.abc import Callable, Mapping

log = logging.getLogger("marbleline.threads")


def run_threads(loops: Mapping[str, Callable[[], None]], stop: threading.Event) -> None:
    """Run each loop in a thread of its own until all have returned.

    If one raises, ``stop`` is set for the others, and its error is raised here: a worker with a dead
    half must not look alive.
    """
    failures: list[BaseException] = []

    def guarded(name: str, loop: Callable[[], None]) -> None:
        try:
            loop()
        except BaseException as error:  # raised again below, in the main thread
            log.exception("loop.failed", extra={"loop": name})
            failures.append(error)
            stop.set()

    threads = [threading.Thread(target=guarded, args=item, name=item[0]) for item in loops.items()]
    for thread in threads:
        thread.start()
    for thread in threads:
        thread.join()
    if failures:
        raise failures[0]
