"""The products: which one the line inspects, and what there is of each."""

from marbleline.console.auth.roles import Person
from marbleline.console.components.button import button
from marbleline.console.components.markup import Html, el
from marbleline.console.components.table import panel
from marbleline.console.i18n.locale import Locale
from marbleline.console.state.product_actions import SWITCHES
from marbleline.console.state.product_queries import Products
from marbleline.domain.product import Product
from marbleline.domain.version_labels import CANDIDATE
from marbleline.operations.products import ProductSummary


def named(product: Product) -> str:
    """What people call it."""
    return product.title or product.name


def current(products: Products, locale: Locale, now: int) -> Html:
    """Which product the line inspects, since when, and who said so."""
    gettext, switch = locale.gettext, products.switch
    found = (products.found or {}).get(products.current)
    name = products.current if found is None else named(found.product)
    since = gettext("products.by_setting")
    if switch is not None:
        since = gettext("products.since", since=locale.time(switch.at, now), name=switch.by)
    return el(
        "section",
        el("h1", name, class_="ml-current-product", data_product=products.current),
        el("p", since, class_="ml-dim"),
        class_="ml-panel",
        aria_label=gettext("products.current"),
    )


def listed(products: Products, chosen: str, person: Person, locale: Locale) -> Html:
    """Every product with its versions and targets, to be looked at or switched to."""
    rows = [_row(one, products.current, chosen, person, locale) for one in (products.found or {}).values()]
    body = el("ul", *rows, class_="ml-products") if rows else el("p", "-", class_="ml-none")
    return panel(locale.gettext("page.products"), body)


def _row(summary: ProductSummary, current_: str, chosen: str, person: Person, locale: Locale) -> Html:
    gettext, product = locale.gettext, summary.product
    is_current = product.name == current_
    switch: Html | str = ""
    if is_current:
        switch = el("span", gettext("products.is_current"), class_="ml-tag is-current")
    elif person.may(SWITCHES) and summary.stable is not None:
        switch = button(
            el("span", gettext("products.switch"), el("span", f": {named(product)}", class_="ml-unseen")),
            "switch",
            product.name,
        )
    choose = button(named(product), "choose", product.name, pressed=product.name == chosen)
    return el(
        "li",
        el("div", choose, switch, class_="ml-product-head"),
        el("p", _versions(summary, locale), class_="ml-dim"),
        class_="ml-product is-current" if is_current else "ml-product",
        data_product=product.name,
    )


def _versions(summary: ProductSummary, locale: Locale) -> str:
    if summary.stable is None:
        return locale.gettext("products.no_version")
    text = locale.gettext("products.version", version=summary.stable)
    candidate = next((number for number, names in summary.labels.items() if CANDIDATE in names), None)
    if candidate is not None:
        text += ", " + locale.gettext("products.candidate", version=candidate)
    return text
