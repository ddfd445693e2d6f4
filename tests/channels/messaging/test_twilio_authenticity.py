"""SMS and WhatsApp: who is let in, and what the server wants before it starts."""

from __future__ import annotations

from typing import Any

import pytest
from fake_twilio import AUTH_TOKEN, NUMBER, SID, encoded, signed
from hypothesis import given, settings
from hypothesis import strategies as st
from twilio_chat import PUBLIC, Twilio

from backstride.channels.messaging.twilio import SmsChannel, WhatsAppChannel, is_authentic
from backstride.errors import SettingsError


def _forgeries(path: str, form: dict[str, str]) -> dict[str, dict[str, str]]:
    """Return signatures that are not Twilio's for this request."""
    url = f"{PUBLIC}/webhooks/{path}"
    right = signed(url, form)["X-Twilio-Signature"]
    other_urls = {
        f"signed for {name}": signed(other, form)["X-Twilio-Signature"]
        for name, other in {
            "another host": f"https://evil.example.org/webhooks/{path}",
            "http": url.replace("https", "http"),
            "another path": f"{PUBLIC}/webhooks/other/webhook",
            "a query": f"{url}?a=1",
            "a slash": f"{url}/",
            "another port": f"https://back.example.org:8443/webhooks/{path}",
            "capitals": url.upper(),
        }.items()
    }
    other_forms = {
        f"signed with {name}": signed(url, other)["X-Twilio-Signature"]
        for name, other in {
            "another text": form | {"Body": "hello"},
            "another sender": form | {"From": "+15550001111"},
            "a field less": {k: v for k, v in form.items() if k != "NumMedia"},
            "a field more": form | {"Extra": "1"},
            "no form": {},
        }.items()
    }
    return {
        "nothing": "",
        "one sign": "a",
        "cut off": right[:-1],
        "one sign more": right + "A",
        "capitals": right.upper(),
        "backwards": right[::-1],
        "the token": AUTH_TOKEN,
        "the account": SID,
        "another token": signed(url, form, "f" * 32)["X-Twilio-Signature"],
        "an empty token": signed(url, form, "")["X-Twilio-Signature"],
        "hexadecimal": "0" * 40,
        "another scheme": f"sha1={right}",
        "two": f"{right},{right}",
        **other_urls,
        **other_forms,
    }


def test_a_delivery_is_refused_when_its_signature_is_not_twilio_s(twilio: Twilio) -> None:
    form = twilio.form("heat")
    forgeries = _forgeries(twilio.path, form)
    assert len(forgeries) >= 20
    for name, signature in forgeries.items():
        headers = signed("", form) | {"X-Twilio-Signature": signature}
        response = twilio.served.post(twilio.path, encoded(form), headers)
        assert (response.status_code, response.json()) == (403, {"error": "not_authentic"}), name
    twilio.served.settle()
    assert twilio.platform.sent == []


def test_a_delivery_is_refused_when_it_has_no_signature(twilio: Twilio) -> None:
    headers = {"Content-Type": "application/x-www-form-urlencoded"}
    assert twilio.served.post(twilio.path, encoded(twilio.form("heat")), headers).status_code == 403


def test_a_delivery_of_another_account_is_refused(twilio: Twilio) -> None:
    assert twilio.deliver(twilio.form("heat", AccountSid="AC" + "f" * 32)) == 403


def test_a_delivery_to_the_other_channel_is_refused(sms: Twilio) -> None:
    form = sms.form("heat")
    headers = signed(f"{PUBLIC}/webhooks/whatsapp/webhook", form)
    assert sms.served.post("sms/webhook", encoded(form), headers).status_code == 403


@pytest.mark.parametrize("port", [":443", ""])
def test_a_signature_counts_whether_twilio_signed_the_port_or_not(twilio: Twilio, port: str) -> None:
    form = twilio.form("heat")
    headers = signed(f"https://back.example.org{port}/webhooks/{twilio.path}", form)
    assert twilio.served.post(twilio.path, encoded(form), headers).status_code == 200


