"""Who may talk to whom: the table in docs/install-kind.md, to which tests hold the policies."""

import re
from typing import Final

from tests.chart.schema import CHART

PAGE: Final = CHART.parents[1] / "docs" / "install-kind.md"
OUTSIDE: Final = "outside"
# Ports on which parts speak among themselves or to the Kubernetes API, which is no arrow of the line's.
API_PORTS: Final = frozenset({443, 6443})
# The port of each part that others speak to; a camera's is that of ci/everything-values.yaml.
PORTS: Final = {
    "broker": 5671, "store": 9200, "serving": 8500, "kibana": 5601, "console": 8501, "camera": 8080,
    "collector": 4318, "opcua": 4840,
}  # fmt: skip

Arrow = tuple[str, str]


def table() -> set[Arrow]:
    """The arrows (sender, receiver) of the table."""
    text = PAGE.read_text(encoding="utf-8").partition("## Network policies")[2].partition("\n## ")[0]
    rows = re.findall(r"^\| ([a-z, -]+) \| ([a-z, -]+) \|$", text, flags=re.M)
    named = [(row[0].split(", "), row[1].split(", ")) for row in rows if row != ("from", "to")]
    return {
        (sender, receiver) for senders, receivers in named for sender in senders for receiver in receivers
    }
