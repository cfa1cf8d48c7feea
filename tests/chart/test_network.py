"""Who may talk to whom: computed from the rendered policies, and held to the table in the docs."""

from collections.abc import Iterator, Mapping
from typing import Any

import pytest

from tests.chart.arrows import API_PORTS, OUTSIDE, table
from tests.chart.conftest import Render
from tests.chart.schema import CHART

# What the operators look after, and the cluster's own DNS, stand in namespaces of their own.
APART = ("rabbitmq-system", "elastic-system", "keda", "kube-system")
# Where the collector of traces stands, by ci/everything-values.yaml.
NAMED = {"observability": "collector"}


@pytest.fixture
def policies(render: Render) -> dict[str, Any]:
    """Part -> its policy's specification, with all that can be switched on."""
    objects = render("-f", str(CHART / "ci/everything-values.yaml"))
    return {
        one["metadata"]["name"].removeprefix("t-"): one["spec"]
        for one in objects
        if one["kind"] == "NetworkPolicy"
    }


def _parts(policies: Mapping[str, Any]) -> dict[str, dict[str, str]]:
    labels = {part: spec["podSelector"]["matchLabels"] for part, spec in policies.items()}
    # Filebeat stands in a namespace that is not the release's, so it has no policy here.
    return {**labels, "filebeat": {"beat.k8s.elastic.co/name": "t-filebeat"}}


def _peers(rules: list[dict[str, Any]], side: str, parts: Mapping[str, dict[str, str]]) -> Iterator[str]:
    for rule in rules:
        if not rule.get(side):
            ports = {one["port"] for one in rule.get("ports", [])}
            if not ports or not ports <= API_PORTS:
                yield OUTSIDE
        for peer in rule.get(side) or []:
            space = (
                peer.get("namespaceSelector", {}).get("matchLabels", {}).get("kubernetes.io/metadata.name")
            )
            wanted = peer.get("podSelector", {}).get("matchLabels")
            if space in NAMED:
                yield NAMED[space]
            elif wanted is not None:
                yield from (part for part, own in parts.items() if wanted.items() <= own.items())
            elif space not in APART:
                yield OUTSIDE


def test_the_policies_allow_the_arrows_of_the_table_and_no_other(policies: dict[str, Any]) -> None:
    """An arrow stands where the sender's policy lets it out and the receiver's lets it in."""
    parts = _parts(policies)
    out = {(part, to) for part, spec in policies.items() for to in _peers(spec["egress"], "to", parts)}
    into = {
        (sender, part)
        for part, spec in policies.items()
        for sender in _peers(spec.get("ingress", []), "from", parts)
    }
    # One side decides where the other has no policy here.
    ungoverned = {OUTSIDE, "filebeat", *NAMED.values()}
    free = {arrow for arrow in out | into if ungoverned & set(arrow)}
    arrows = {(sender, to) for sender, to in (out & into) | free if sender != to}
    assert arrows == table()
    assert {(sender, to) for sender, to in out - into - free if sender != to} == set(), "let out, but not in"


def test_every_pod_of_ours_is_under_a_policy(render: Render, policies: dict[str, Any]) -> None:
    selectors = [spec["podSelector"]["matchLabels"] for spec in policies.values()]
    for one in render("-f", str(CHART / "ci/everything-values.yaml")):
        if one["kind"] in ("Deployment", "StatefulSet", "Job", "Pod"):
            labels = one["spec"].get("template", one)["metadata"]["labels"]
            assert any(selector.items() <= labels.items() for selector in selectors), one["metadata"]["name"]
