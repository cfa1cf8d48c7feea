"""The command as a job runs it: a drift is no failure, and has an exit code and an alarm of its own."""

import json
import shutil
from collections.abc import Callable
from pathlib import Path

import pytest
from msgspec.structs import replace

from marbleline.adapters.stores.sqlite import SqliteStore
from marbleline.cli import EXIT_DECLINED, main
from marbleline.domain.clock import now
from marbleline.domain.verdict import Verdict
from tests.builders import make_frame, make_report
from tests.models.tiny_model import TINY
from tests.unit.training.monitor.test_drift import REFERENCE, verdicts


@pytest.mark.parametrize(
    ("change", "code"),
    [(lambda one: one, 0), (lambda one: replace(one, anomaly=one.anomaly + 0.3), EXIT_DECLINED)],
    ids=["as before", "unlike before"],
)
def test_a_drift_is_told_apart_from_an_outage(
    change: Callable[[Verdict], Verdict], code: int, tmp_path: Path
) -> None:
    model = Path(shutil.copytree(TINY, tmp_path / "model"))
    (model / "1" / "reference.json").write_text(json.dumps(REFERENCE.to_document()))
    (tmp_path / "data").mkdir()
    store = SqliteStore(tmp_path / "data" / "store.db")
    store.put_cameras([make_report()])
    at = now()
    store.put_verdicts(
        [
            replace(
                change(one), frame=make_frame(number, captured_at=at - number * 1_000_000, product="model")
            )
            for number, one in enumerate(verdicts(3, 100), start=1)
        ]
    )
    assert main(["drift", "--data", str(tmp_path / "data"), "--model", str(model)]) == code
    [alarm] = store.alarms()
    store.close()
    assert alarm.raised is (code == EXIT_DECLINED)
