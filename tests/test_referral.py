"""The cards that a person reads, and the numbers on them."""

from __future__ import annotations

import itertools
import re
from pathlib import Path

import pytest
from hypothesis import example, given, settings
from hypothesis import strategies as st

from backstride.errors import KnowledgeError
from backstride.referral import (
    Card,
    CardNumber,
    CountryReader,
    load_numbers,
    numbers_text,
    referral,
    signpost,
    titles,
)
from backstride.triage import Sign, State, Urgency, load_red_flags, triage

KNOWLEDGE = Path(__file__).parents[1] / "knowledge"
RULES = load_red_flags(KNOWLEDGE)
NUMBERS = load_numbers(KNOWLEDGE)
READER = CountryReader(NUMBERS)
FLAGS = [flag.id for flag in RULES.flags]
COUNTRIES = [None, "uk", "us", "nz", "in"]
EMERGENCY = {"uk": "999", "us": "911", "nz": "111", "in": "112"}
# Where first aid or a crisis line is part of the action, a card may be longer.
LONGER = {"heat_stroke", "overdose", "self_harm"}

EXERCISE = re.compile(
    r"\b(?:exercis\w*|stretch\w*|plank\w*|squat\w*|lunge\w*|bridge\w*|sit-?ups?|press-?ups?|push-?ups?|warm-?ups?|yoga"
    r"|pilates|massag\w*|foam|knee rolls?|pelvic tilts?|cat-cow|strengthen\w*|repetitions?|reps)\b",
    re.IGNORECASE,
)
DIAGNOSIS = re.compile(
    r"\byou (?:have|may have|might have|probably|likely|are fine|are ok|are safe|suffer)\b"
    r"|\byour (?:risk|condition|diagnosis)\b|\bdiagnos\w*|\bdetect\w*|\bassess\w*|\bpredict\w*|\blikely\b|\bprobably\b"
    r"|\b(?:sounds|looks) like\b|\bit is (?:only|just)\b|\bthis is (?:a|an|not)\b|\bnothing (?:serious|to worry)\b"
    r"|\bsafe to\b|\bcleared to\b|\d\s?mg\b",
    re.IGNORECASE,
)


def card_of(*mentions: str, country: str | None = None) -> Card:
    """Turn "cancer+past_cancer" into a present sign, and all of them into a card."""
    signs = []
    for mention in mentions:
        flag, *tags = mention.split("+")
        signs.append(Sign(flag, State.PRESENT, "", frozenset(tags)))
    return referral(triage(signs, RULES), RULES, NUMBERS, country)


def all_words(card: Card) -> str:
    return "\n".join([card.heading, card.text(), card.closing, card.again])


@pytest.mark.parametrize("country", COUNTRIES)
@pytest.mark.parametrize("flag", FLAGS)
def test_every_card_signposts_and_neither_diagnoses_nor_trains(flag: str, country: str | None):
    words = all_words(card_of(flag, country=country))
    assert not EXERCISE.search(words)
    assert not DIAGNOSIS.search(words)
    assert "{" not in words
    assert flag == "self_harm" or re.search(r"^People .* advised to ", words, re.MULTILINE)


@pytest.mark.parametrize("country", COUNTRIES)
@pytest.mark.parametrize("flag", FLAGS)
def test_every_card_says_what_to_do_in_its_first_words(flag: str, country: str | None):
    card = card_of(flag, country=country)
    first_words = " ".join(card.text().split()[:6])
    match card.urgency:
        case Urgency.EMERGENCY_NOW:
            expected = f"Call {EMERGENCY[country]} now" if country else "Call your local emergency number now"
        case Urgency.SAME_DAY:
            expected = "Call your midwife" if flag == "pregnancy" else "Get medical advice today"
        case _:
            expected = "Book a"
    assert first_words.startswith(expected)
    assert card.text().splitlines()[0] == card.first


