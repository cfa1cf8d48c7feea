"""What a cluster lacks."""

from dataclasses import replace

import pytest

from marbleline.preflight.judge import Finding, Grade, judge, without_room
from marbleline.preflight.seen import Running, Seen
from marbleline.preflight.wanted import AT_LEAST, ELASTIC, KEDA, RABBITMQ, Room, Wanted

GIB = 2.0**30
WELL = Seen(
    namespace="line",
    version=(1, 34),
    resource_groups=frozenset({"rabbitmq.com", "elasticsearch.k8s.elastic.co"}),
    operators={
        RABBITMQ: Running("rabbitmq-system", "2.16.0", ready=True),
        ELASTIC: Running("elastic-system", "3.5.0", ready=True),
    },
    storage_classes=frozenset({"standard"}),
    default_storage_class="standard",
    ingress_classes=frozenset({"nginx"}),
    enforced={"line": "restricted", "open": ""},
    refused=frozenset(),
    free=(Room("node", 4, 8 * GIB),),
)


def ill(wanted: Wanted = AT_LEAST, **changes: object) -> list[Finding]:
    """The findings that are not well."""
    return [one for one in judge(wanted, replace(WELL, **changes)) if one.grade is not Grade.OK]


def test_nothing_is_missing_where_all_is_there() -> None:
    assert ill() == []


@pytest.mark.parametrize(
    ("changes", "check", "grade", "said"),
    [
        ({"version": (1, 29)}, "Kubernetes", Grade.MISSING, "1.30"),
        ({"resource_groups": frozenset({"rabbitmq.com"})}, "Elastic's operator (ECK)", Grade.MISSING, "make"),
        (
            {"operators": {ELASTIC: Running("e", "3.5.0", ready=True)}},
            "RabbitMQ cluster operator",
            Grade.WARNING,
            "not found",
        ),
        ({"default_storage_class": ""}, "storage class", Grade.MISSING, "standard"),
        ({"enforced": {}}, "Pod Security of line", Grade.WARNING, "create namespace line"),
        ({"enforced": {"line": ""}}, "Pod Security of line", Grade.WARNING, "enforce=restricted"),
        ({"refused": frozenset({("apps", "deployments")})}, "your rights", Grade.MISSING, "deployments.apps"),
    ],
)
def test_what_is_missing_is_named_with_what_to_do(
    changes: dict[str, object], check: str, grade: Grade, said: str
) -> None:
    finding = ill(**changes)[0]
    assert (finding.check, finding.grade) == (check, grade)
    assert said in finding.found + finding.remedy


def test_an_operator_that_is_down_is_missing_and_an_old_one_a_warning() -> None:
    down = {**WELL.operators, RABBITMQ: Running("r", "2.16.0", ready=False)}
    old = {**WELL.operators, RABBITMQ: Running("r", "2.9.1", ready=True)}
    digest = {**WELL.operators, RABBITMQ: Running("r", "", ready=True)}
    assert [one.grade for one in ill(operators=down)] == [Grade.MISSING]
    assert [one.grade for one in ill(operators=old)] == [Grade.WARNING]
    assert ill(operators=digest) == []


def test_only_what_the_manifest_asks_for_is_missed() -> None:
    wanted = replace(
        AT_LEAST,
        operators=frozenset({KEDA}),
        storage_classes=frozenset({"gold"}),
        ingress_classes=frozenset({"gce", "traefik"}),
    )
    found = {one.check: one.grade for one in ill(wanted)}
    assert found == {
        "KEDA": Grade.MISSING,
        "storage class gold": Grade.MISSING,
        "ingress class gce": Grade.WARNING,
        "ingress class traefik": Grade.MISSING,
    }


def test_filebeat_may_not_stand_where_host_folders_are_forbidden() -> None:
    beside = replace(AT_LEAST, host_namespaces=frozenset({"line"}))
    assert [one.grade for one in ill(beside)] == [Grade.MISSING]
    assert ill(replace(AT_LEAST, host_namespaces=frozenset({"open"}))) == []
    assert [one.check for one in ill(replace(AT_LEAST, host_namespaces=frozenset({"logs"})))] == [
        "namespace logs"
    ]


def test_what_this_user_may_not_look_at_is_not_called_missing() -> None:
    hidden = frozenset({"operators", "storage classes", "ingress classes", "nodes", "namespace line"})
    wanted = replace(AT_LEAST, ingress_classes=frozenset({"nginx"}), rooms=(Room("huge", 9, GIB),))
    blind = {"operators": {}, "storage_classes": frozenset(), "default_storage_class": "", "free": ()}
    found = ill(wanted, hidden=hidden, ingress_classes=frozenset(), enforced={}, **blind)
    assert len(found) == 6
    assert {one.grade for one in found} == {Grade.WARNING}
    assert all(one.found.startswith("not checked") for one in found)


def test_each_pod_needs_a_node_not_only_the_sum() -> None:
    rooms = (Room("large", 3, GIB), Room("small", 1, GIB), Room("memory", 0.1, 6 * GIB))
    assert without_room(rooms, (Room("n", 4, 8 * GIB), Room("m", 1, GIB))) == []
    assert without_room(rooms, (Room("n", 2, 5 * GIB), Room("m", 2, 5 * GIB))) == ["memory", "large"]
    [finding] = ill(replace(AT_LEAST, rooms=(*rooms, Room("huge", 9, GIB))))
    assert (finding.check, finding.grade) == ("room", Grade.MISSING)
    assert "huge" in finding.found
