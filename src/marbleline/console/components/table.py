"""A plain table: the first column names the row, the others are figures or words."""

from collections.abc import Sequence

from marbleline.console.components.markup import Html, el

Cell = Html | str


def table(head: Sequence[str], rows: Sequence[Sequence[Cell]], caption: str, words: int = 1) -> Html:
    """``words``: so many columns from the left hold words and begin at the left."""

    def kind(column: int) -> str | None:
        return "is-words" if column < words else None

    titles = [
        el("th", title, scope="col", class_=kind(column)) if title else el("td")
        for column, title in enumerate(head)
    ]
    body = [
        el(
            "tr",
            el("th", row[0], scope="row", class_=kind(0)),
            *(el("td", cell, class_=kind(column)) for column, cell in enumerate(row[1:], start=1)),
        )
        for row in rows
    ]
    return el(
        "table",
        el("caption", caption, class_="ml-unseen"),
        el("thead", el("tr", *titles)) if any(head) else "",
        el("tbody", *body),
        class_="ml-table",
    )


def panel(title: str, *children: Cell, class_: str = "") -> Html:
    """A titled box."""
    return el("section", el("h2", title), *children, class_=f"ml-panel {class_}".strip())


def scrolled(content: Html, name: str) -> Html:
    """A region that scrolls sideways on a narrow screen, by the keyboard too."""
    return el("div", content, class_="ml-scrolled", tabindex="0", role="region", aria_label=name)
