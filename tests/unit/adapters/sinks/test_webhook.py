"""Webhooks over HTTP: signed, and each answer taken for what it means."""

import base64
import hashlib
import hmac

import pytest

from marbleline.adapters.sinks.webhook import WebhookSink, make_secret
from marbleline.domain.notification import Notification
from marbleline.errors import SettingError, SinkRejected, SinkUnavailable
from tests.builders import START, FakeClock
from tests.unit.adapters.sinks.dripping import dripping
from tests.unit.adapters.sinks.webhook_server import receiving

NOTICE = Notification("0197a1b2", "faulty", START, "line-1/verdicts/top/faulty", b'{"type":"verdict.faulty"}')


def sink(url: str, *secrets: str) -> WebhookSink:
    return WebhookSink("mes", url, secrets or (make_secret(),), clock=FakeClock())


def test_a_receiver_can_verify_it_with_either_secret() -> None:
    old, new = make_secret(), make_secret()
    with receiving() as script:
        sink(script.url, old, new).send(NOTICE)
    [call] = script.calls
    assert (call.body, call.headers["content-type"]) == (NOTICE.body, "application/json")
    signed = f"{call.headers['webhook-id']}.{call.headers['webhook-timestamp']}.".encode() + call.body
    assert call.headers["webhook-timestamp"] == str(START // 1_000_000)
    for secret in (old, new):
        key = base64.b64decode(secret.removeprefix("whsec_"))
        expected = base64.b64encode(hmac.new(key, signed, hashlib.sha256).digest()).decode()
        assert f"v1,{expected}" in call.headers["webhook-signature"].split()


def test_the_signature_is_that_of_the_standard_s_own_example() -> None:
    """The example of https://github.com/standard-webhooks/standard-webhooks, spec/standard-webhooks.md."""
    from marbleline.adapters.sinks.webhook import sign

    key = base64.b64decode("MfKQ9r8GKYqrTwjUPD8ILPZIo2LaLaSw")
    body = b'{"test": 2432232314}'
    made = sign(key, "msg_p5jXN8AQM9LWM0D4loKWxJek", 1614265330, body)
    assert made == "v1,g0hM9SsE+OTPJTGt/tmIKtSyZlE3uFJELVlNIOLJ1OE="


@pytest.mark.parametrize("status", [500, 503, 429, 408])
def test_an_answer_that_may_pass_is_tried_again_later(status: int) -> None:
    with receiving(status) as script:
        with pytest.raises(SinkUnavailable, match=f"answered {status}: because of the test"):
            sink(script.url).send(NOTICE)
        sink(script.url).send(NOTICE)


@pytest.mark.parametrize("status", [400, 401, 404, 410])
def test_an_answer_that_is_final_is_no_reason_to_try_again(status: int) -> None:
    with receiving(status) as script, pytest.raises(SinkRejected, match=str(status)):
        sink(script.url).send(NOTICE)


def test_a_redirect_is_not_followed() -> None:
    with receiving(302) as script, pytest.raises(SinkRejected, match="302"):
        sink(script.url).send(NOTICE)
    assert len(script.calls) == 1


def test_one_that_is_not_there_is_away_and_its_address_stays_secret() -> None:
    with receiving() as script:
        url = f"{script.url}/services/T000/SECRET"
    with pytest.raises(SinkUnavailable, match="webhook mes can't be reached") as error:
        sink(url).send(NOTICE)
    assert "SECRET" not in str(error.value)


@pytest.mark.parametrize("secret", ["", "whsec_", "whsec_!!", "topsecret", "whsec_c2hvcnQ="])
def test_a_secret_that_is_none_is_refused_and_not_shown(secret: str) -> None:
    with pytest.raises(SettingError, match="--make-secret") as error:
        WebhookSink("mes", "https://mes.example", [secret] if secret else [])
    assert not secret or secret == "whsec_" or secret not in str(error.value)


@pytest.mark.parametrize(
    ("start", "said"),
    [
        (b"HTTP/1.1 204 No Content\r\nX-", "can't be reached: timed out"),
        (b"HTTP/1.1 503 Later\r\nContent-Length: 9999\r\n\r\n", "answered 503"),
    ],
)
def test_an_answer_that_drips_is_given_up(start: bytes, said: str) -> None:
    with dripping(start) as url:
        mes = WebhookSink("mes", url, [make_secret()], timeout_s=0.3, clock=FakeClock())
        with pytest.raises(SinkUnavailable, match=said):
            mes.send(NOTICE)
