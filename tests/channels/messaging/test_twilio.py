"""SMS and WhatsApp: what is let in, what is answered and how, against Twilio's API on the loopback interface."""

from __future__ import annotations

import logging
import time
from collections.abc import Iterator
from dataclasses import asdict
from typing import Any

import pytest
from fake_twilio import ANN, AUTH_TOKEN, NUMBER, SID, FakeTwilio, encoded, form_of, signed
from hypothesis import HealthCheck, given, settings
from hypothesis import strategies as st
from scripted_server import SENTENCE, ScriptedAgent
from served import Served, serve

from backstride.channels.messaging.credentials import ChannelOptions
from backstride.channels.messaging.twilio import Account, SmsChannel, WhatsAppChannel, WhatsAppOptions, is_authentic
from backstride.errors import SettingsError
from backstride.wording import load_wording

WORDING = load_wording()
ACCOUNT = Account(sid=SID, token=AUTH_TOKEN, sender=NUMBER)
# A proxy stands before the server: Twilio signs its address, not the server's own.
PUBLIC = "https://back.example.org"
TEMPLATE = "HX" + "0" * 32


async def no_wait(_: float) -> None:
    """Wait for nothing."""


class Twilio:
    """A telephone that writes to our server: by SMS, or on WhatsApp."""

    def __init__(self, served: Served, platform: FakeTwilio, channel: str) -> None:
        self.served = served
        self.platform = platform
        self.name = channel
        self.path = f"{channel}/webhook"
        self.prefix = "whatsapp:" if channel == "whatsapp" else ""
        self.channel = next(c for c in served.channels if c.name() == channel)

    def deliver(self, form: dict[str, str], **more: str) -> int:
        """Deliver a request, and return the status."""
        headers = signed(f"{PUBLIC}/webhooks/{self.path}", form) | more
        return self.served.post(self.path, encoded(form), headers).status_code

    def answers(self, *forms: dict[str, str]) -> list[str]:
        """Deliver requests, and return the texts that were sent in answer."""
        return [sent.get("Body", "") for sent in self.sent(*forms)]

    def sent(self, *forms: dict[str, str]) -> list[dict[str, str]]:
        """Deliver requests, and return what was sent in answer."""
        before = len(self.platform.sent)
        assert [self.deliver(form) for form in forms] == [200] * len(forms)
        self.served.settle()
        assert not self.platform.problems, self.platform.problems
        return self.platform.sent[before:]

    def form(self, text: str = "", *, sender: str = ANN, **more: str) -> dict[str, str]:
        """Return what Twilio delivers."""
        return form_of(text, sender=f"{self.prefix}{sender}", **more)

    def say(self, text: str, **more: str) -> list[str]:
        """Write a message, and return the texts that were sent in answer."""
        return self.answers(self.form(text, **more))


@pytest.fixture(scope="module")
def served() -> Iterator[tuple[Served, FakeTwilio]]:
    platform = FakeTwilio()

    def make(options: ChannelOptions) -> list[Any]:
        # Pictures are fetched from the server itself; signatures are made for the public address.
        given = asdict(options)
        channels = [
            SmsChannel(options, ACCOUNT),
            WhatsAppChannel(WhatsAppOptions(**given, reminder_template=TEMPLATE), ACCOUNT),
        ]
        for channel in channels:
            channel.api._sleep = no_wait
            channel._webhook = channel._webhook.replace(options.public_url or "", PUBLIC)
        return channels

    running, stop = serve(make, [platform], ScriptedAgent())
    yield running, platform
    stop()


@pytest.fixture(params=["sms", "whatsapp"])
def twilio(served: tuple[Served, FakeTwilio], request: pytest.FixtureRequest) -> Twilio:
    return _fresh(*served, request.param)


@pytest.fixture
def sms(served: tuple[Served, FakeTwilio]) -> Twilio:
    return _fresh(*served, "sms")


@pytest.fixture
def whatsapp(served: tuple[Served, FakeTwilio]) -> Twilio:
    return _fresh(*served, "whatsapp")


def _fresh(running: Served, platform: FakeTwilio, channel: str) -> Twilio:
    running.settle()
    for left in (platform.sent, platform.problems, platform.faults, platform.opted_out, platform.silent):
        left.clear()
    return Twilio(running, platform, channel)


# --- authenticity ---------------------------------------------------------------------------------------------------


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


@settings(max_examples=200, deadline=None)
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


# --- talking --------------------------------------------------------------------------------------------------------


def test_a_message_is_answered(twilio: Twilio) -> None:
    (sent,) = twilio.sent(twilio.form("echo:Hello."))
    assert sent["Body"] == "Hello."
    assert (sent["To"], sent["From"]) == (f"{twilio.prefix}{ANN}", f"{twilio.prefix}{NUMBER}")


def test_buttons_are_a_numbered_menu(whatsapp: Twilio) -> None:
    (answer,) = whatsapp.say("heat")
    assert WORDING("chat_menu") in answer
    assert "\n1. Why?\n" in answer


