"""The belt: where each slab is at any time."""

from pathlib import Path

import pytest

from marbleline.errors import SettingError
from marbleline.softplc.belt import Belt, read_belt, write_belt

BELT = Belt(start=100.0, speed_mm_s=1000.0, pitch_mm=125.0, length_mm=80.0, gate_mm=400.0)


def edges(belt: Belt, until_mm: float, step_mm: float) -> list[tuple[str, int, float]]:
    """What a program sees that asks every ``step_mm``."""
    found = []
    after = 0.0
    while after < until_mm:
        found += [(edge.eye, edge.slab, edge.position) for edge in belt.edges(after, after + step_mm)]
        after += step_mm
    return found


@pytest.mark.parametrize("step_mm", [5.0, 10.0, 33.0, 1000.0])
def test_each_slab_meets_each_eye_once_however_often_one_looks(step_mm: float) -> None:
    seen = edges(BELT, 1000.0, step_mm)

    assert [edge[1:] for edge in seen if edge[0] == "trigger"][:8] == [(n, 125.0 * n) for n in range(1, 9)]
    assert [edge[1:] for edge in seen if edge[0] == "gate"][:4] == [(n, 125.0 * n + 400) for n in range(1, 5)]
    assert [edge[2] for edge in seen] == sorted(edge[2] for edge in seen)


def test_a_lost_trigger_takes_nothing_from_the_gate() -> None:
    belt = Belt(start=0.0, pitch_mm=125.0, gate_mm=400.0, lost=frozenset({2}))

    seen = edges(belt, 800.0, 10.0)

    assert [slab for eye, slab, _ in seen if eye == "trigger"] == [1, 3, 4, 5, 6]
    assert [slab for eye, slab, _ in seen if eye == "gate"] == [1, 2, 3]


def test_an_eye_that_bounces_fires_twice() -> None:
    belt = Belt(start=0.0, pitch_mm=125.0, gate_mm=400.0, bounces={2: 60.0})

    seen = [edge[1:] for edge in edges(belt, 400.0, 10.0) if edge[0] == "trigger"]

    assert seen == [(1, 125.0), (2, 250.0), (2, 310.0), (3, 375.0)]


def test_between_slabs_none_lies_under_the_camera() -> None:
    assert BELT.slab_at_eye(100.0) is None
    assert BELT.slab_at_eye(100.126) == 1
    assert BELT.slab_at_eye(100.204) == 1
    assert BELT.slab_at_eye(100.206) is None
    assert BELT.slab_at_eye(100.251) == 2


def test_slabs_that_have_met_the_gate_are_counted() -> None:
    assert [BELT.passed_gate(100 + ms / 1000) for ms in (0, 524, 526, 651)] == [0, 0, 1, 2]


def test_a_share_of_the_slabs_is_faulty_and_always_the_same_ones() -> None:
    labels = [BELT.label(slab) for slab in range(1, 401)]

    assert labels == [BELT.label(slab) for slab in range(1, 401)]
    assert 60 < 400 - labels.count("good") < 140


def test_the_belt_comes_back_from_its_file(tmp_path: Path) -> None:
    belt = Belt(start=1.5, lost=frozenset({7, 9}), bounces={3: 12.5})

    write_belt(belt, tmp_path / "belt.json")

    assert read_belt(tmp_path / "belt.json") == belt


@pytest.mark.parametrize("text", ["", "{}", '{"start": 1}', "[]"])
def test_a_file_that_is_no_belts_is_refused(tmp_path: Path, text: str) -> None:
    (tmp_path / "belt.json").write_text(text)

    with pytest.raises(SettingError, match=r"belt.json: not written by this version"):
        read_belt(tmp_path / "belt.json")


def test_a_belt_that_is_not_there_says_what_to_start(tmp_path: Path) -> None:
    with pytest.raises(SettingError, match="start marbleline softplc"):
        read_belt(tmp_path / "belt.json")
