"""Addresses in links, as far as they need no browser; the change of page itself is in tests/console."""

import pytest

from marbleline.console.pages.navigation import Address, parse_address
from marbleline.console.pages.registry import PAGES


@pytest.mark.parametrize(
    ("text", "address"),
    [
        (".", Address(PAGES[0])),
        ("", Address(PAGES[0])),
        ("shift", Address("shift")),
        ("search?frame=a%20b&camera=c-1", Address("search", {"frame": "a b", "camera": "c-1"})),
        ("search?frame=a&frame=b&embed=true", Address("search", {"frame": "b"})),
        ("https://elsewhere.example/", None),
        ("//elsewhere.example", None),
        ("app", None),
        ("../shift", None),
    ],
)
def test_an_address_is_one_of_the_consoles_pages(text: str, address: Address | None) -> None:
    assert parse_address(text) == address
