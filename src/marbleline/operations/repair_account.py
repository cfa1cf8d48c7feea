"""What became of every frame, once the files are sound: on record, under way, published again, or gone."""

from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from pathlib import Path
from typing import Final

from marbleline.adapters.stores.sqlite import SqliteStore
from marbleline.adapters.stores.sqlite.frame_lookup import frames_at, sequences
from marbleline.adapters.stores.sqlite.rebuild import FrameKey, RebuiltStore
from marbleline.pipeline.camera.spool_view import SpoolCount
from marbleline.ports.broker import Broker
from marbleline.ports.inventory import Inventory
from marbleline.ports.message import Message
from marbleline.ports.topology import frame_key

_AT_ONCE: Final = 16
_NO_SPOOL: Final = SpoolCount(0, {})


@dataclass(frozen=True, slots=True)
class CameraAccount:
    """One camera's frames: captured = judged + under way + dead-lettered + published again + gone.

    ``under_way``      in the spool or a queue
    ``dead_lettered``  those with a dead letter, discarded ones included
    ``again``          the verdict is gone and the picture is not: they are published again
    ``gone``           sequence -> frame id, None where nothing names it: neither verdict nor picture
    ``pictures_gone``  sequences whose verdict is there and whose picture is not
    """

    camera: str
    captured: int
    judged: int
    under_way: int
    dead_lettered: int
    again: int
    gone: Mapping[int, str | None]
    pictures_gone: tuple[int, ...]


@dataclass(frozen=True, slots=True)
class Found:
    """What the files hold. ``recording``: frames whose picture waits in a queue to be recorded."""

    verdicts: Mapping[str, set[int]]
    pictures: Mapping[str, set[int]]
    inventory: Inventory
    recording: frozenset[FrameKey]
    captured: Mapping[str, int]


def account_for(
    store: SqliteStore,
    store_path: Path,
    broker: Broker | None,
    spools: Mapping[str, SpoolCount],
    rebuilt: RebuiltStore | None,
    recording: frozenset[FrameKey],
    *,
    pretend: bool,
) -> tuple[CameraAccount, ...]:
    """Count each camera's frames, and publish again those of which only the picture is left.

    ``pretend``: publish nothing. Raises StoreUnavailable, BrokerUnavailable, BrokerFull.
    """
    captured = {camera: spool.captured for camera, spool in spools.items()}
    named = {} if rebuilt is None else _highest(rebuilt.confirmed)
    for source in ({one.camera: one.captured for one in store.cameras()}, store.highest_sequences(), named):
        for camera, sequence in source.items():
            captured[camera] = max(captured.get(camera, 0), sequence)
    inventory = broker.inventory() if broker is not None else Inventory({}, {}, {}, {}, unknown=0)
    verdicts, pictures = sequences(store_path, "verdicts"), sequences(store_path, "frames")
    found = Found(verdicts, pictures, inventory, recording, captured)
    accounts = []
    for camera in sorted(captured):
        account, again = _account(camera, found, spools.get(camera, _NO_SPOOL), rebuilt)
        if broker is not None and not pretend:
            _publish_again(store_path, broker, camera, again)
        accounts.append(account)
    return tuple(accounts)


def ranges(numbers: Sequence[int]) -> list[tuple[int, int]]:
    """Ascending numbers as ranges, both ends included."""
    found: list[tuple[int, int]] = []
    for number in numbers:
        if found and number == found[-1][1] + 1:
            found[-1] = (found[-1][0], number)
        else:
            found.append((number, number))
    return found


def _account(
    camera: str, found: Found, spool: SpoolCount, rebuilt: RebuiltStore | None
) -> tuple[CameraAccount, list[int]]:
    everything = set(range(1, found.captured[camera] + 1))
    judged = found.verdicts.get(camera, set()) & everything
    inventory = found.inventory
    spooled = {*spool.held.values(), *spool.retained.values()}
    queued = {*inventory.pending.get(camera, {}).values(), *inventory.unrecorded.get(camera, {}).values()}
    away = {*inventory.dead_lettered.get(camera, {}).values(), *inventory.discarded.get(camera, {}).values()}
    under_way = ((spooled | queued) & everything) - judged
    dead = (away & everything) - judged - under_way
    missing = everything - judged - under_way - dead
    pictures = found.pictures.get(camera, set())
    again, gone = sorted(missing & pictures), sorted(missing - pictures)
    names: Mapping[FrameKey, str] = {} if rebuilt is None else rebuilt.names
    had = {sequence for name, sequence in (rebuilt.pictures if rebuilt else ()) if name == camera}
    waiting = {sequence for name, sequence in found.recording if name == camera} | spooled
    pictures_gone = sorted((had & judged) - pictures - waiting)
    account = CameraAccount(
        camera=camera,
        captured=len(everything),
        judged=len(judged),
        under_way=len(under_way),
        dead_lettered=len(dead),
        again=len(again),
        gone={sequence: names.get((camera, sequence)) for sequence in gone},
        pictures_gone=tuple(pictures_gone),
    )
    return account, again


def _publish_again(store_path: Path, broker: Broker, camera: str, wanted: Sequence[int]) -> None:
    for start in range(0, len(wanted), _AT_ONCE):
        broker.publish(
            [
                Message(one.frame.frame_id, frame_key(one.frame), one.frame.to_headers(), one.image)
                for one in frames_at(store_path, camera, wanted[start : start + _AT_ONCE])
            ]
        )


def _highest(keys: frozenset[FrameKey]) -> dict[str, int]:
    highest: dict[str, int] = {}
    for camera, sequence in keys:
        highest[camera] = max(sequence, highest.get(camera, 0))
    return highest
