"""SMS and WhatsApp: everything else that people send."""

from __future__ import annotations

import pytest
from fake_twilio import ANN, form_of
from scripted_server import SENTENCE
from twilio_chat import Twilio

from backstride.wording import load_wording

WORDING = load_wording()


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


def test_an_sms_at_the_whatsapp_address_is_logged_and_not_answered_to_a_wrong_number(
    whatsapp: Twilio, caplog: pytest.LogCaptureFixture
) -> None:
    assert whatsapp.sent(form_of("heat", sender=ANN)) == []
    assert "an SMS came to the whatsapp webhook" in caplog.text
    assert ANN not in caplog.text