def test_a_signature_counts_when_the_address_has_a_query(twilio: Twilio) -> None:
    form = twilio.form("heat")
    headers = signed(f"{PUBLIC}/webhooks/{twilio.path}?a=b%20c", form)
    assert twilio.served.post(f"{twilio.path}?a=b%20c", encoded(form), headers).status_code == 200


@settings(max_examples=200)
@given(form=st.dictionaries(st.text(max_size=8), st.text(max_size=20), max_size=6))
def test_our_check_agrees_with_twilio_s_library_whatever_is_signed(form: dict[str, str]) -> None:
    from twilio.request_validator import RequestValidator

    form = {
        key.encode("utf-8", "replace").decode(): value.encode("utf-8", "replace").decode()
        for key, value in form.items()
    }
    url = f"{PUBLIC}/webhooks/sms/webhook"
    signature = signed(url, form)["X-Twilio-Signature"]
    assert RequestValidator(AUTH_TOKEN).validate(url, form, signature)
    assert is_authentic(signature, AUTH_TOKEN, url, {key: [value] for key, value in form.items()})


@pytest.mark.parametrize(
    ("body", "status"), [(b"\xff\xfe", 400), (b"a=1&" * 300, 400), (b"a" * 100_001, 413), (b"", 403)]
)
def test_what_is_no_form_is_refused_without_a_trace(twilio: Twilio, body: bytes, status: int) -> None:
    response = twilio.served.post(twilio.path, body, {"X-Twilio-Signature": "x"})
    assert response.status_code == status
    assert "Traceback" not in response.text


SETTINGS = {
    "TWILIO_ACCOUNT_SID": SID,
    "TWILIO_AUTH_TOKEN": AUTH_TOKEN,
    "TWILIO_SMS_FROM": NUMBER,
    "TWILIO_WHATSAPP_FROM": NUMBER,
    "BACKSTRIDE_PUBLIC_URL": PUBLIC,
}


@pytest.mark.parametrize(
    ("channel", "sender"), [(SmsChannel, "TWILIO_SMS_FROM"), (WhatsAppChannel, "TWILIO_WHATSAPP_FROM")]
)
def test_the_server_does_not_start_when_a_secret_is_missing(
    monkeypatch: pytest.MonkeyPatch, channel: Any, sender: str
) -> None:
    for variable, value in SETTINGS.items():
        monkeypatch.setenv(variable, value)
    assert isinstance(channel.from_credentials(None), channel)
    for name in ("TWILIO_ACCOUNT_SID", "TWILIO_AUTH_TOKEN", sender, "BACKSTRIDE_PUBLIC_URL"):
        monkeypatch.delenv(name)
        with pytest.raises(SettingsError, match=name):
            channel.from_credentials({})
        monkeypatch.setenv(name, SETTINGS[name])


def test_a_wrong_secret_is_named_and_not_told(monkeypatch: pytest.MonkeyPatch) -> None:
    for variable, value in (SETTINGS | {"TWILIO_AUTH_TOKEN": "a b"}).items():
        monkeypatch.setenv(variable, value)
    with pytest.raises(SettingsError, match="TWILIO_AUTH_TOKEN") as caught:
        SmsChannel.from_credentials({})
    assert "a b" not in str(caught.value)


@pytest.mark.parametrize("value", [NUMBER, f"whatsapp:{NUMBER}", "MG" + "0" * 32])
def test_the_sender_may_be_written_as_the_console_shows_it(monkeypatch: pytest.MonkeyPatch, value: str) -> None:
    for variable, good in (SETTINGS | {"TWILIO_WHATSAPP_FROM": value}).items():
        monkeypatch.setenv(variable, good)
    assert WhatsAppChannel.from_credentials(None)._account.sender == value.removeprefix("whatsapp:")


@pytest.mark.parametrize("value", ["447700900123", "+44 7700 900123", "0", "MG123", "Backstride"])
def test_a_sender_that_twilio_would_refuse_is_refused_at_the_start(monkeypatch: pytest.MonkeyPatch, value: str) -> None:
    for variable, good in (SETTINGS | {"TWILIO_SMS_FROM": value}).items():
        monkeypatch.setenv(variable, good)
    with pytest.raises(SettingsError, match="TWILIO_SMS_FROM"):
        SmsChannel.from_credentials(None)
