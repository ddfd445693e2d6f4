"""Every answer, every referral and every fixed sentence on every platform."""

from __future__ import annotations

import html
import re
from typing import Any

import pytest
from everything_said import everything, knowledge_messages, led_messages, safety_messages
from rasa.shared.core.events import BotUttered, UserUttered

from backstride.channels.cards import Cards
from backstride.channels.messaging.choices import choice_meant, choices_of, offered_now
from backstride.channels.messaging.dialects import PLAIN, SLACK_MRKDWN, TELEGRAM_HTML, WHATSAPP_TEXT, without_marks
from backstride.channels.messaging.platform_limits import ALL, SMS
from backstride.channels.messaging.render import Part, Renderer
from backstride.channels.site import PICTURES
from backstride.knowledge import load_knowledge
from backstride.wording import load_wording

DIALECTS = {
    "telegram": TELEGRAM_HTML,
    "slack": SLACK_MRKDWN,
    "messenger": PLAIN,
    "sms": PLAIN,
    "whatsapp": WHATSAPP_TEXT,
}
CHANNELS = sorted(ALL)
URL = "https://back.example.org/webhooks/x/pictures"
WORDING = load_wording()
CARDS = Cards(load_knowledge(), WORDING, PICTURES)
# The GSM 03.38 alphabet; a sign outside it makes an SMS cost twice as much.
GSM = set(
    "@£$¥èéùìòÇ\nØø\rÅåΔ_ΦΓΛΩΠΨΣΘΞÆæßÉ !\"#¤%&'()*+,-./0123456789:;<=>?¡ABCDEFGHIJKLMNOPQRSTUVWXYZÄÖÑÜ§¿"
    "abcdefghijklmnopqrstuvwxyzäöñüà^{}\\[~]|€"
)


def renderer(channel: str) -> Renderer:
    url = None if channel == "sms" else URL
    return Renderer(ALL[channel], WORDING, CARDS, dialect=DIALECTS[channel], pictures_url=url)


RENDERERS = {channel: renderer(channel) for channel in CHANNELS}


def seen(parts: list[Part]) -> str:
    """What a person reads of some parts, without blanks and formatting."""
    text = " ".join(html.unescape(re.sub(r"</?b>", "", part.text)) for part in parts if part.picture is None)
    return re.sub(r"[\s\u200b]+", "", text)


@pytest.mark.parametrize("channel", CHANNELS)
def test_everything_that_is_said_fits_on_each_platform(channel: str) -> None:
    limits = ALL[channel]
    for name, message in everything():
        for part in RENDERERS[channel].parts(message):
            most = limits.caption if part.picture else limits.text
            assert limits.measure(part.text) <= most, name
            assert part.text or part.picture, name
            assert len(part.buttons) <= limits.buttons, name
            for button in part.buttons:
                assert limits.measure(button.title) <= limits.button_title, name
                assert len(button.id.encode()) <= limits.button_id_bytes, name


@pytest.mark.parametrize("channel", sorted(set(CHANNELS) - {"sms"}))
def test_no_word_is_lost_on_a_platform_that_shortens_nothing(channel: str) -> None:
    for name, message in everything():
        text = re.sub(r"\s+", "", without_marks(message.get("text") or "")).replace("\u200b", "")
        assert text in seen(RENDERERS[channel].parts(message)), name