@pytest.mark.parametrize("country", COUNTRIES)
@pytest.mark.parametrize("flag", [flag.id for flag in RULES.flags if flag.urgency is Urgency.EMERGENCY_NOW])
def test_an_emergency_card_is_short_and_holds_nothing_after_what_to_do_meanwhile(flag: str, country: str | None):
    card = card_of(flag, country=country)
    assert card.text().splitlines() == [card.first, card.why, *card.meanwhile]
    assert len(card.text().split()) <= (80 if flag in LONGER else 65) - (12 if country else 0)


@pytest.mark.parametrize("rule", [rule for rule in RULES.rules if rule.leads], ids=lambda rule: rule.id)
def test_first_aid_stands_on_the_card_in_few_words(rule):
    signs = [Sign(rule.flag, State.PRESENT, tags=rule.alternatives[0]), Sign("heart", State.PRESENT)]
    card = referral(triage(signs, RULES), RULES, NUMBERS, None)
    assert card.meanwhile[:-1] == rule.meanwhile
    assert card.why == rule.why
    assert len(card.text().split()) - len(card.meanwhile[-1].split()) <= 80


@pytest.mark.parametrize("flag", FLAGS)
def test_a_card_that_is_no_emergency_ends_with_when_to_call(flag: str):
    card = card_of(flag, country="uk")
    if card.urgency is not Urgency.EMERGENCY_NOW:
        assert card.text().splitlines()[-1] == card.closing
        assert "Call 999" in card.closing
        assert len(card.text().split()) <= 95


@pytest.mark.parametrize("rule", RULES.rules, ids=lambda rule: rule.id)
def test_the_card_of_a_rule_gives_the_rules_reason(rule):
    words = rule.alternatives[0]
    card = card_of(
        "+".join([rule.flag, *(word for word in words if word not in FLAGS)]),
        *(word for word in words if word in FLAGS),
    )
    if card.flags[0] == rule.flag and rule.flag != "self_harm":
        assert rule.why in card.text()
    assert not EXERCISE.search(all_words(card))
    assert not DIAGNOSIS.search(all_words(card))


@pytest.mark.parametrize("pair", itertools.combinations(FLAGS, 2), ids="+".join)
def test_every_pair_of_signs_gives_a_card(pair: tuple[str, str]):
    for country in (None, "nz"):
        card = card_of(*pair, country=country)
        assert card.flags[0] in pair
        assert "{" not in all_words(card)
        assert not EXERCISE.search(all_words(card))
        assert not DIAGNOSIS.search(all_words(card))


@settings(max_examples=100)
@given(
    st.lists(
        st.builds(
            Sign,
            st.sampled_from(FLAGS),
            st.just(State.PRESENT),
            st.just(""),
            st.frozensets(st.sampled_from(sorted(RULES.tags)), max_size=3),
        ),
        min_size=1,
        max_size=5,
    ),
    st.sampled_from([None, *(country.id for country in NUMBERS.countries), "atlantis"]),
)
def test_any_conversation_and_any_country_give_a_card_that_starts_with_the_action(signs, country):
    card = referral(triage(signs, RULES), RULES, NUMBERS, country)
    assert card.first.split()[0] in {"Call", "Get", "Book", "Talk", "Tell"}
    assert card.urgency is triage(signs, RULES).urgency


def test_nothing_present_gives_no_card():
    with pytest.raises(ValueError, match="warning sign"):
        referral(triage([Sign("heart", State.ASK)], RULES), RULES, NUMBERS, None)


# What is on a card


def test_a_card_in_full():
    card = card_of("cauda_equina", country="uk")
    assert card.heading == "Get emergency help now"
    assert card.first == "Call 999 now (emergency number in the UK), or go to A&E."
    assert card.again == "Call 999 now, or go to A&E."
    assert "between the legs" in card.why
    assert card.meanwhile == ("Do not drive yourself.",)
    assert card.numbers == (CardNumber("Emergency, the UK", "999"), CardNumber("Emergency, the UK", "112"))
    assert card.sources == ("NHS, 2025", "GIRFT, 2023", "IFOMPT, 2020")


@pytest.mark.parametrize(
    "mentions",
    ["heart", "lung", "aortic_dissection", "aortic_aneurysm", "major_injury", "upper_back+chest", "infection+confused"],
)
def test_nobody_is_sent_on_their_own_way_who_should_wait_for_an_ambulance(mentions: str):
    card = card_of(mentions, country="uk")
    assert "ask for an ambulance" in card.first
    assert "A&E" not in card.first


