"""A line's soft PLC."""

from pathlib import Path

import pytest

from marbleline.bootstrap.soft_gate import in_words, soft_gate
from marbleline.softplc.program import Event
from tests.services.processes import free_ports


def at_gate(slab: int, cause: str) -> Event:
    """A slab at the gate."""
    return {"event": "gate", "slab": slab, "passed": cause == "good", "cause": cause}


def test_what_became_of_the_slabs_in_words() -> None:
    events = [at_gate(1, "good"), at_gate(2, "faulty"), at_gate(3, "faulty"), at_gate(4, "no_result")]

    assert in_words([*events, {"event": "trigger"}]) == "Gate: 1 passed, 3 rejected (2 faulty, 1 no result)"
    assert in_words([]) == "Gate: 0 passed, 0 rejected"


@pytest.mark.slow
def test_the_soft_plc_runs_meanwhile_and_ends_with_it(tmp_path: Path) -> None:
    said: list[str] = []
    [port] = free_ports(1)
    with soft_gate(tmp_path / "plc", port, said.append) as own:
        assert own["gate"] == f"modbus:127.0.0.1:{port}"
        assert own["source"] == f"belt:{tmp_path / 'plc'}"
        assert (tmp_path / "plc" / "belt.json").exists()

    assert len(said) == 1
    assert said[0].startswith("Gate: 0 passed")
