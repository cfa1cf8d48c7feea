"""A plain inference service: FastAPI and ONNX Runtime, pictures posted over HTTP, verdicts in SQLite.

``.venv-runtimes/bin/python -m benchmarks.peers.service MODEL.onnx DATABASE PORT``. It decodes as Marbleline
does (JPEG at half its size), writes picture and verdict in one durable transaction, and answers after it.
"""

import asyncio
import io
import os
import sqlite3
import sys
import threading
import time
from typing import Final

import numpy as np
import onnxruntime
import uvicorn
from fastapi import FastAPI, Request
from PIL import Image
from starlette.concurrency import run_in_threadpool

SIZE: Final = (320, 240)
CLASSES: Final = ("good", "crack", "dot", "joint")
AT_ONCE: Final = 2
"""Pictures judged at a time: one a core."""

_TABLE: Final = (
    "CREATE TABLE IF NOT EXISTS verdicts (number INTEGER PRIMARY KEY, frame TEXT, label TEXT, score REAL,"
    " at REAL, picture BLOB)"
)


class Judge:
    """The model and the database; ``judge`` is for any thread."""

    def __init__(self, model: str, database: str) -> None:
        options = onnxruntime.SessionOptions()
        options.intra_op_num_threads = 1
        self._session = onnxruntime.InferenceSession(model, options, providers=["CPUExecutionProvider"])
        self._input = self._session.get_inputs()[0].name
        self._database = sqlite3.connect(database, timeout=30, check_same_thread=False)
        self._database.execute("PRAGMA journal_mode = WAL")
        self._database.execute("PRAGMA synchronous = FULL")
        self._database.execute(_TABLE)
        self._writing = threading.Lock()

    def judge(self, frame: str, picture: bytes) -> dict[str, object]:
        """Decode, infer, store."""
        image = Image.open(io.BytesIO(picture))
        image.draft("RGB", SIZE)
        pixels = np.asarray(image.convert("RGB").resize(SIZE, Image.Resampling.BILINEAR), dtype=np.uint8)
        outputs = self._session.run(None, {self._input: pixels[None]})
        scores = next(value for value in outputs if value.ndim == 2)[0]
        label, score = CLASSES[int(scores.argmax())], float(scores.max())
        with self._writing, self._database:
            self._database.execute(
                "INSERT INTO verdicts (frame, label, score, at, picture) VALUES (?, ?, ?, ?, ?)",
                (frame, label, score, time.time(), picture),
            )
        return {"frame": frame, "label": label, "score": score}


def service(judge: Judge) -> FastAPI:
    """``POST /judge/FRAME`` with a picture as the body; ``GET /healthz``."""
    app = FastAPI()
    turn = asyncio.Semaphore(AT_ONCE)

    @app.post("/judge/{frame}")
    async def post(frame: str, request: Request) -> dict[str, object]:
        picture = await request.body()
        async with turn:
            return await run_in_threadpool(judge.judge, frame, picture)

    @app.get("/healthz")
    async def healthy() -> dict[str, str]:
        return {"status": "ok"}

    return app


def _end_with_parent() -> None:
    """End once standard input is closed: whoever started this is gone."""
    sys.stdin.read()
    os._exit(0)


if __name__ == "__main__":
    threading.Thread(target=_end_with_parent, daemon=True).start()
    made = service(Judge(sys.argv[1], sys.argv[2]))
    uvicorn.run(made, host="127.0.0.1", port=int(sys.argv[3]), log_level="error")