def test_a_heat_card_cools_first():
    card = card_of("heat_stroke", country="us")
    assert card.again == "Call 911 now and start cooling."
    assert any("shade" in line for line in card.meanwhile)


def test_a_crisis_card_is_about_the_person_and_not_about_backs():
    for country, line in (
        ("uk", "116 123"),
        ("ie", "116 123"),
        ("us", "988"),
        ("ca", "988"),
        ("au", "13 11 14"),
        ("nz", "1737"),
    ):
        card = card_of("self_harm", country=country)
        assert line in card.text()
        assert line in [number.number for number in card.numbers]
        assert "back" not in card.text()
        assert "stay with them" in card.text()
    assert "crisis line" in card_of("self_harm", country="eu").text()
    assert "988 in the US and Canada" in card_of("self_harm").text()


def test_someone_who_cannot_cope_is_given_someone_to_talk_to_today():
    card = card_of("self_harm+mild", country="uk")
    assert card.first == "Talk to someone today: Samaritans on 116 123, or your doctor."
    assert "Call 999 at once" in card.closing


@pytest.mark.parametrize("mentions", [("overdose+intent",), ("overdose", "self_harm"), ("heart", "self_harm")])
def test_a_crisis_line_stands_on_the_card_whichever_sign_leads(mentions: tuple[str, ...]):
    card = card_of(*mentions, country="uk")
    assert card.flags[0] in {"overdose", "heart"}
    assert "Samaritans on 116 123" in card.text()
    assert "harming yourself" not in card.text()


def test_an_overdose_by_mistake_names_no_crisis_line():
    assert "Samaritans" not in card_of("overdose", country="uk").text()


def test_a_card_tells_of_the_other_urgent_signs_but_not_of_small_ones():
    card = card_of("cauda_equina", "infection", "persistent", country="uk")
    assert card.meanwhile[-1] == "Tell them this too: Fever, shivers or feeling very unwell."
    assert card.flags == ("cauda_equina", "infection", "persistent")


def test_a_crisis_card_only_adds_an_emergency():
    assert "Tell them" not in card_of("self_harm", "upper_back").text()
    assert "Tell them this too: Numb" in card_of("self_harm", "cauda_equina").text()


def test_a_multiplier_and_small_signs_give_their_own_reason():
    assert "who are also pregnant" in card_of("persistent", "pregnancy+mild").why
    assert "advised to be seen today" in card_of("persistent", "pregnancy+mild").why
    assert "several small warning signs" in card_of("first_episode_over_50", "persistent").why


def test_a_mild_ache_in_pregnancy_goes_to_the_midwife_within_days():
    card = card_of("pregnancy+mild")
    assert card.first.startswith("Tell your midwife or doctor within a few days")


# Numbers and countries


def test_without_a_country_the_local_number_comes_first_and_examples_second():
    first = card_of("heart").first
    assert (
        first.index("local emergency number") < first.index("112 in the EU") < first.index("911 in the US and Canada")
    )
    assert "999 in the UK" in first
    assert "000 in Australia" in first
    assert [number.number for number in card_of("heart").numbers] == ["112", "911", "999", "000"]


def test_no_nhs_line_is_named_to_anybody_outside_the_uk():
    for country in NUMBERS.countries:
        text = all_words(card_of("upper_back", country=country.id)) + numbers_text(country.id, NUMBERS)
        assert ("NHS" in text) == (country.id == "uk")
    assert "NHS" not in all_words(card_of("upper_back"))


def test_111_is_urgent_advice_in_the_uk_and_the_emergency_number_in_new_zealand():
    uk_today, uk_now = card_of("upper_back", country="uk"), card_of("heart", country="uk")
    nz_today, nz_now = card_of("upper_back", country="nz"), card_of("heart", country="nz")
    assert "111" in uk_today.first
    assert "111" not in uk_now.text()
    assert "Call 999" in uk_today.closing
    assert nz_now.first.startswith("Call 111 now")
    assert "111" not in nz_today.first.replace("0800 611 116", "")
    assert "Call 111" in nz_today.closing
    assert "111" not in [number.number for number in uk_now.numbers]
    assert "111" in [number.number for number in nz_now.numbers]


