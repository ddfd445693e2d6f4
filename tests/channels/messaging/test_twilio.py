"""SMS and WhatsApp: what is answered and how, against Twilio's API on the loopback interface."""

from __future__ import annotations

import logging

import pytest
from fake_twilio import ANN, NUMBER
from twilio_chat import Twilio

from backstride.wording import load_wording

WORDING = load_wording()


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
    *_, last = twilio.say("heat")
    if WORDING("chat_more") in last:
        twilio.say("more")
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


@pytest.mark.parametrize("number", ["1", "2", "the second one"])
def test_a_number_of_a_menu_that_was_not_sent_brings_the_menu(sms: Twilio, number: str) -> None:
    sms.say("heat")
    handled = len(sms.served.agent.handled)
    (rest,) = sms.say(number)
    assert "1. Why?" in rest
    assert len(sms.served.agent.handled) == handled
    sms.say("1")
    assert sms.served.agent.handled[-1] == "/ask_why"


def test_the_numbers_of_a_menu_count_once_more_was_asked_for(sms: Twilio) -> None:
    sms.say("heat")
    sms.say("more")
    sms.say("2")
    assert sms.served.agent.handled[-1] != "2"
    assert sms.served.agent.handled[-1].startswith("/")


def test_the_title_of_a_button_counts_before_its_menu_was_sent(sms: Twilio) -> None:
    sms.say("heat")
    sms.say("Why?")
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


def test_yes_is_an_answer_although_twilio_takes_it_for_a_word_that_opts_in(sms: Twilio) -> None:
    """It may be the answer to "any numbness when you wipe?"."""
    sms.say("yes", OptOutType="START")
    assert sms.served.agent.handled[-1] == "yes"


def test_who_opts_out_by_a_word_of_the_messaging_service_gets_no_more_reminders(twilio: Twilio) -> None:
    before = len(twilio.served.agent.handled)
    assert twilio.say("arret", OptOutType="STOP") == [WORDING("chat_stop")]
    assert len(twilio.served.agent.handled) == before
