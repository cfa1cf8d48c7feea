"""Who comes in, as what; and that a role is asked for what it doesn't include is refused."""

from ipaddress import ip_network

import pytest

from marbleline.console.auth.login import Access, Login
from marbleline.console.auth.roles import Person, Role, require
from marbleline.errors import AccessDenied

ANYBODY = Person("somebody", Role.OPERATOR)
FORWARDED = Person("anonymous", Role.VIEWER)
PROXIES = (ip_network("10.0.0.0/8"), ip_network("127.0.0.1"))


def access(login: Login, *, operators: str = "anna", engineers: str = "eva") -> Access:
    return Access(
        login, ANYBODY, FORWARDED, "X-User", PROXIES, frozenset({operators}), frozenset({engineers})
    )


def test_without_a_login_everybody_is_the_same() -> None:
    assert access(Login.NONE).person("8.8.8.8", {"X-User": "eva"}, {"email": "eva"}) == ANYBODY


@pytest.mark.parametrize("header", ["X-Forwarded-For", "forwarded", "X-Real-IP", "Via"])
def test_without_a_login_a_proxy_stands_for_anybody(header: str) -> None:
    assert access(Login.NONE).person(None, {header: "8.8.8.8"}, {}) == FORWARDED


@pytest.mark.parametrize(
    ("name", "role"), [("eva", Role.ENGINEER), (" anna ", Role.OPERATOR), ("otto", Role.VIEWER)]
)
def test_a_trusted_proxy_names_the_person(name: str, role: Role) -> None:
    found = access(Login.HEADER).person("10.1.2.3", {"x-user": name}, {})
    assert found == Person(name.strip(), role)


@pytest.mark.parametrize("peer", ["8.8.8.8", "::1", "11.0.0.1", "no address"])
def test_a_header_from_elsewhere_is_worth_nothing(peer: str) -> None:
    assert access(Login.HEADER).person(peer, {"X-User": "eva"}, {}) is None


def test_this_machine_is_a_proxy_only_if_it_is_listed() -> None:
    assert access(Login.HEADER).person(None, {"X-User": "eva"}, {}) == Person("eva", Role.ENGINEER)
    strict = Access(Login.HEADER, ANYBODY, FORWARDED, "X-User", PROXIES[:1])
    assert strict.person(None, {"X-User": "eva"}, {}) is None


@pytest.mark.parametrize("headers", [{}, {"X-User": ""}, {"X-User": "  "}, {"X-Other": "eva"}])
def test_a_proxy_that_names_nobody_lets_nobody_in(headers: dict[str, str]) -> None:
    assert access(Login.HEADER).person("10.0.0.1", headers, {}) is None


def test_open_id_connect_names_the_person_and_headers_do_not() -> None:
    oidc = access(Login.OIDC, operators="*")
    assert oidc.person("8.8.8.8", {"X-User": "eva"}, {}) is None
    verified = {"email": "otto@plant", "email_verified": True, "sub": "1"}
    assert oidc.person("8.8.8.8", {}, verified) == Person("otto@plant", Role.OPERATOR)
    assert oidc.person("8.8.8.8", {}, {"sub": "eva"}) == Person("eva", Role.ENGINEER)


@pytest.mark.parametrize("verified", [None, False, "false", 1, "yes"])
def test_an_address_that_is_not_verified_names_nobody(verified: object) -> None:
    oidc = access(Login.OIDC, engineers="eva@plant")
    claims = {"email": "eva@plant", "email_verified": verified, "sub": "4711"}
    assert oidc.person("8.8.8.8", {}, claims) == Person("4711", Role.VIEWER)
    del claims["sub"]
    assert oidc.person("8.8.8.8", {}, claims) is None


def test_a_user_name_that_looks_like_an_address_is_not_believed_to_be_one() -> None:
    oidc = access(Login.OIDC, engineers="eva@plant")
    claims = {"preferred_username": "eva@plant", "sub": "4711"}
    assert oidc.person("8.8.8.8", {}, claims) == Person("4711", Role.VIEWER)
    assert oidc.person("8.8.8.8", {}, {**claims, "preferred_username": "otto"}) == Person("otto", Role.VIEWER)


@pytest.mark.parametrize(
    ("role", "needed", "allowed"),
    [
        (Role.VIEWER, Role.VIEWER, True),
        (Role.VIEWER, Role.OPERATOR, False),
        (Role.OPERATOR, Role.OPERATOR, True),
        (Role.OPERATOR, Role.ENGINEER, False),
        (Role.ENGINEER, Role.OPERATOR, True),
    ],
)
def test_a_role_includes_those_below_it(role: Role, needed: Role, allowed: bool) -> None:
    person = Person("anna", role)
    assert person.may(needed) is allowed
    if allowed:
        require(person, needed)
    else:
        with pytest.raises(AccessDenied, match=r"anna is .*, this needs"):
            require(person, needed)