@pytest.mark.parametrize("country", NUMBERS.countries, ids=lambda country: country.id)
def test_a_number_nobody_has_verified_never_stands_alone(country):
    first = card_of("heart", country=country.id).first
    number = country.emergency[0].number
    if country.emergency[0].verified:
        assert first.startswith(f"Call {number} now")
        assert country.where in first
    else:
        assert first.startswith("Call your local emergency number now")
        assert f"({number}" in first
        assert "please check" in numbers_text(country.id, NUMBERS)


def test_every_verified_number_names_its_source():
    for country in NUMBERS.countries:
        for number in (*country.emergency, country.urgent, country.crisis):
            assert number is None or number.verified == (number.source != "none yet")


def test_an_unknown_country_id_counts_as_no_country():
    assert card_of("heart", country="atlantis") == card_of("heart")
    assert numbers_text("atlantis", NUMBERS) == numbers_text(None, NUMBERS)


def test_numbers_of_a_country():
    assert numbers_text("uk", NUMBERS).splitlines() == [
        "Emergency in the UK: 999 or 112.",
        "Urgent, but no emergency: the NHS urgent line, 111.",
        "Someone to talk to in a crisis: Samaritans, 116 123.",
    ]
    assert numbers_text("sg", NUMBERS) == "Emergency in Singapore: 995."
    assert numbers_text("id", NUMBERS).count(" or ") == 2
    assert numbers_text(None, NUMBERS).startswith("In an emergency, call your local emergency number (for example 112")


@pytest.mark.parametrize(
    ("text", "country"),
    [
        ("UK", "uk"),
        ("uk please", "uk"),
        ("in the uk", "uk"),
        ("I'm in New Zealand", "nz"),
        ("im in nz btw", "nz"),
        ("here in the uk", "uk"),
        ("we are currently living in Scotland and he can't feel his legs", "uk"),
        ("i live in northern ireland", "uk"),
        ("Ireland", "ie"),
        ("Hi, I live in Ireland.", "ie"),
        ("US", "us"),
        ("USA", "us"),
        ("the US", "us"),
        ("the us", "us"),
        ("I'm in the US right now", "us"),
        ("I ask because I'm in Sweden", "eu"),
        ("I am in the U.S.", "us"),
        ("in US", "us"),
        ("my back went. i'm in america", "us"),
        ("what number do i call in australia?", "au"),
        ("who do I ring here in Canada", "ca"),
        ("I'm on holiday in Spain and can't move", "eu"),
        ("i'm in india", "in"),
        ("India", "in"),
        ("back pain since sunday, uk here", "uk"),
        ("Living in Germany, no english doctor", "de"),
        ("We're back home in France now", "eu"),
        ("i'm in new south wales", "au"),
        ("I am in New  Zealand", "nz"),
        ("the  us", "us"),
        ("my back is bad\n\nI'm in Canada\n", "ca"),
        ("Stuck in Dubai with this", "ae"),
        ("my legs are numb. stuck in Dubai", "ae"),
        # "us" is not a country
        ("us", None),
        ("HELP US", None),
        ("they told us to run", None),
        ("it happened to both of us in the end", None),
        ("MY BACK HURTS SO I AM IN US", None),
        # mentioned, but not where they are
        ("I raced in Spain last week", None),
        ("I'm from Ireland", None),
        ("flew home from New Zealand yesterday, now breathless", None),
        ("I'm not in the UK", None),
        ("when I'm in the UK I run on grass", None),
        ("I used to live in Canada", None),
        ("I was living in Japan", None),
        ("my brother lives in India", None),
        ("I'm training for a marathon in Australia", None),
        ("shoes made in China", None),
        ("I'm in pain", None),
        ("", None),
        # two at once
        ("I live in Spain but I'm in the UK now", None),
        # a name inside another word
        ("I'm in Indiana", None),
        ("I'm in Chinatown", None),
    ],
)
def test_a_country_counts_when_somebody_says_they_are_there(text: str, country: str | None):
    assert READER.read(text) == country


