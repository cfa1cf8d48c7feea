"""Several processes on one broker, and what becomes of the work of one that is killed."""

import multiprocessing
import os
import signal
from multiprocessing.connection import Connection

from marbleline.ports.broker import Broker
from marbleline.ports.topology import FRAME_RECORDS, FRAMES
from tests.contract.broker.base import WAIT_S, BrokerContract, Connect, drain, frames, ids, receive_all

_SPAWN = multiprocessing.get_context("spawn")
# How long a process may take to start and to connect: on a busy machine many seconds.
_START_S = 120.0


def compete(connect: Connect, pipe: Connection) -> None:
    """Consume until told to stop: settle what is taken, then say what it was."""
    broker = connect()
    seen: list[str] = []
    pipe.send("ready")
    while not pipe.poll():
        deliveries = broker.receive(FRAMES.name, 3, 0.2)
        broker.publish_and_ack(deliveries, [])
        seen += ids(deliveries)
        if deliveries:
            pipe.send(len(deliveries))
    broker.close()
    pipe.send(seen)


def hold(connect: Connect, pipe: Connection) -> None:
    """Publish, take, say so, and wait for the end."""
    broker = connect()
    broker.publish(frames(2, first=100))
    deliveries = receive_all(broker, FRAMES.name, 4)
    pipe.send(ids(deliveries))
    pipe.recv()


class Processes(BrokerContract):
    def test_two_consumers_never_get_the_same_message(self, broker: Broker, connect: Connect) -> None:
        sent = frames(120)
        pipes = []
        children = []
        for _ in range(2):
            mine, theirs = _SPAWN.Pipe()
            child = _SPAWN.Process(target=compete, args=(connect, theirs), daemon=True)
            child.start()
            pipes.append(mine)
            children.append(child)
        for pipe in pipes:
            assert pipe.poll(_START_S)
            assert pipe.recv() == "ready"
        for first in range(0, len(sent), 4):
            broker.publish(sent[first : first + 4])
        acked = 0
        while acked < len(sent):
            ready = multiprocessing.connection.wait(pipes, WAIT_S)
            assert ready, f"{acked} of {len(sent)} messages were settled"
            acked += sum(pipe.recv() for pipe in pipes if pipe in ready)
        seen: list[str] = []
        for pipe, child in zip(pipes, children, strict=True):
            pipe.send("stop")
            assert pipe.poll(WAIT_S)
            seen += pipe.recv()
            child.join(WAIT_S)
        assert sorted(seen) == sorted(ids(sent))

    def test_what_a_killed_process_held_comes_again(self, broker: Broker, connect: Connect) -> None:
        broker.publish(frames(4))
        mine, theirs = _SPAWN.Pipe()
        child = _SPAWN.Process(target=hold, args=(connect, theirs), daemon=True)
        child.start()
        assert mine.poll(_START_S)
        held = mine.recv()
        assert child.pid
        os.kill(child.pid, signal.SIGKILL)
        child.join(WAIT_S)
        deliveries = receive_all(broker, FRAMES.name, 6)
        # What it published is there, what it held comes again and says so.
        assert set(ids(deliveries)) == {*ids(frames(4)), *ids(frames(2, first=100))}
        counts = {one.message.message_id: one.count for one in deliveries}
        assert {message_id for message_id, count in counts.items() if count > 1} == set(held)
        broker.publish_and_ack(deliveries, [])
        self.assert_quiet(broker, FRAMES.name)
        assert len(drain(broker, FRAME_RECORDS.name, self.idle_s)) == 6
