"""What a cluster lacks."""

from dataclasses import replace

import pytest

from marbleline.operations.preflight.checks import CheckStatus, Finding, run_checks, unscheduled
from marbleline.operations.preflight.cluster_state import ClusterState, OperatorDeployment
from marbleline.operations.preflight.requirements import AT_LEAST, ELASTIC, KEDA, RABBITMQ, Requirements, Room

GIB = 2.0**30
WELL = ClusterState(
    namespace="line",
    version=(1, 34),
    resource_groups=frozenset({"rabbitmq.com", "elasticsearch.k8s.elastic.co"}),
    operators={
        RABBITMQ: OperatorDeployment("rabbitmq-system", "2.16.0", ready=True),
        ELASTIC: OperatorDeployment("elastic-system", "3.5.0", ready=True),
    },
    storage_classes=frozenset({"standard"}),
    default_storage_class="standard",
    ingress_classes=frozenset({"nginx"}),
    enforced={"line": "restricted", "open": ""},
    refused=frozenset(),
    free=(Room("node", 4, 8 * GIB),),
)


def ill(requirements: Requirements = AT_LEAST, **changes: object) -> list[Finding]:
    """The findings that are not well."""
    return [
        one for one in run_checks(requirements, replace(WELL, **changes)) if one.grade is not CheckStatus.OK
    ]


def test_nothing_is_missing_where_all_is_there() -> None:
    assert ill() == []


@pytest.mark.parametrize(
    ("changes", "check", "grade", "said"),
    [
        ({"version": (1, 29)}, "Kubernetes", CheckStatus.MISSING, "1.30"),
        (
            {"resource_groups": frozenset({"rabbitmq.com"})},
            "Elastic's operator (ECK)",
            CheckStatus.MISSING,
            "make",
        ),
        (
            {"operators": {ELASTIC: OperatorDeployment("e", "3.5.0", ready=True)}},
            "RabbitMQ cluster operator",
            CheckStatus.WARNING,
            "not found",
        ),
        ({"default_storage_class": ""}, "storage class", CheckStatus.MISSING, "standard"),
        ({"enforced": {}}, "Pod Security of line", CheckStatus.WARNING, "create namespace line"),
        ({"enforced": {"line": ""}}, "Pod Security of line", CheckStatus.WARNING, "enforce=restricted"),
        (
            {"refused": frozenset({("apps", "deployments")})},
            "your rights",
            CheckStatus.MISSING,
            "deployments.apps",
        ),
    ],
)
def test_what_is_missing_is_named_with_what_to_do(
    changes: dict[str, object], check: str, grade: CheckStatus, said: str
) -> None:
    finding = ill(**changes)[0]
    assert (finding.check, finding.grade) == (check, grade)
    assert said in finding.found + finding.remedy


def test_an_operator_that_is_down_is_missing_and_an_old_one_a_warning() -> None:
    down = {**WELL.operators, RABBITMQ: OperatorDeployment("r", "2.16.0", ready=False)}
    old = {**WELL.operators, RABBITMQ: OperatorDeployment("r", "2.9.1", ready=True)}
    digest = {**WELL.operators, RABBITMQ: OperatorDeployment("r", "", ready=True)}
    assert [one.grade for one in ill(operators=down)] == [CheckStatus.MISSING]
    assert [one.grade for one in ill(operators=old)] == [CheckStatus.WARNING]
    assert ill(operators=digest) == []


def test_only_what_the_manifest_asks_for_is_missed() -> None:
    requirements = replace(
        AT_LEAST,
        operators=frozenset({KEDA}),
        storage_classes=frozenset({"gold"}),
        ingress_classes=frozenset({"gce", "traefik"}),
    )
    found = {one.check: one.grade for one in ill(requirements)}
    assert found == {
        "KEDA": CheckStatus.MISSING,
        "storage class gold": CheckStatus.MISSING,
        "ingress class gce": CheckStatus.WARNING,
        "ingress class traefik": CheckStatus.MISSING,
    }


def test_filebeat_may_not_stand_where_host_folders_are_forbidden() -> None:
    beside = replace(AT_LEAST, host_namespaces=frozenset({"line"}))
    assert [one.grade for one in ill(beside)] == [CheckStatus.MISSING]
    assert ill(replace(AT_LEAST, host_namespaces=frozenset({"open"}))) == []
    assert [one.check for one in ill(replace(AT_LEAST, host_namespaces=frozenset({"logs"})))] == [
        "namespace logs"
    ]


def test_what_this_user_may_not_look_at_is_not_called_missing() -> None:
    hidden = frozenset({"operators", "storage classes", "ingress classes", "nodes", "namespace line"})
    requirements = replace(AT_LEAST, ingress_classes=frozenset({"nginx"}), rooms=(Room("huge", 9, GIB),))
    blind = {"operators": {}, "storage_classes": frozenset(), "default_storage_class": "", "free": ()}
    found = ill(requirements, hidden=hidden, ingress_classes=frozenset(), enforced={}, **blind)
    assert len(found) == 6
    assert {one.grade for one in found} == {CheckStatus.WARNING}
    assert all(one.found.startswith("not checked") for one in found)


def test_each_pod_needs_a_node_not_only_the_sum() -> None:
    rooms = (Room("large", 3, GIB), Room("small", 1, GIB), Room("memory", 0.1, 6 * GIB))
    assert unscheduled(rooms, (Room("n", 4, 8 * GIB), Room("m", 1, GIB))) == []
    assert unscheduled(rooms, (Room("n", 2, 5 * GIB), Room("m", 2, 5 * GIB))) == ["memory", "large"]
    [finding] = ill(replace(AT_LEAST, rooms=(*rooms, Room("huge", 9, GIB))))
    assert (finding.check, finding.grade) == ("room", CheckStatus.MISSING)
    assert "huge" in finding.found