@pytest.mark.parametrize("typed", ["1", "1.", "one", "The first one", "why?", "Why", "#1", "1️⃣"])
def test_a_menu_takes_number_words_and_near_misses(twilio: Twilio, typed: str) -> None:
    twilio.say("heat")
    twilio.say(typed)
    assert twilio.served.agent.handled[-1] == "/ask_why"


@pytest.mark.parametrize("typed", ["/affirm", '/deny{"check": "none"}', " /restart", "/choose_item"])
def test_a_typed_payload_stays_text(twilio: Twilio, typed: str) -> None:
    twilio.say(typed)
    assert not twilio.served.agent.handled[-1].startswith("/")


def test_a_long_answer_is_short_by_sms_and_more_gives_the_rest(sms: Twilio) -> None:
    (short,) = sms.say("heat")
    assert len(short) <= 306
    assert short.endswith(WORDING("chat_more"))
    (rest,) = sms.say("MORE")
    assert "Source:" in rest
    assert "1. Why?" in rest


def test_a_menu_counts_before_more_was_asked_for(sms: Twilio) -> None:
    sms.say("heat")
    sms.say("1")
    assert sms.served.agent.handled[-1] == "/ask_why"


def test_more_is_a_word_like_any_other_when_nothing_was_left_out(sms: Twilio) -> None:
    sms.say("echo:short")
    sms.say("more")
    assert sms.served.agent.handled[-1] == "more"


def test_a_referral_is_one_message_and_never_shortened(twilio: Twilio) -> None:
    (answer,) = twilio.say("i am numb")
    assert "999" in answer
    assert WORDING("chat_more") not in answer


def test_a_referral_comes_first(twilio: Twilio) -> None:
    referral, *_ = twilio.say("fever, then a question", sender="+447700900999")
    assert "111" in referral


def test_an_exercise_comes_with_its_picture_on_whatsapp(whatsapp: Twilio) -> None:
    whatsapp.say("stretch")
    picture, text = whatsapp.sent(whatsapp.form("1"))
    assert picture["MediaUrl"].endswith(".png")
    assert "MediaUrl" not in text


def test_an_exercise_comes_without_a_picture_by_sms(sms: Twilio) -> None:
    sms.say("stretch")
    assert all("MediaUrl" not in sent for sent in sms.sent(sms.form("1")))


@pytest.mark.parametrize("word", ["STOP", "stop", "Unsubscribe", "END", "quit", "cancel", "STOPALL"])
def test_the_carriers_words_stop_an_sms_conversation(sms: Twilio, word: str) -> None:
    before = len(sms.served.agent.handled)
    sms.platform.opted_out.add(ANN)
    assert sms.say(word) == []
    assert len(sms.served.agent.handled) == before


def test_stop_in_a_sentence_is_read(sms: Twilio) -> None:
    assert sms.say("echo:should i stop running")


def test_stop_is_a_word_like_any_other_on_whatsapp(whatsapp: Twilio) -> None:
    whatsapp.say("stop")
    assert whatsapp.served.agent.handled[-1] == "stop"


def test_a_person_who_opted_out_is_no_error(sms: Twilio, caplog: pytest.LogCaptureFixture) -> None:
    caplog.set_level(logging.INFO)
    sms.platform.opted_out.add(ANN)
    assert sms.say("heat") == []
    assert not [record for record in caplog.records if record.levelno >= logging.ERROR]


def test_start_greets(sms: Twilio) -> None:
    sms.say("START", OptOutType="START")
    assert sms.served.agent.handled[-1] == "/greet"


# --- everything that people send ------------------------------------------------------------------------------------


@pytest.mark.parametrize(
    ("fields", "kind"),
    [
        ({"NumMedia": "1", "MediaContentType0": "image/jpeg", "MediaUrl0": "https://x"}, "photo"),
        ({"NumMedia": "2", "MediaContentType0": "audio/ogg", "MediaUrl0": "https://x"}, "voice"),
        ({"NumMedia": "1", "MediaContentType0": "video/mp4", "MediaUrl0": "https://x"}, "video"),
        ({"NumMedia": "1", "MediaContentType0": "text/vcard", "MediaUrl0": "https://x"}, "contact"),
        ({"NumMedia": "1", "MediaContentType0": "application/pdf", "MediaUrl0": "https://x"}, "file"),
        ({"Latitude": "51.5", "Longitude": "-0.1"}, "location"),
        ({}, "other"),
        ({"Body": " \n "}, "other"),
    ],
)
def test_what_cannot_be_read_gets_a_sensible_answer(twilio: Twilio, fields: dict[str, str], kind: str) -> None:
    (answer,) = twilio.answers(twilio.form(**fields))
    assert answer == WORDING(f"chat_{kind}")


def test_a_sticker_gets_a_sensible_answer_on_whatsapp(whatsapp: Twilio) -> None:
    (answer,) = whatsapp.answers(whatsapp.form(NumMedia="1", MediaContentType0="image/webp"))
    assert answer == WORDING("chat_sticker")


