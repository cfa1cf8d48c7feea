"""The state of a learning job, kept in ``job.json`` of the job's folder for whoever waits for it."""

import os
from enum import StrEnum
from pathlib import Path
from typing import Final

from marbleline.domain.clock import Time
from marbleline.domain.wire import WireStruct
from marbleline.errors import SettingError, WireError

JOB_FILE: Final = "job.json"


class JobState(StrEnum):
    """``DIED``: its process ended without a result; never written, only read."""

    RUNNING = "running"
    DONE = "done"
    FAILED = "failed"
    DIED = "died"


class LearningJob(WireStruct, frozen=True, kw_only=True):
    """One job.

    ``step``     what it does at the moment, as `marbleline product learn` prints it
    ``version``  that was learnt; ``error`` is why none was
    ``process``  its process id
    """

    product: str
    by: str
    started_at: Time
    state: JobState
    process: int
    step: str = ""
    version: int | None = None
    error: str = ""


def job_folder(data: Path, product: str) -> Path:
    """Where the job of a product has its pictures, its state and what it keeps for the next time."""
    return data / "learning" / product


def write_job(folder: Path, job: LearningJob) -> None:
    """Replace the state in one rename. Raises OSError."""
    partial = folder / f"{JOB_FILE}.partial"
    partial.write_bytes(job.to_json())
    partial.replace(folder / JOB_FILE)


def read_job(folder: Path) -> LearningJob | None:
    """The newest job, None if there was none. Raises SettingError if the file can't be read."""
    path = folder / JOB_FILE
    try:
        job = LearningJob.from_json(path.read_bytes())
    except FileNotFoundError:
        return None
    except (OSError, WireError) as error:
        raise SettingError(f"{path}: can't be read: {error}; remove it") from error
    if job.state is JobState.RUNNING and not _is_running(job.process):
        return LearningJob(
            product=job.product,
            by=job.by,
            started_at=job.started_at,
            state=JobState.DIED,
            process=job.process,
            step=job.step,
        )
    return job


def _is_running(process: int) -> bool:
    try:
        os.kill(process, 0)
    except ProcessLookupError:
        return False
    except PermissionError:
        pass
    return True
