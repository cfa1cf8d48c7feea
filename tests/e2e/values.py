"""With which values the line is installed: ci/e2e-values.yaml, and what the environment asks beyond.

``BROKER_IMAGE`` is the image of RabbitMQ (empty: the operator's own), ``BROKERS`` how many nodes it has (1 or
3), ``RATE`` by how much all cameras are faster than those values say.
"""

import os
from typing import Final

import yaml

from tests.e2e.cluster import CHART

FILE: Final = CHART / "ci" / "e2e-values.yaml"


def options() -> tuple[str, ...]:
    """The options of ``helm install`` and ``helm upgrade``. Raises ValueError if RATE is no number."""
    factor = float(os.environ.get("RATE") or 1)
    rates = [camera["rate"] * factor for camera in yaml.safe_load(FILE.read_text())["cameras"]]
    # As JSON: helm takes a fraction after --set for a text.
    faster = [f"cameras[{place}].rate={rate:g}" for place, rate in enumerate(rates)] if factor != 1 else []
    return ("-f", str(FILE), *broker(), *(("--set-json", ",".join(faster)) if faster else ()))


def broker() -> tuple[str, ...]:
    """Those of the broker alone, for a line of other values."""
    asked = {
        "broker.managed.image": os.environ.get("BROKER_IMAGE"),
        "broker.managed.replicas": os.environ.get("BROKERS"),
    }
    chosen = [f"{name}={value}" for name, value in asked.items() if value]
    return ("--set", ",".join(chosen)) if chosen else ()