@pytest.mark.parametrize("channel", CHANNELS)
def test_every_button_can_be_tapped_or_typed(channel: str) -> None:
    for name, message in everything():
        parts = RENDERERS[channel].parts(message)
        whole = {key: value for key, value in message.items() if key != "buttons"}
        event = BotUttered(whole.pop("text", None), {"buttons": message.get("buttons") or []}, metadata=whole)
        turn = [UserUttered("hello"), event]
        offered = offered_now(turn)
        # What a short SMS leaves out comes with "MORE".
        shown = [part.text for part in (*parts, *RENDERERS[channel].rest(turn))]
        tappable = {button.id for part in parts for button in part.buttons}
        for number, choice in enumerate(choices_of(message), 1):
            if choice.id in tappable:
                continue
            assert limits_buttons_are_missing(channel, number), name
            # Where a figure is asked for, a number is the answer: there the titles themselves are typed.
            sign, typed = ("-", choice.title) if message.get("ask") else (f"{number}.", str(number))
            assert any(f"{sign} {WORDS(channel, choice.title)}" in text for text in shown), name
            meant = choice_meant(typed, offered)
            assert meant is not None, name
            assert meant.payload == choice.payload, name


def limits_buttons_are_missing(channel: str, number: int) -> bool:
    return number > ALL[channel].buttons


def WORDS(channel: str, title: str) -> str:  # noqa: N802
    from backstride.channels.messaging.split import for_sms

    return DIALECTS[channel].format(for_sms(title) if channel == "sms" else title)


def _is_shortened(texts: list[str]) -> bool:
    return any(WORDING("chat_more") in text for text in texts)


@pytest.mark.parametrize("channel", CHANNELS)
def test_a_referral_is_one_message_with_a_number_to_call(channel: str) -> None:
    for name, message in safety_messages():
        if not message.get("urgency"):
            continue
        parts = RENDERERS[channel].parts(message)
        assert len(parts) == 1, name
        assert parts[0].is_urgent, name
        for number in message.get("numbers") or ():
            assert DIALECTS[channel].format(number["number"]) in parts[0].text, name


@pytest.mark.parametrize("channel", CHANNELS)
def test_a_referral_comes_first_when_something_else_was_said_before_it(channel: str) -> None:
    referral = next(message for name, message in safety_messages() if name.startswith("refer cauda_equina"))
    parts = RENDERERS[channel].turn([{"text": "Heat helps."}, referral, {"text": "Anything else?"}])
    assert [part.is_urgent for part in parts] == [True, False, False]


def test_a_short_answer_is_sent_by_sms_at_once() -> None:
    (part,) = RENDERERS["sms"].parts({"text": "Heat helps.", "knowledge": ["relief.heat"]})
    assert part.text == "Heat helps."


def test_a_long_answer_is_short_by_sms_and_the_rest_comes_when_asked_for() -> None:
    shortened = 0
    for name, message in knowledge_messages():
        parts = RENDERERS["sms"].parts(message)
        if not _is_shortened([part.text for part in parts]):
            continue
        shortened += 1
        assert len(parts) == 1, name
        assert len(parts[0].text) <= SMS.short_text + 60, name
        metadata = {key: value for key, value in message.items() if key not in ("text", "buttons")}
        event = BotUttered(message["text"], {"buttons": message["buttons"]}, metadata=metadata)
        rest = RENDERERS["sms"].rest([UserUttered("hi"), event])
        said = seen([Part(text=parts[0].text.removesuffix(WORDING("chat_more"))), *rest])
        assert re.sub(r"\s+", "", WORDS("sms", message["text"])) in said.replace(
            seen([Part(text=WORDING("chat_menu"))]), ""
        ), name
    assert shortened > 50


def test_a_plan_begins_with_the_plan_by_sms_and_its_menu_comes_with_the_rest() -> None:
    message = dict(led_messages())["plan empty"]
    (part,) = RENDERERS["sms"].parts(message)
    sections = message["plan"]
    assert sections[0]["lines"][0] in part.text
    assert part.text.endswith(WORDING("chat_more"))
    metadata = {key: value for key, value in message.items() if key not in ("text", "buttons")}
    event = BotUttered(message["text"], {"buttons": message["buttons"]}, metadata=metadata)
    rest = "\n".join(piece.text for piece in RENDERERS["sms"].rest([UserUttered("hi"), event]))
    assert sections[-1]["lines"][0] in rest
    assert f"1. {message['buttons'][0]['title']}" in rest


