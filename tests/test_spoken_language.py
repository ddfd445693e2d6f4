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
        "j'ai mal au dos après la course",
        "minha coluna dói quando corro",
        "У меня болит спина после бега, что делать?",
        "спина болит",
        "привет",
        "跑步后腰痛怎么办",
        "走った後に腰が痛いです",
        "달리기 후에 허리가 아파요",
        "ظهري يؤلمني بعد الجري",
        "दौड़ने के बाद मेरी पीठ में दर्द है",
        "הגב שלי כואב אחרי ריצה",
        "πονάει η μέση μου",
        "ปวดหลังหลังวิ่ง",
        "у мене болить спина after running",
    ],
)
def test_another_language_is_told(text: str) -> None:
    assert is_foreign(text)


@pytest.mark.parametrize(
    "text",
    [
        "my back hurts after running, what should I do",
        "bck hurst aftr rnn",
        "what is the capital of france",
        "lowr bak is sooo sore aftr runing",
        "my bk is killin me m8",
        "ran in São Paulo and my back seized",
        "did the marathon in Zürich, back hurts since",
        "idk tbh",
        "bonjour my back hurts after running",
        "my back hurts 😭😭😭",
        "my back’s killing me",
        "lowr bak pian 😭😭",
        "parkrun saturday – knackered",
        "30° outside and my back hurts, said the доктор",
        "asdfgh",
        "what do physios say",
        "i cant do planks, bad wrists",
        "ok merci",
        "gracias",
        "café",
        "",
        "12",
        "👍",
        "?",
    ],
)
def test_english_and_short_texts_are_not(text: str) -> None:
    assert not is_foreign(text)
