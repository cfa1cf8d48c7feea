"""A browser that follows the messages shows the markup, and is told nothing twice."""

import re
from typing import Any

import msgspec

from marbleline.console.components.markup import Html, el, join
from marbleline.console.stream.changes import SentState

PICTURE = "data:image/png;base64," + "A" * 400


class Browser:
    """What ``live_parts.js`` does with the messages, without a page."""

    def __init__(self) -> None:
        self.state = SentState()
        self.content: dict[str, str] = {}
        self.parts: dict[str, dict[str, Any]] = {}

    def get(self, **markup: Html) -> dict[str, Any]:
        """The message; empty if there was none."""
        encoded = self.state.update(markup)
        message: dict[str, Any] = msgspec.json.decode(encoded) if encoded else {}
        assert not set(message.get("new", {})) & set(self.content), "sent twice"
        self.content.update(message.get("new", {}))
        for name, texts in message.get("texts", {}).items():
            part = self.parts.setdefault(name, {})
            part["chunks"] = message["chunks"].get(name, part.get("chunks"))
            part["texts"] = texts
        used = {chunk for part in self.parts.values() for chunk in part["chunks"]}
        for chunk in tuple(used):
            used.update(re.findall(r' data-picture="([0-9a-f]+)"', self.content[chunk]))
        self.content = {digest: text for digest, text in self.content.items() if digest in used}
        return message

    def shown(self, name: str) -> str:
        part = self.parts[name]
        texts = iter(part["texts"])
        markup = "".join(self.content[chunk] for chunk in part["chunks"])
        markup = re.sub(r' data-picture="(\w+)"', lambda found: f' src="{self.content[found[1]]}"', markup)
        return re.sub(r"(<[^>]* data-ticks[^>]*>)", lambda found: found[1] + next(texts), markup)


def slab(name: str, seconds: int, picture: str = PICTURE) -> Html:
    return el(
        "li",
        el("img", src=picture, alt="", class_="ml-slab"),
        el("b", name),
        el("span", f"{seconds} s > 'ago'", class_="ml-age", data_ticks=True),
        data_item=name,
    )


def test_the_browser_shows_what_was_drawn() -> None:
    browser = Browser()
    for slabs in (("one",), ("two", "one"), ("three", "two"), (), ("<img src='data:x'>",)):
        markup = el("ol", *(slab(name, number) for number, name in enumerate(slabs)))
        browser.get(live=markup, bar=el("b", "bar"))
        assert browser.shown("live") == markup
        assert browser.shown("bar") == "<b>bar</b>"


def test_a_name_that_reads_like_our_own_markup_is_text() -> None:
    for name in (" data-ticks ", " data-ticks", 'x" data-ticks "', ' src="data:x"', "<li>"):
        browser = Browser()
        inner = el("b", name, title=name)
        message = browser.get(live=el("ol", inner, slab("one", 1)))
        assert len(message["texts"]["live"]) == 1
        assert inner in "".join(browser.content.values())


def test_markup_that_stays_is_no_message() -> None:
    browser = Browser()
    markup = el("ol", slab("one", 1))
    assert browser.get(live=markup)
    assert browser.get(live=markup) == {}


def test_a_text_that_ticks_is_sent_alone() -> None:
    browser = Browser()
    browser.get(live=el("ol", slab("one", 1)), bar=el("b", "bar"))
    message = browser.get(live=el("ol", slab("one", 2)), bar=el("b", "bar"))
    assert message == {"chunks": {}, "texts": {"live": ["2 s &gt; &#x27;ago&#x27;"]}, "new": {}}
    assert browser.shown("live") == el("ol", slab("one", 2))


def test_a_new_slab_is_sent_without_the_others_and_a_known_picture_not_again() -> None:
    browser = Browser()
    browser.get(live=el("ol", slab("one", 1)))
    message = browser.get(live=el("ol", slab("two", 0), slab("one", 1)))
    [new] = message["new"].values()
    assert "two" in new
    assert PICTURE not in new


def test_a_picture_that_went_is_forgotten_on_both_sides() -> None:
    browser = Browser()
    browser.get(live=el("ol", slab("one", 1)))
    browser.get(live=join())
    assert browser.content == {}
    assert PICTURE in browser.get(live=el("ol", slab("one", 1)))["new"].values()


def test_a_part_that_is_not_drawn_any_more_is_sent_anew_when_it_comes_back() -> None:
    browser = Browser()
    browser.get(live=el("ol", slab("one", 1)), bar=el("b", "bar"))
    browser.parts.pop("live")
    browser.get(bar=el("b", "bar"))
    assert browser.get(live=el("ol", slab("one", 1)), bar=el("b", "bar"))["new"]
    assert browser.shown("live") == el("ol", slab("one", 1))
