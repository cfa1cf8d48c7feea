"""The ways to break the guarantees of docs/guarantees.md, and the tests that have to notice."""

from dataclasses import dataclass
from typing import Final


@dataclass(frozen=True, slots=True)
class Mutation:
    """``old`` stands once in ``file`` (below src/marbleline) and is replaced by ``new``.

    ``tests`` are pytest's arguments; at least one of them has to fail. ``server`` says that they need a
    real one and take longer.
    """

    guarantee: int
    what: str
    file: str
    old: str
    new: str
    tests: tuple[str, ...]
    server: bool = False


MUTATIONS: Final = (
    Mutation(
        1,
        "the spool forgets a frame before the broker confirmed it",
        "workers/outbox.py",
        "            broker.publish(messages)\n            self._spool.confirm(window[-1].sequence)",
        "            self._spool.confirm(window[-1].sequence)\n            broker.publish(messages)",
        ("tests/unit/workers/test_camera.py",),
    ),
    Mutation(
        1,
        "a frame is renamed into the spool without being synced",
        "workers/spool_file.py",
        "                self.sync(descriptor)\n        except OSError:",
        "        except OSError:",
        ("tests/unit/workers/test_spool.py",),
    ),
    Mutation(
        1,
        "the spool's folder is not synced after the rename",
        "workers/spool.py",
        "            self._disk.sync_folder(self._frames)\n        except OSError as error:\n",
        "        except OSError as error:\n",
        ("tests/unit/workers/test_spool.py",),
    ),
    Mutation(
        1,
        "a worker acknowledges before what it made is safe",
        "workers/loop.py",
        "        _insist(broker, done, lambda: broker.hand_on(done, made), stop, pulse)",
        "        broker.hand_on(done, [])\n        broker.publish(made)",
        ("tests/unit/workers/test_loop.py",),
    ),
    Mutation(
        1,
        "while the model server is away, the batch is thrown away instead of kept",
        "workers/loop.py",
        "        _extend(broker, taken)\n        if not backoff.wait(stop):\n"
        "            return [None] * len(taken)",
        "        return [()] * len(taken)",
        ("tests/unit/workers/test_loop.py",),
    ),
    Mutation(
        1,
        "stopped in the middle, a worker settles what it did not do",
        "workers/loop.py",
        "            return [None] * len(taken)",
        "            return [()] * len(taken)",
        ("tests/unit/workers/test_loop.py",),
    ),
    Mutation(
        1,
        "the embedded broker settles in one transaction and publishes in another",
        "adapters/broker_sqlite/broker.py",
        "                queueing.settle(connection, taken)\n                self._publish(connection, made)",
        "                queueing.settle(connection, taken)\n"
        "            with self._database.write() as connection:\n"
        "                self._publish(connection, made)",
        ("tests/contract/test_broker_sqlite.py",),
    ),
    Mutation(
        1,
        "RabbitMQ: acknowledge first, publish after",
        "adapters/broker_rabbitmq/broker.py",
        "        self.publish(made)\n        self._settle(taken)",
        "        self._settle(taken)\n        self.publish(made)",
        ("tests/services/test_broker_rabbitmq.py",),
        server=True,
    ),
    Mutation(
        2,
        "the embedded store takes a second verdict of the same frame in place of the first",
        "adapters/store_sqlite/store.py",
        '?, ?, ?, ?, ?, ?, ?, ?, ?, ?, ?) ON CONFLICT (frame_id) DO NOTHING"\n',
        '?, ?, ?, ?, ?, ?, ?, ?, ?, ?, ?) ON CONFLICT (frame_id) DO UPDATE SET frame_id = frame_id"\n',
        ("tests/contract/test_store_sqlite.py",),
    ),
    Mutation(
        2,
        "the ledger counts a dead letter that was judged after all a second time",
        "domain/ledger.py",
        " and frame_id not in tally.judged_ids",
        "",
        ("tests/unit/domain/test_ledger.py", "tests/unit/workers/test_counting.py"),
    ),
    Mutation(
        2,
        "the id of a frame is not of its moment of capture",
        "domain/frame.py",
        "        stamp = max(stamp, self._last + 1)\n",
        "",
        ("tests/unit/domain/test_frame.py",),
    ),
    Mutation(
        3,
        "the picture's bytes are not held against the hash of the capture",
        "workers/encoder.py",
        "    if sha256_hex(content) != frame.sha256:",
        "    if False:",
        ("tests/unit/workers/test_encoder.py",),
    ),
    Mutation(
        3,
        "a verdict goes out without the model's digest",
        "domain/verdict.py",
        '                "digest": self.model.digest,',
        '                "digest": "",',
        ("tests/unit/domain/test_verdict.py",),
    ),
    Mutation(
        4,
        "a picture that can't be decoded ends the worker",
        "workers/loop.py",
        "    except PictureError as error:\n        return Dead(error.reason, error.detail)",
        "    except PictureError:\n        raise",
        ("tests/unit/workers/test_loop.py",),
    ),
    Mutation(
        4,
        "a decompression bomb is decoded",
        "domain/picture.py",
        "    if width * height > limits.max_pixels:",
        "    if width * height > 100 * limits.max_pixels:",
        ("tests/unit/domain/test_picture.py",),
    ),
    Mutation(
        5,
        "the embedded broker's queues have no bound",
        "adapters/broker_sqlite/queueing.py",
        "(:gives_way OR total + :count <= :bound)",
        "(:gives_way OR :bound > 0)",
        ("tests/contract/test_broker_sqlite.py",),
    ),
    Mutation(
        5,
        "the spool has no quota",
        "workers/spool.py",
        "        if self._bytes and self._bytes + cost > self.quota:",
        "        if False:",
        ("tests/unit/workers/test_spool.py",),
    ),
    Mutation(
        6,
        "a camera that gives no picture goes on being online",
        "workers/capture.py",
        "self._monotonic() - self._sign_at >= self._options.stall_s",
        "False",
        ("tests/unit/workers/test_camera.py",),
    ),
    Mutation(
        7,
        "a verdict after its deadline is not marked",
        "domain/verdict.py",
        "        return self.stages.decided_at > self.deadline_at",
        "        return False",
        ("tests/unit/domain/test_verdict.py", "tests/unit/workers/test_publisher.py"),
    ),
    Mutation(
        8,
        "the encoder resizes in a way of its own",
        "workers/encoder.py",
        "    image = fit(picture.rgb, spec)",
        "    image = fit(picture.rgb[::-1], spec)",
        ("tests/unit/workers/test_encoder.py",),
    ),
    Mutation(
        9,
        "the frame is recorded on the hot way: a store that is away holds it up",
        "ports/topology.py",
        '("verdict.#",)',
        '("record.#",)',
        ("tests/unit/workers/test_counting.py",),
    ),
    Mutation(
        9,
        "the fallback never answers while the model server is away",
        "adapters/classifier_fallback.py",
        "                if self._clock() - self._away_since < self._patience_s:",
        "                if True:",
        ("tests/unit/adapters/test_classifier_fallback.py",),
    ),
)
