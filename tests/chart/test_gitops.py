"""Rendered away from a cluster, as Argo CD does: the same bytes each time, and nothing secret in them."""

import base64
import subprocess
from pathlib import Path
from typing import Any

import pytest
import yaml

from tests.chart.conftest import Refuse, Render, helm
from tests.chart.schema import CHART
from tests.chart.test_examples import EXAMPLES


def _text(example: Path) -> str:
    command = [helm(), "template", "t", str(CHART), "-f", str(example), "--set", "checkOperators=false"]
    return subprocess.run(command, capture_output=True, text=True, timeout=60, check=True).stdout


@pytest.mark.parametrize("example", EXAMPLES, ids=lambda path: path.stem)
def test_two_renderings_are_the_same_bytes(example: Path) -> None:
    assert _text(example) == _text(example)


@pytest.mark.parametrize("example", EXAMPLES, ids=lambda path: path.stem)
def test_nothing_secret_is_rendered(example: Path) -> None:
    text = _text(example)
    assert "PRIVATE KEY-----" not in text.replace("\\n", "\n").partition("make_secrets.py")[0]
    for one in yaml.safe_load_all(text):
        if one and one["kind"] == "Secret":
            assert set(one.get("stringData", {})) == {"roles.yml"}, one["metadata"]["name"]
            assert "data" not in one


@pytest.mark.parametrize("example", EXAMPLES, ids=lambda path: path.stem)
def test_policies_have_no_field_that_the_api_server_drops(render: Render, example: Path) -> None:
    """A field that is empty is not stored, so that each later comparison would find a difference."""
    for one in render("-f", str(example)):
        if one["kind"] == "NetworkPolicy":
            assert _empty_fields(one["spec"]) == [], one["metadata"]["name"]


def _empty_fields(value: Any, path: str = "spec") -> list[str]:
    if isinstance(value, dict):
        return [found for key, one in value.items() for found in _empty_fields(one, f"{path}.{key}")]
    if isinstance(value, list) and value:
        return [found for one in value for found in _empty_fields(one, path)]
    return [path] if value in ([], {}, "", None) else []


def test_no_template_asks_the_cluster_or_chance() -> None:
    for template in (CHART / "templates").rglob("*.*"):
        text = template.read_text()
        for word in ("lookup ", "randAlpha", "genCA", "genSelfSigned", "genPrivateKey", "uuidv4", "now "):
            assert f"{{{{ {word}" not in text and f"({word}" not in text and f":= {word}" not in text, (
                template
            )


def _jobs(objects: list[dict[str, Any]]) -> dict[str, dict[str, Any]]:
    return {
        one["metadata"]["name"]: one
        for one in objects
        if one["kind"] == "Job" and "secrets" in one["metadata"]["name"]
    }


def test_the_job_has_its_rights_for_these_secrets_and_only_while_it_runs(render: Render) -> None:
    objects = render()
    [role] = [one for one in objects if one["kind"] == "Role" and one["metadata"]["name"] == "t-secrets"]
    create, others = role["rules"]
    assert create == {"apiGroups": [""], "resources": ["secrets"], "verbs": ["create"]}
    assert set(others["resourceNames"]) == {
        "t-store-workers",
        "t-store-console",
        "t-kibana-loader",
        "t-broker-tls",
        "t-broker-ca",
    }
    assert others["verbs"] == ["get", "patch"]
    own = [one for one in objects if one["metadata"]["name"].startswith("t-secrets")]
    assert {one["kind"] for one in own} == {
        "ServiceAccount", "Role", "RoleBinding", "ConfigMap", "NetworkPolicy", "Job",
    }  # fmt: skip
    for one in own:
        annotations = one["metadata"]["annotations"]
        assert annotations["helm.sh/hook"] == "pre-install,pre-upgrade"
        assert annotations["helm.sh/hook-delete-policy"] == "before-hook-creation,hook-succeeded"


def test_another_job_has_another_name(render: Render) -> None:
    """A Job can't be changed: who applies the render again would be refused."""
    names = [
        set(_jobs(render("--set", value)))
        for value in ("line=a", "line=b", "image.tag=x", "secrets.storeGeneration=2", "keepData=false")
    ]
    assert names[0] == names[1]
    assert not names[0] & names[2]
    assert not names[0] & names[3]
    assert len(names[4]) == 2


NAMED = (
    "broker.managed.tls.secret=tls,store.managed.users.workersSecret=w,store.managed.users.consoleSecret=c,"
    "store.managed.users.loaderSecret=l"
)


def test_where_all_secrets_are_named_there_is_no_job_and_no_right(render: Render) -> None:
    assert not [one for one in render("--set", NAMED) if "secrets" in one["metadata"]["name"]]
    assert render("--set", NAMED + ",secrets.create=false")


@pytest.mark.parametrize("missing", NAMED.split(","))
def test_without_the_job_a_secret_that_is_not_named_is_refused(refuse: Refuse, missing: str) -> None:
    left = ",".join(one for one in NAMED.split(",") if one != missing)
    message = refuse("--set", f"{left},secrets.create=false")
    assert "secrets.create is false" in message


def test_a_rotated_user_is_another_user_beside_the_one_in_use(render: Render) -> None:
    objects = render("--set", "secrets.storeGeneration=3")
    [store] = [one for one in objects if one["kind"] == "Elasticsearch"]
    realm = [one["secretName"] for one in store["spec"]["auth"]["fileRealm"]]
    assert realm == [
        f"t-{part}-{generation}"
        for generation in (3, 2)
        for part in ("store-workers", "store-console", "kibana-loader")
    ]
    [wanted] = [one["data"]["wanted.json"] for one in objects if "wanted.json" in one.get("data", {})]
    users = [one["username"] for one in yaml.safe_load(wanted)["users"]]
    assert users == ["marbleline-workers-3", "marbleline-console-3", "marbleline-kibana-loader-3"]


def test_nothing_rendered_is_base64_of_a_key() -> None:
    assert base64.b64encode(b"-----BEGIN").decode()[:12] not in _text(CHART / "ci/everything-values.yaml")