def test_whether_to_run_today_is_answered_with_its_step_by_sms() -> None:
    message = dict(led_messages())["running today empty"]
    (part,) = RENDERERS["sms"].parts(message)
    assert message["text"].split("\n\n")[1][:20] in part.text


def test_a_warning_or_question_is_never_shortened_by_sms() -> None:
    for name, message in safety_messages():
        assert not _is_shortened([part.text for part in RENDERERS["sms"].parts(message)]), name


def test_an_sms_holds_only_signs_of_its_alphabet() -> None:
    for name, message in everything():
        for part in RENDERERS["sms"].parts(message):
            assert set(part.text) <= GSM, (name, set(part.text) - GSM)


@pytest.mark.parametrize("channel", sorted(set(CHANNELS) - {"sms"}))
def test_an_exercise_comes_with_its_picture(channel: str) -> None:
    message = dict(knowledge_messages())["entry exercise.plank"]
    first, *_ = RENDERERS[channel].parts(message)
    assert first.picture is not None
    assert first.picture.url == f"{URL}/plank.png"
    assert "forearms" in first.picture.alt


def test_no_sms_has_a_picture() -> None:
    message = dict(knowledge_messages())["entry exercise.plank"]
    assert all(part.picture is None for part in RENDERERS["sms"].parts(message))


@pytest.mark.parametrize(
    ("channel", "shown"),
    [
        ("telegram", "<b>a&lt;b&gt;</b> &amp; *c*"),
        ("slack", "*a&lt;b&gt;* &amp; *\u200bc*\u200b"),
        ("messenger", "a<b> & *c*"),
        ("sms", "a<b> & *c*"),
        ("whatsapp", "*a<b>* & *\u200bc*\u200b"),
    ],
)
def test_formatting_is_the_platform_s_own_and_the_rest_is_escaped(channel: str, shown: str) -> None:
    (part,) = RENDERERS[channel].parts({"text": "**a<b>** & *c*"})
    assert part.text == shown


def test_titles_that_are_too_long_for_a_button_stand_in_full_in_the_text() -> None:
    message = {"text": "Pick:", "buttons": [{"title": "When should I see a doctor", "payload": "/a"}]}
    (part,) = RENDERERS["messenger"].parts(message)
    assert "1. When should I see a doctor" in part.text
    assert part.buttons[0].title == "1. When should I…"


def test_a_list_with_the_same_numbers_gets_no_second_menu() -> None:
    (part,) = RENDERERS["whatsapp"].parts(dict(knowledge_messages())["overview relief"])
    assert WORDING("chat_menu") not in part.text


def test_a_question_for_a_number_has_no_numbered_menu() -> None:
    buttons = [{"title": "Not sure", "payload": "/a"}, {"title": "Stop", "payload": "/b"}]
    (part,) = RENDERERS["whatsapp"].parts({"text": "How bad, 0 to 10?", "buttons": buttons, "ask": "pain"})
    assert part.text == f"How bad, 0 to 10?\n\n{WORDING('chat_menu_of_words')}\n- Not sure\n- Stop"


@pytest.mark.parametrize("message", [{}, {"text": None}, {"text": ""}, {"text": " \n "}, {"custom": {"a": 1}}])
@pytest.mark.parametrize("channel", CHANNELS)
def test_nothing_is_sent_when_a_message_says_nothing(channel: str, message: dict[str, Any]) -> None:
    assert RENDERERS[channel].parts(message) == []


@pytest.mark.parametrize("channel", CHANNELS)
def test_the_diary_s_picture_is_told_in_words(channel: str) -> None:
    chart = {"until": "2026-11-23", "alt": "Pain: 16 Nov 4, 20 Nov 3."}
    (part,) = RENDERERS[channel].parts({"text": "It is getting better.", "chart": chart})
    assert part.text == "It is getting better.\n\nPain: 16 Nov 4, 20 Nov 3."
