"""Parameters that several DAGs have."""

from typing import Any, Final

from airflow.sdk import Param

PRODUCT: Final = r"^[a-z0-9]([a-z0-9-]{0,61}[a-z0-9])?$"
"""The name of a product, as the line checks it."""


def product() -> Any:
    """The name of a product, which has to be given."""
    return Param(type="string", pattern=PRODUCT, title="Product")


def product_or_default() -> Any:
    """The name of a product; without one it is the line's model."""
    return Param("", type="string", pattern=f"{PRODUCT}|^$", title="Product; empty: the chart's model")