@pytest.mark.parametrize("country", NUMBERS.countries, ids=lambda country: country.id)
def test_every_name_of_a_country_is_understood(country):
    for alias in (*country.aliases, *country.exact):
        assert READER.read(alias) == country.id
        assert READER.read(f"I'm in {alias} and my back hurts") == country.id


@settings(max_examples=100)
@given(st.text(max_size=200))
@example("İndia")
@example("ıreland")
@example("\n" * 5000)
def test_any_text_is_read_without_an_error(text: str):
    assert READER.read(text) in {None, *(country.id for country in NUMBERS.countries)}


names = st.sampled_from([alias for country in NUMBERS.countries for alias in (*country.aliases, *country.exact)])
pieces = st.sampled_from(
    ["I'm in ", "the ", "i live in ", "here in ", "\u00e9", "K", "_", ". ", " ", "ring ", "\n", "in"]
)


@given(st.lists(names | pieces | names.map(str.upper), max_size=6).map("".join))
@example("\u00e9uk")
@example("\u00dfuk")
@example("I'm in the U.S.")
def test_the_first_look_hides_no_country(text: str):
    thorough = CountryReader(NUMBERS)
    thorough._first_words = frozenset(re.findall(r"\w+", text.lower(), re.ASCII))

    assert READER.read(text) == thorough.read(text)


# Small words around a referral


def test_titles_and_signpost():
    assert (
        titles(["heart", "lung"], RULES)
        == "Chest pain, chest pressure or a collapse; Short of breath, or breathing in stabs"
    )
    assert signpost("persistent", RULES).endswith("are advised to be seen within a few days.")


def test_no_text_around_a_referral_diagnoses_or_trains():
    texts = RULES.texts.dict()
    # These speak of exercises only to say that there are none.
    hold = [texts.pop(name) for name in tuple(texts) if name.startswith("no_exercises") or name == "left"]
    for text in (*texts.values(), *(each.why for each in RULES.multipliers), RULES.screening.none_reply):
        assert not EXERCISE.search(text)
        assert not DIAGNOSIS.search(text)
    assert not any(DIAGNOSIS.search(text) for text in hold)
    assert all(not DIAGNOSIS.search(each.calm) for each in RULES.multipliers)


# The file


def load_changed(tmp_path: Path, old: str, new: str):
    text = (KNOWLEDGE / "emergency_numbers.yml").read_text(encoding="utf-8")
    assert old in text
    (tmp_path / "emergency_numbers.yml").write_text(text.replace(old, new, 1), encoding="utf-8")
    return load_numbers(tmp_path)


@pytest.mark.parametrize(
    ("old", "new", "message"),
    [
        ("  - id: ie\n", "  - id: uk\n", "uk: the id 'uk' is taken"),
        ("aliases: [canada]", "aliases: [canada, england]", "ca: 'england' already stands for 'uk'"),
        ("    where: the UK\n    al", "    al", "where' is missing"),
        (
            "    aliases: [canada]\n    hospital: an",
            "    aliases: [canada]\n    hospitals: an",
            "hospitals' is unknown",
        ),
        (
            '    emergency:\n      - {number: "120", verified: false, source: none yet}',
            "    emergency: []",
            "at least one emergency",
        ),
        ("{name: healthdirect, number", "{number", "give the line a name"),
        ("{name} on {number}", "{name} on {phone}", "it fills in phone; the words it may fill in: {name}, {number}"),
        (
            "Which country are you in",
            "Which {country} are you in",
            "ask_country: it fills in country; the words it may fill in: none",
        ),
        ("an emergency department\n  urgent", "the {hospital}\n  urgent", "hospital: it fills in hospital"),
    ],
)
def test_a_mistake_in_the_file_is_named(tmp_path: Path, old: str, new: str, message: str):
    with pytest.raises(KnowledgeError) as failure:
        load_changed(tmp_path, old, new)
    assert message in str(failure.value)
    assert re.search(r"emergency_numbers\.yml:\d+: ", str(failure.value))
