"""Frames on their way to the record with the verdicts that the station gave them."""

from pathlib import Path

import pytest

from marbleline.domain.verdict import Verdict
from marbleline.pipeline.camera.spool_file import Entry
from marbleline.pipeline.gate.judged_frames import FOLDER, JudgedFrames
from tests.builders import make_frame, make_verdict

FRAME = make_frame(1, content=b"picture")
ENTRY = Entry(FRAME, b"picture", None)


def held() -> set[str]:
    """Nothing in the spool."""
    return set()


def keys(judged: JudgedFrames) -> list[str] | None:
    """Routing keys of what is published of the frame."""
    messages = judged.messages(ENTRY)
    return None if messages is None else [message.key for message in messages]


def test_a_frame_waits_for_its_verdict_and_goes_with_it(tmp_path: Path) -> None:
    judged = JudgedFrames(tmp_path)
    judged.begin(FRAME.frame_id)
    assert keys(judged) is None

    judged.end(FRAME.frame_id, make_verdict(frame=FRAME), held)
    messages = judged.messages(ENTRY)

    assert messages is not None
    assert [one.key for one in messages] == ["judged.line-1.camera-1", "verdict.line-1.camera-1.good"]
    assert messages[0].body == b"picture"
    assert Verdict.from_json(messages[1].body).frame == FRAME


def test_a_verdict_survives_its_process(tmp_path: Path) -> None:
    before = JudgedFrames(tmp_path)
    before.begin(FRAME.frame_id)
    before.end(FRAME.frame_id, make_verdict(frame=FRAME), held)

    assert keys(JudgedFrames(tmp_path)) == ["judged.line-1.camera-1", "verdict.line-1.camera-1.good"]


def test_a_frame_whose_process_died_before_its_verdict_is_judged_by_the_line(tmp_path: Path) -> None:
    JudgedFrames(tmp_path).begin(FRAME.frame_id)

    assert keys(JudgedFrames(tmp_path)) == ["frame.line-1.camera-1"]


def test_a_verdict_that_is_damaged_is_made_again_by_the_line(tmp_path: Path) -> None:
    judged = JudgedFrames(tmp_path)
    judged.begin(FRAME.frame_id)
    judged.end(FRAME.frame_id, make_verdict(frame=FRAME), held)
    path = tmp_path / FOLDER / f"{FRAME.frame_id}.json"
    path.write_bytes(path.read_bytes()[:100])

    assert keys(judged) == ["frame.line-1.camera-1"]


def test_a_disk_that_is_full_costs_no_frame(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    judged = JudgedFrames(tmp_path)
    judged.begin(FRAME.frame_id)

    def full(path: Path, data: bytes) -> int:
        raise OSError(28, "No space left on device")

    monkeypatch.setattr(Path, "write_bytes", full)
    judged.end(FRAME.frame_id, make_verdict(frame=FRAME), held)

    assert keys(judged) == ["frame.line-1.camera-1"]


def test_verdicts_of_frames_that_left_the_spool_are_removed(tmp_path: Path) -> None:
    judged = JudgedFrames(tmp_path)
    frames = [make_frame(number) for number in range(1, 257)]
    for frame in frames:
        judged.begin(frame.frame_id)
        judged.end(frame.frame_id, make_verdict(frame=frame), lambda: {frames[9].frame_id})

    left = {path.stem for path in (tmp_path / FOLDER).iterdir()}
    assert left == {frames[9].frame_id, frames[-1].frame_id}
