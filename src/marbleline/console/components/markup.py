"""HTML that can't be forgotten to be escaped: every text is, unless it was made here.

>>> el("b", "<script>", class_="name")
'<b class="name">&lt;script&gt;</b>'
"""

from html import escape
from typing import Final

_VOID: Final = frozenset({"img", "br", "hr"})


class Html(str):
    """Markup made by ``el`` or ``join``; any other text is escaped when it is put into one."""

    __slots__ = ()


def el(tag: str, *children: "str | Html", **attributes: str | int | bool | None) -> Html:
    """An element. ``class_`` becomes ``class``, ``aria_label`` becomes ``aria-label``.

    Attributes that are None or False are left out; True gives one without a value. Attribute names and
    tags come from our code only, values and children may come from anywhere.
    """
    parts = [f"<{tag}"]
    for name, value in attributes.items():
        if value is None or value is False:
            continue
        name_ = name.rstrip("_").replace("_", "-")
        parts.append(f" {name_}" if value is True else f' {name_}="{escape(str(value), quote=True)}"')
    parts.append(">")
    if tag in _VOID:
        return Html("".join(parts))
    parts.extend(safe(child) for child in children)
    parts.append(f"</{tag}>")
    return Html("".join(parts))


def join(*children: "str | Html") -> Html:
    """Children one after the other, without an element around them."""
    return Html("".join(safe(child) for child in children))


def safe(child: "str | Html") -> Html:
    """The text as markup: escaped, unless it is markup."""
    return child if isinstance(child, Html) else Html(escape(child, quote=True))
