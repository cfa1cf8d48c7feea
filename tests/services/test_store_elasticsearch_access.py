"""TLS, passwords and keys, by a proxy that ends TLS and asks for them before the real server."""

import base64
import logging
import shutil
import ssl
from pathlib import Path

import pytest

from marbleline.errors import SettingError, StoreUnavailable
from tests.builders import make_record
from tests.services.authority import make_certificates
from tests.services.elasticsearch_proxy import Proxy, Rule, Says, Seen
from tests.services.elasticsearch_support import Bench

USER, PASSWORD = "marbleline", "s3cret/@:%"
KEY = base64.b64encode(b"id-1:key-1").decode()
DENIED = {"error": {"type": "security_exception", "reason": "missing authentication credentials"}}


def asks_for(scheme: str, secret: str) -> Rule:
    """A rule that lets only requests with this Authorization header pass."""

    def rule(seen: Seen) -> Says | None:
        return None if seen.headers.get("authorization") == f"{scheme} {secret}" else Says(401, DENIED)

    return rule


@pytest.fixture(scope="module")
def certificates(tmp_path_factory: pytest.TempPathFactory) -> Path:
    folder = tmp_path_factory.mktemp("authority")
    make_certificates(folder)
    return folder


@pytest.fixture
def proxy(bench: Bench, certificates: Path) -> Proxy:
    context = ssl.SSLContext(ssl.PROTOCOL_TLS_SERVER)
    context.load_cert_chain(certificates / "server.pem", certificates / "server.key")
    return bench.proxy(tls=context)


def test_tls_with_a_ca_file_and_a_password_with_odd_characters(
    bench: Bench, proxy: Proxy, certificates: Path, caplog: pytest.LogCaptureFixture
) -> None:
    caplog.set_level(logging.DEBUG)
    proxy.rule = asks_for("Basic", base64.b64encode(f"{USER}:{PASSWORD}".encode()).decode())
    url = proxy.url.replace("https://", f"https://{USER}:s3cret%2F%40%3A%25@")
    store = bench.store(url, ca_file=certificates / "ca.pem")
    assert store.put_frames([make_record(1)]) == []
    assert store.image(make_record(1).frame.frame_id) == make_record(1).image
    proxy.stop()
    with pytest.raises(StoreUnavailable) as caught:
        store.check()
    said = str(caught.value) + repr(vars(store)) + repr(store) + caplog.text
    assert "s3cret" not in said


def test_an_authority_that_is_not_trusted_is_unavailable_and_says_so(bench: Bench, proxy: Proxy) -> None:
    with pytest.raises(StoreUnavailable, match=r"(?i)certificate verify failed"):
        bench.store(proxy.url).check()


def test_an_authority_that_is_replaced_is_trusted_without_a_restart(
    bench: Bench, proxy: Proxy, certificates: Path, tmp_path: Path
) -> None:
    make_certificates(tmp_path)
    store = bench.store(proxy.url, ca_file=tmp_path / "ca.pem")
    for _ in range(2):
        with pytest.raises(StoreUnavailable, match=r"(?i)certificate verify failed"):
            store.check()
    shutil.copy(certificates / "ca.pem", tmp_path / "ca.pem")
    with pytest.raises(StoreUnavailable):
        store.check()
    store.check()


def test_a_wrong_password_is_unavailable_and_says_what_to_check(
    bench: Bench, proxy: Proxy, certificates: Path
) -> None:
    proxy.rule = asks_for("Basic", "another")
    url = proxy.url.replace("https://", "https://someone:wrong@")
    store = bench.store(url, ca_file=certificates / "ca.pem")
    with pytest.raises(StoreUnavailable, match="credentials"):
        store.put_frames([make_record(1)])
    with pytest.raises(StoreUnavailable, match="credentials"):
        store.check()


def test_a_missing_privilege_holds_the_record_up_and_rejects_nothing(bench: Bench) -> None:
    proxy = bench.proxy()
    store = bench.store(proxy.url)
    store.put_frames([make_record(1)])
    denied = {"type": "security_exception", "reason": "action [indices:data/write/bulk] is unauthorized"}
    answer = {"items": [{"create": {"status": 403, "error": denied}}]}
    proxy.rule = lambda seen: Says(200, answer) if seen.bulk else None
    with pytest.raises(StoreUnavailable, match=r"unauthorized.*privilege"):
        store.put_frames([make_record(2)])


def test_an_api_key_is_sent(bench: Bench, proxy: Proxy, certificates: Path) -> None:
    proxy.rule = asks_for("ApiKey", KEY)
    store = bench.store(proxy.url, ca_file=certificates / "ca.pem", api_key=KEY)
    assert store.put_frames([make_record(1)]) == []
    assert KEY not in repr(vars(store))


def test_a_key_and_a_password_are_one_too_many(bench: Bench) -> None:
    with pytest.raises(SettingError, match="not both") as caught:
        bench.store("https://user:secret@localhost:9200", api_key=KEY)
    assert "secret" not in str(caught.value)


@pytest.mark.parametrize("content", [None, "no certificate"])
def test_a_ca_file_that_is_none_is_a_wrong_setting(bench: Bench, tmp_path: Path, content: str | None) -> None:
    file = tmp_path / "ca.pem"
    if content is not None:
        file.write_text(content)
    with pytest.raises(SettingError, match=r"ca\.pem"):
        bench.store("https://localhost:9200", ca_file=file)


def test_another_host_is_tried_when_one_is_away(bench: Bench) -> None:
    first, second = bench.proxy(), bench.proxy()
    store = bench.store(f"{first.url},{second.url.removeprefix('http://')}")
    first.stop()
    store.check()
    assert store.put_frames([make_record(1)]) == []
    first.start()
    second.stop()
    assert store.put_frames([make_record(2)]) == []
