"""What a browser has to be told so that it shows new markup: nothing that it already has.

Markup is cut into chunks, and pictures and texts that change each second are taken out of it. A browser gets
each chunk and picture once, by a digest, for as long as its page shows it.
"""

import re
from collections.abc import Mapping
from dataclasses import dataclass
from hashlib import blake2b
from typing import Final

import msgspec

from marbleline.console.components.markup import Html

# Only markup of ``markup.el`` comes here: in attributes and texts, quotes and angle brackets are escaped.
_CHUNK: Final = re.compile(r"(?=<(?:li|section|figure|header|div class=\"ml-(?:facts|overrule|moves))\b)")
_PICTURE: Final = re.compile(r' src="(data:[^"]*)"')
_TICKING: Final = re.compile(r"""(<[a-z]+(?: [a-z-]+(?:="[^"]*")?)*? data-ticks(?=[ >])[^>]*>)([^<]*)""")


@dataclass(frozen=True, slots=True)
class Part:
    """One part of the page: its chunks and pictures by digest, in order, and its ticking texts."""

    chunks: tuple[str, ...]
    texts: tuple[str, ...]
    content: Mapping[str, str]

    @classmethod
    def of(cls, markup: Html) -> "Part":
        """Cut markup up."""
        content: dict[str, str] = {}
        texts: list[str] = []

        def keep(text: str) -> str:
            name = blake2b(text.encode(), digest_size=8).hexdigest()
            content[name] = text
            return name

        def take_text(found: re.Match[str]) -> str:
            texts.append(found[2])
            return found[1]

        bare = _PICTURE.sub(lambda found: f' data-picture="{keep(found[1])}"', markup)
        bare = _TICKING.sub(take_text, bare)
        chunks = tuple(keep(chunk) for chunk in _CHUNK.split(bare) if chunk)
        return cls(chunks, tuple(texts), content)


class SentState:
    """What one browser has; not for several threads at once."""

    def __init__(self) -> None:
        self._parts: Mapping[str, Part] = {}
        self._known: set[str] = set()

    def update(self, markup: Mapping[str, Html]) -> bytes | None:
        """The JSON message that brings the browser to this markup by part; None if it shows that already.

        ``chunks``  part -> digests of its chunks, for parts whose markup changed
        ``texts``   part -> its ticking texts in order, escaped as in markup, where they or the chunks changed
        ``new``     digest -> chunk or address of a picture that the browser does not have

        After it, the browser keeps only what its parts refer to.
        """
        before, parts = self._parts, {name: Part.of(one) for name, one in markup.items()}
        chunks, texts = {}, {}
        for name, part in parts.items():
            old = before.get(name)
            if old is None or old.chunks != part.chunks:
                chunks[name] = part.chunks
            if name in chunks or (old is not None and old.texts != part.texts):
                texts[name] = part.texts
        content = {digest: text for part in parts.values() for digest, text in part.content.items()}
        new = {digest: text for digest, text in content.items() if digest not in self._known}
        self._parts, self._known = parts, set(content)
        if not texts:
            return None
        return msgspec.json.encode({"chunks": chunks, "texts": texts, "new": new})
