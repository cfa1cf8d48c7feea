"""Who is alive, as the kernel knows it."""

import multiprocessing
import os
import signal
from multiprocessing.connection import Connection
from pathlib import Path

import pytest

from marbleline.adapters.brokers.sqlite.owners import Owner
from tests.contract.broker.base import WAIT_S


def live(path: Path, pipe: Connection) -> None:
    owner = Owner(path)
    pipe.send(owner.number())
    pipe.recv()


def test_those_of_this_process(tmp_path: Path) -> None:
    one, other = Owner(tmp_path / "owners"), Owner(tmp_path / "owners")
    numbers = one.number(), other.number()
    assert one.number() == numbers[0] != numbers[1]
    assert one.alive(numbers[0])
    assert one.alive(numbers[1])
    other.leave()
    other.leave()
    assert not one.alive(numbers[1])
    assert one.alive(numbers[0])
    one.leave()


def test_those_of_another_process_until_it_is_killed(tmp_path: Path) -> None:
    owner = Owner(tmp_path / "owners")
    spawn = multiprocessing.get_context("spawn")
    mine, theirs = spawn.Pipe()
    child = spawn.Process(target=live, args=(tmp_path / "owners", theirs), daemon=True)
    child.start()
    assert mine.poll(WAIT_S)
    number = mine.recv()
    assert owner.alive(number)
    assert child.pid
    os.kill(child.pid, signal.SIGKILL)
    child.join(WAIT_S)
    assert not owner.alive(number)
    owner.leave()


def test_a_file_that_was_removed_is_made_again(tmp_path: Path) -> None:
    owner = Owner(tmp_path / "owners")
    before = owner.number()
    (tmp_path / "owners").unlink()
    after = owner.number()
    assert after != before
    assert Owner(tmp_path / "owners").alive(after)


@pytest.mark.filterwarnings("ignore:.*multi-threaded.*:DeprecationWarning")
def test_a_forked_child_is_somebody_else(tmp_path: Path) -> None:
    owner = Owner(tmp_path / "owners")
    before = owner.number()
    reader, writer = os.pipe()
    child = os.fork()
    if not child:
        os.write(writer, str(owner.number()).encode())
        os._exit(0)
    os.waitpid(child, 0)
    theirs = int(os.read(reader, 100))
    assert theirs != before
    assert owner.number() == before
    assert not owner.alive(theirs)
    os.close(reader)
    os.close(writer)
    owner.leave()
