"""A short form of ``make gate-faults``: real processes, one fault of each kind, every slab accounted for."""

from pathlib import Path

import pytest

from tests.gate_faults.run import as_text, run

SLABS = 300


@pytest.mark.slow
def test_whatever_fails_no_slab_passes_without_a_good_verdict_of_its_own(tmp_path: Path) -> None:
    result = run(tmp_path, SLABS, faults=18)

    assert sum(result.faults.values()) == 18
    assert (result.account.wrong, result.account.torn) == ([], []), as_text(result)
    assert result.account.passed, as_text(result)


@pytest.mark.slow
def test_the_stations_side_alone_keeps_results_whole(tmp_path: Path) -> None:
    """The PLC trusts the valid word: it compares neither CRC nor sequence."""
    result = run(tmp_path, SLABS // 2, faults=6, seed=2, trusting=True)

    assert (result.account.wrong, result.account.torn) == ([], []), as_text(result)
