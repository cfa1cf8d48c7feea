"""What people write in the guide to defects. Each action checks the role first, whatever a page showed."""

from collections.abc import Callable
from dataclasses import dataclass
from typing import Final

from marbleline.console.auth.roles import Person, Role, require
from marbleline.console.state.actions import Actions
from marbleline.console.state.guide_picture import guide_picture
from marbleline.domain.defect_guide import MOST_PICTURES, GuideEntry, GuidePicture, new_entry
from marbleline.domain.label import MarkedRegion
from marbleline.errors import SettingError

WRITES: Final = Role.ENGINEER
"""Who writes the guide: it says by what everybody labels."""

SHOWN: Final = 10
"""Versions of a topic that are shown and can be brought back."""

_KEEP_S: Final = 2.0
_LATER_US: Final = 1_000

Picture = Callable[[bytes, MarkedRegion | None], bytes]
"""Gets a picture as captured and the marked part of it. Raises PictureError, SandboxUnavailable."""


@dataclass(frozen=True, slots=True)
class GuideActions:
    """``actions`` has the connections and the clock that all pages share."""

    actions: Actions
    make_picture: Picture = guide_picture

    def current(self, product: str) -> dict[str, GuideEntry]:
        """What the guide of a product says, by topic. Raises StoreUnavailable."""
        found = self.actions.store.query_cached(
            ("guide", product), _KEEP_S, lambda store: store.current_guide(product)
        )
        return {entry.topic: entry for entry in found}

    def versions(self, product: str, topic: str) -> list[GuideEntry]:
        """The newest versions of a topic, newest first. Raises StoreUnavailable."""
        return self.actions.store.query_cached(
            ("guide", product, topic), _KEEP_S, lambda store: store.guide_entries(product, topic, SHOWN)
        )

    def write_guide(self, person: Person, product: str, topic: str, text: str, version: str) -> GuideEntry:
        """Say something else on a topic; its pictures stay. ``version``: the entry that the person read,
        empty if there was none.

        Raises AccessDenied, SettingError (not allowed, or somebody else has changed it), StoreUnavailable.
        """
        require(person, WRITES)
        before = self._unchanged(product, topic, version)
        return self._put(before, product, topic, text, before.pictures if before else (), person.name)

    def add_example(
        self, person: Person, frame_id: str, topic: str, region: MarkedRegion | None = None
    ) -> GuideEntry | None:
        """Show a slab's picture, or the marked part of it, as an example. None if the slab is unknown, or
        its picture is not in the store.

        Raises AccessDenied, SettingError, PictureError, SandboxUnavailable, StoreUnavailable.
        """
        require(person, WRITES)
        verdict = self.actions.find(frame_id)
        content = self.actions.store.query(lambda store: store.image(frame_id))
        if verdict is None or content is None:
            return None
        frame = verdict.frame
        before = self._newest(frame.product, topic)
        pictures = before.pictures if before is not None else ()
        if any(one.frame_id == frame_id for one in pictures) and region is None:
            raise SettingError(f"the guide's pictures of {topic}: this slab is one of them already")
        if len(pictures) >= MOST_PICTURES:
            raise SettingError(f"the guide's pictures of {topic}: at most {MOST_PICTURES}; remove one first")
        made = GuidePicture(
            content=self.make_picture(content, region), frame_id=frame_id, slab_id=frame.slab_id
        )
        text = before.text if before is not None else ""
        return self._put(before, frame.product, topic, text, (*pictures, made), person.name)

    def remove_example(
        self, person: Person, product: str, topic: str, version: str, place: int
    ) -> GuideEntry:
        """Take a picture out of the guide: the one at ``place``, from 0, of the entry that the person saw.

        Raises AccessDenied, SettingError, StoreUnavailable.
        """
        require(person, WRITES)
        before = self._unchanged(product, topic, version)
        if before is None or not 0 <= place < len(before.pictures):
            raise SettingError(f"the guide's pictures of {topic}: there is none at place {place}")
        left = (*before.pictures[:place], *before.pictures[place + 1 :])
        return self._put(before, product, topic, before.text, left, person.name)

    def revert(self, person: Person, product: str, topic: str, entry_id: str) -> GuideEntry:
        """Bring back an earlier version of a topic, as a version of its own.

        Raises AccessDenied, SettingError if there is no such one, StoreUnavailable.
        """
        require(person, WRITES)
        known = self.actions.store.query(lambda store: store.guide_entries(product, topic, SHOWN))
        earlier = next((one for one in known if one.entry_id == entry_id), None)
        if earlier is None:
            raise SettingError(f"the guide on {topic}: no version {entry_id!r} is among the last {SHOWN}")
        return self._put(known[0], product, topic, earlier.text, earlier.pictures, person.name, entry_id)

    def _newest(self, product: str, topic: str) -> GuideEntry | None:
        found = self.actions.store.query(lambda store: store.guide_entries(product, topic, 1))
        return found[0] if found else None

    def _unchanged(self, product: str, topic: str, version: str) -> GuideEntry | None:
        newest = self._newest(product, topic)
        if newest is not None and newest.entry_id != version:
            raise SettingError(
                f"the guide on {topic}: {newest.by} has changed it in the meantime; read it, then change it"
            )
        return newest

    def _put(
        self,
        before: GuideEntry | None,
        product: str,
        topic: str,
        text: str,
        pictures: tuple[GuidePicture, ...],
        by: str,
        reverts_to: str | None = None,
    ) -> GuideEntry:
        # A clock that is behind that of whoever changed it last must not make this change the older one.
        at = max([self.actions.clock(), *([before.at + _LATER_US] if before else [])])
        made = new_entry(product, topic, text, pictures, by, at, reverts_to)
        rejections = self.actions.store.query(lambda store: store.put_guide_entries([made]))
        if rejections:
            raise SettingError(f"the guide on {topic}: the store rejects it: {rejections[0].reason}")
        self.actions.store.clear_cache()
        return made
