"""The console in the chart: who may do what where there is no login, and what a login needs."""

from typing import Any

import pytest

from marbleline.bootstrap.catalogue import load
from marbleline.bootstrap.console import access_of
from marbleline.console.auth.login import Login
from marbleline.console.auth.roles import Role
from marbleline.settings.console import ConsoleSettings
from tests.chart.conftest import Render


def pod_of(objects: list[dict[str, Any]]) -> dict[str, Any]:
    [found] = [
        one for one in objects if one["kind"] == "Deployment" and one["metadata"]["name"] == "t-console"
    ]
    spec: dict[str, Any] = found["spec"]["template"]["spec"]
    return spec


def environment(objects: list[dict[str, Any]]) -> dict[str, str]:
    env = pod_of(objects)["containers"][0]["env"]
    names = [one["name"] for one in env]
    assert len(names) == len(set(names)), "a variable is there twice"
    return {one["name"]: one["value"] for one in env if "CONSOLE" in one["name"]}


def test_without_a_login_everybody_is_a_viewer(render: Render) -> None:
    access = access_of(load({}, environment(render())).read(ConsoleSettings))
    person = access.person("10.0.0.7", {}, {})
    assert access.login is Login.NONE
    assert person is not None
    assert person.role is Role.VIEWER


@pytest.mark.parametrize(
    "options",
    [
        ("console.login=header",),
        ("console.env.MARBLELINE_CONSOLE_LOGIN=header",),
        ("console.login=oidc", "console.env.MARBLELINE_CONSOLE_LOGIN=header"),
    ],
)
def test_an_ingress_with_a_login_lets_nobody_in_without_a_name(
    render: Render, options: tuple[str, ...]
) -> None:
    sets = ("console.ingress.enabled=true", "console.ingress.host=line.example", *options)
    objects = render(*(part for one in sets for part in ("--set", one)))
    assert any(one["kind"] == "Ingress" for one in objects)
    access = access_of(load({}, environment(objects)).read(ConsoleSettings))
    assert access.login is Login.HEADER
    assert access.person("10.0.0.7", {}, {}) is None


def test_open_id_connect_reads_its_secret(render: Render) -> None:
    objects = render("--set", "console.login=oidc", "--set", "console.oidcSecret=ours")
    env, pod = environment(objects), pod_of(objects)
    assert env["MARBLELINE_CONSOLE_LOGIN"] == "oidc"
    assert "MARBLELINE_CONSOLE_OPEN" not in env
    [volume] = [one for one in pod["volumes"] if one["name"] == "oidc"]
    assert volume["secret"]["secretName"] == "ours"
    [mount] = [one for one in pod["containers"][0]["volumeMounts"] if one["name"] == "oidc"]
    assert env["MARBLELINE_CONSOLE_SECRETS_FILE"] == f"{mount['mountPath']}/secrets.toml"


def test_faulty_slabs_are_held_where_the_values_say_so(render: Render) -> None:
    for sets, held in (((), False), (("--set", "console.holdFaulty=true"), True)):
        settings = load({}, environment(render(*sets))).read(ConsoleSettings)
        assert settings.console_hold_faulty is held
