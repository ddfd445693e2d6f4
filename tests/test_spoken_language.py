"""Whether a message that was not understood is in another language."""

from __future__ import annotations

import pytest

from backstride.spoken_language import is_foreign


@pytest.mark.parametrize(
    "text",
    [
        "Mein Rücken tut nach dem Laufen sehr weh, was soll ich tun?",
        "me duele la espalda después de correr, ¿qué puedo hacer?",
        "j'ai mal au dos après la course, que dois-je faire maintenant",
        "mi fa male la schiena dopo la corsa, cosa posso fare",
    ],
)
def test_another_language_is_told(text: str) -> None:
    assert is_foreign(text)


@pytest.mark.parametrize(
    "text",
    [
        "my back hurts after running, what should I do",
        "what is the capital of france",
        "lowr bak is sooo sore aftr runing",
        "asdfgh",
        "ok merci",
        "gracias",
        "",
        "12",
    ],
)
def test_english_and_short_texts_are_not(text: str) -> None:
    assert not is_foreign(text)
