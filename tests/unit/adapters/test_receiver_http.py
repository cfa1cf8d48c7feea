"""Webhooks over HTTP: signed, and each answer taken for what it means."""

import base64
import hashlib
import hmac

import pytest

from marbleline.adapters.receiver_http import HttpReceiver, make_secret
from marbleline.domain.notice import Notice
from marbleline.errors import NoticeRefused, SettingError, WebhookUnavailable
from tests.builders import START, FakeClock
from tests.unit.adapters.webhook_receiver import receiving

NOTICE = Notice("0197a1b2", "faulty", START, b'{"type":"verdict.faulty"}')


def receiver(url: str, *secrets: str) -> HttpReceiver:
    return HttpReceiver("mes", url, secrets or (make_secret(),), clock=FakeClock())


def test_a_receiver_can_verify_it_with_either_secret() -> None:
    old, new = make_secret(), make_secret()
    with receiving() as script:
        receiver(script.url, old, new).tell(NOTICE)
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
    from marbleline.adapters.receiver_http import sign

    key = base64.b64decode("MfKQ9r8GKYqrTwjUPD8ILPZIo2LaLaSw")
    body = b'{"test": 2432232314}'
    made = sign(key, "msg_p5jXN8AQM9LWM0D4loKWxJek", 1614265330, body)
    assert made == "v1,g0hM9SsE+OTPJTGt/tmIKtSyZlE3uFJELVlNIOLJ1OE="


@pytest.mark.parametrize("status", [500, 503, 429, 408])
def test_an_answer_that_may_pass_is_tried_again_later(status: int) -> None:
    with receiving(status) as script:
        with pytest.raises(WebhookUnavailable, match=f"answered {status}: because of the test"):
            receiver(script.url).tell(NOTICE)
        receiver(script.url).tell(NOTICE)


@pytest.mark.parametrize("status", [400, 401, 404, 410])
def test_an_answer_that_is_final_is_no_reason_to_try_again(status: int) -> None:
    with receiving(status) as script, pytest.raises(NoticeRefused, match=str(status)):
        receiver(script.url).tell(NOTICE)


def test_a_redirect_is_not_followed() -> None:
    with receiving(302) as script, pytest.raises(NoticeRefused, match="302"):
        receiver(script.url).tell(NOTICE)
    assert len(script.calls) == 1


def test_one_that_is_not_there_is_away_and_its_address_stays_secret() -> None:
    with receiving() as script:
        url = f"{script.url}/services/T000/SECRET"
    with pytest.raises(WebhookUnavailable, match="webhook mes can't be reached") as error:
        receiver(url).tell(NOTICE)
    assert "SECRET" not in str(error.value)


@pytest.mark.parametrize("secret", ["", "whsec_", "whsec_!!", "topsecret", "whsec_c2hvcnQ="])
def test_a_secret_that_is_none_is_refused_and_not_shown(secret: str) -> None:
    with pytest.raises(SettingError, match="--make-secret") as error:
        HttpReceiver("mes", "https://mes.example", [secret] if secret else [])
    assert not secret or secret == "whsec_" or secret not in str(error.value)
