"""SMS and WhatsApp: how answers and reminders are delivered, and that no delivery makes the server fail."""

from __future__ import annotations

import time
from typing import Any

import pytest
from fake_twilio import ANN, AUTH_TOKEN, SID, FakeTwilio
from hypothesis import given, settings
from hypothesis import strategies as st
from served import Served
from twilio_chat import TEMPLATE, Twilio, fresh_twilio

from backstride.channels.messaging.twilio import Account


def test_it_tries_again_and_keeps_the_order_when_twilio_says_too_many(twilio: Twilio) -> None:
    twilio.platform.faults += [(429, {"code": 20429}), (503, {})]
    assert twilio.say("two") == ["First.", "Second."]


def test_what_could_not_be_delivered_is_logged_with_an_id_and_without_words(
    twilio: Twilio, caplog: pytest.LogCaptureFixture
) -> None:
    twilio.platform.faults.append((400, {"code": 21211, "message": f"The number {ANN} is not valid"}))
    twilio.say("echo:my secret words")
    (record,) = [record for record in caplog.records if "not delivered" in record.getMessage()]
    assert "incident" in record.getMessage()
    assert "21211" in record.getMessage()
    assert "secret" not in caplog.text
    assert ANN not in caplog.text


def _remind(twilio: Twilio, text: str) -> list[dict[str, str]]:
    before = len(twilio.platform.sent)
    output = twilio.channel.get_output_channel()
    twilio.served.run(output.send_response(f"{twilio.name}:{ANN}", {"text": text}))
    twilio.served.settle()
    return twilio.platform.sent[before:]


def test_a_reminder_reaches_the_person_outside_a_request(twilio: Twilio) -> None:
    twilio.say("heat")
    assert [sent["Body"] for sent in _remind(twilio, "How is your back today?")] == ["How is your back today?"]


def test_a_reminder_is_the_approved_template_on_whatsapp_when_the_window_is_closed(whatsapp: Twilio) -> None:
    whatsapp.say("heat")
    whatsapp.platform.silent.add(f"whatsapp:{ANN}")
    whatsapp.channel._window._heard[f"whatsapp:{ANN}"] = time.time() - 24 * 3600 - 1
    (sent,) = _remind(whatsapp, "How is your back today?")
    assert sent["ContentSid"] == TEMPLATE
    assert "Body" not in sent


def test_a_reminder_is_logged_when_there_is_no_template(
    whatsapp: Twilio, caplog: pytest.LogCaptureFixture, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(whatsapp.channel, "_template", None)
    whatsapp.channel._window._heard[f"whatsapp:{ANN}"] = time.time() - 24 * 3600 - 1
    assert _remind(whatsapp, "How is your back today?") == []
    assert "24 h" in caplog.text


def test_the_window_is_known_after_a_restart_from_the_conversation(whatsapp: Twilio) -> None:
    whatsapp.say("heat", sender="+447700900444")
    whatsapp.channel._window._heard.clear()
    window = whatsapp.channel._window.is_open("whatsapp:+447700900444", whatsapp.served.agent)
    assert whatsapp.served.run(window) is True


def test_nobody_who_never_wrote_is_in_the_window(whatsapp: Twilio) -> None:
    window = whatsapp.channel._window.is_open("whatsapp:+447700900555", whatsapp.served.agent)
    assert whatsapp.served.run(window) is False


def test_a_messaging_service_sends_when_it_is_the_sender(twilio_server: tuple[Served, FakeTwilio]) -> None:
    twilio = fresh_twilio(*twilio_server, "sms")
    channel: Any = twilio.channel
    account, channel._account = channel._account, Account(sid=SID, token=AUTH_TOKEN, sender="MG" + "0" * 32)
    try:
        (sent,) = twilio.sent(twilio.form("echo:hello"))
    finally:
        channel._account = account
    assert sent["MessagingServiceSid"] == "MG" + "0" * 32
    assert "From" not in sent


NAMES = st.sampled_from(
    "MessageSid From To Body NumMedia MediaContentType0 Latitude MessageStatus ErrorCode OptOutType AccountSid".split()
)
FORM = st.dictionaries(
    NAMES | st.text(max_size=8), st.text(max_size=40) | st.sampled_from([SID, ANN, "0", "1"]), max_size=9
)


@pytest.mark.parametrize("channel", ["sms", "whatsapp"])
def test_no_delivery_makes_the_server_fail(twilio_server: tuple[Served, FakeTwilio], channel: str) -> None:
    twilio = Twilio(*twilio_server, channel)

    @settings(max_examples=1000)
    @given(form=FORM)
    def deliver(form: dict[str, str]) -> None:
        safe = {
            key.encode("utf-8", "replace").decode(): value.encode("utf-8", "replace").decode()
            for key, value in form.items()
        }
        assert twilio.deliver(safe) in {200, 403}

    deliver()
