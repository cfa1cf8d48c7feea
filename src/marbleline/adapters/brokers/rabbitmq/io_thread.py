"""The I/O thread: it alone talks to the broker, so heartbeats go on however long a worker works."""

import asyncio
import concurrent.futures
import threading
from collections.abc import Callable, Coroutine
from typing import Any, Final, TypeVar

from marbleline.errors import BrokerUnavailable

# Every call has limits of its own; this one only keeps a defect from becoming a hang.
LIMIT_S: Final = 120.0

T = TypeVar("T")


class IoThread:
    """An event loop on a thread of its own, started by the first call."""

    def __init__(self, name: str) -> None:
        self.loop = asyncio.new_event_loop()
        self._thread = threading.Thread(target=self._run, name=name, daemon=True)
        self._closed = False

    def run(self, work: Coroutine[Any, Any, T]) -> T:
        """Do it on the loop and wait for its result; its errors are raised here.

        Raises BrokerUnavailable if the thread was closed.
        """
        if self._closed:
            work.close()
            raise BrokerUnavailable("this connection was closed")
        self._start()
        future = asyncio.run_coroutine_threadsafe(work, self.loop)
        try:
            return future.result(LIMIT_S)
        except concurrent.futures.TimeoutError:
            future.cancel()
            raise BrokerUnavailable(f"no answer within {LIMIT_S:g} s") from None
        except concurrent.futures.CancelledError:
            raise BrokerUnavailable("this connection was closed") from None

    def soon(self, work: Callable[[], object]) -> None:
        """Do it on the loop, in order, without waiting."""
        if not self._closed:
            self._start()
            self.loop.call_soon_threadsafe(work)

    def close(self) -> None:
        """Stop the loop; what still waits in it is cancelled."""
        if self._closed:
            return
        self._closed = True
        if self._thread.ident is None:
            self.loop.close()
            return
        self.loop.call_soon_threadsafe(self.loop.stop)
        self._thread.join()

    def _start(self) -> None:
        if self._thread.ident is None:
            self._thread.start()

    def _run(self) -> None:
        asyncio.set_event_loop(self.loop)
        self.loop.run_forever()
        tasks = asyncio.all_tasks(self.loop)
        for task in tasks:
            task.cancel()
        self.loop.run_until_complete(asyncio.gather(*tasks, return_exceptions=True))
        self.loop.run_until_complete(self.loop.shutdown_default_executor())
        self.loop.close()
