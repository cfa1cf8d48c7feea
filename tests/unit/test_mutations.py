"""The ways to break the guarantees still fit the code: a stale one would be found only by the slow run."""

from pathlib import Path

import pytest

import marbleline
from tests.mutations.mutations import MUTATIONS, Mutation

SOURCE = Path(marbleline.__file__).parent


@pytest.mark.parametrize("mutation", MUTATIONS, ids=lambda mutation: mutation.what)
def test_what_is_to_be_broken_stands_there_once(mutation: Mutation) -> None:
    assert (SOURCE / mutation.file).read_text(encoding="utf-8").count(mutation.old) == 1
    assert all(Path(SOURCE.parents[1], test.partition("::")[0]).exists() for test in mutation.tests)