def test_a_message_without_a_body_field_is_answered(twilio: Twilio) -> None:
    form = {name: value for name, value in twilio.form(NumMedia="1").items() if name != "Body"}
    assert twilio.answers(form) == [WORDING("chat_file")]


def test_the_words_beside_a_picture_are_read(twilio: Twilio) -> None:
    referral, note = twilio.say("i am numb", NumMedia="1", MediaContentType0="image/jpeg")
    assert "999" in referral
    assert note == WORDING("chat_photo")


def test_the_same_delivery_twice_is_answered_once(twilio: Twilio) -> None:
    form = twilio.form("echo:once")
    assert twilio.answers(form, form) == ["once"]


def test_the_same_delivery_is_answered_once_after_a_restart(twilio: Twilio) -> None:
    form = twilio.form("echo:once")
    assert twilio.answers(form) == ["once"]
    twilio.channel._taken.clear()
    assert twilio.answers(form) == []


def test_several_messages_are_answered_in_their_order(twilio: Twilio) -> None:
    texts = [str(number) for number in range(8)]
    assert twilio.answers(*(twilio.form(f"echo:{text}") for text in texts)) == texts


@pytest.mark.parametrize("status", ["queued", "sent", "delivered", "read"])
def test_good_news_of_our_own_messages_is_taken_and_not_answered(twilio: Twilio, status: str) -> None:
    assert twilio.answers(twilio.form(MessageStatus=status)) == []


@pytest.mark.parametrize("status", ["failed", "undelivered"])
def test_bad_news_of_our_own_messages_is_logged_with_an_id(
    twilio: Twilio, status: str, caplog: pytest.LogCaptureFixture
) -> None:
    assert twilio.answers(twilio.form(MessageStatus=status, ErrorCode="30003")) == []
    (record,) = [record for record in caplog.records if "not delivered" in record.getMessage()]
    assert "30003" in record.getMessage()
    assert ANN not in caplog.text


def test_the_assistant_says_something_calm_when_it_fails(twilio: Twilio, caplog: pytest.LogCaptureFixture) -> None:
    assert twilio.say("please crash, i am Ann") == [SENTENCE]
    assert "crash" not in caplog.text


# --- delivery -------------------------------------------------------------------------------------------------------


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
    whatsapp.channel._heard[f"whatsapp:{ANN}"] = time.time() - 24 * 3600 - 1
    (sent,) = _remind(whatsapp, "How is your back today?")
    assert sent["ContentSid"] == TEMPLATE
    assert "Body" not in sent


def test_a_reminder_is_logged_when_there_is_no_template(
    whatsapp: Twilio, caplog: pytest.LogCaptureFixture, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(whatsapp.channel, "_template", None)
    whatsapp.channel._heard[f"whatsapp:{ANN}"] = time.time() - 24 * 3600 - 1
    assert _remind(whatsapp, "How is your back today?") == []
    assert "24 h" in caplog.text


def test_the_window_is_known_after_a_restart_from_the_conversation(whatsapp: Twilio) -> None:
    whatsapp.say("heat", sender="+447700900444")
    whatsapp.channel._heard.clear()
    window = whatsapp.channel._is_in_window("whatsapp:+447700900444")
    assert whatsapp.served.run(window) is True


def test_nobody_who_never_wrote_is_in_the_window(whatsapp: Twilio) -> None:
    assert whatsapp.served.run(whatsapp.channel._is_in_window("whatsapp:+447700900555")) is False


def test_a_messaging_service_sends_when_it_is_the_sender(served: tuple[Served, FakeTwilio]) -> None:
    twilio = _fresh(*served, "sms")
    channel: Any = twilio.channel
    account, channel._account = channel._account, Account(sid=SID, token=AUTH_TOKEN, sender="MG" + "0" * 32)
    try:
        (sent,) = twilio.sent(twilio.form("echo:hello"))
    finally:
        channel._account = account
    assert sent["MessagingServiceSid"] == "MG" + "0" * 32
    assert "From" not in sent


# --- anything at all ------------------------------------------------------------------------------------------------

NAMES = st.sampled_from(
    "MessageSid From To Body NumMedia MediaContentType0 Latitude MessageStatus ErrorCode OptOutType AccountSid".split()
)
FORM = st.dictionaries(
    NAMES | st.text(max_size=8), st.text(max_size=40) | st.sampled_from([SID, ANN, "0", "1"]), max_size=9
)


@pytest.mark.parametrize("channel", ["sms", "whatsapp"])
def test_no_delivery_whatever_it_holds_makes_the_server_fail(served: tuple[Served, FakeTwilio], channel: str) -> None:
    twilio = Twilio(*served, channel)

    @settings(max_examples=1000, deadline=None, suppress_health_check=[HealthCheck.too_slow])
    @given(form=FORM)
    def deliver(form: dict[str, str]) -> None:
        safe = {
            key.encode("utf-8", "replace").decode(): value.encode("utf-8", "replace").decode()
            for key, value in form.items()
        }
        assert twilio.deliver(safe) in {200, 403}

    deliver()
