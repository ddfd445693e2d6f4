"""What the assistant says about an entry: put in order from the knowledge and the wording."""

from __future__ import annotations

import json
from typing import Any

import pytest

from backstride.answers import MAX_BUTTONS, Answer, Answers, payload
from backstride.knowledge import Article, Condition, Entry, Knowledge, load_knowledge
from backstride.wording import load_wording

CHECKED = {"on": "2026-11-23", "by": "the team"}


def entry(entry_id: str, **values: Any) -> Entry:
    """An entry with what must be there, and what a test cares for."""
    name = entry_id.partition(".")[2].replace("_", " ")
    given = {
        "id": entry_id,
        "title": f"Title {name}"[:24],
        "summary": f"summary of {name}",
        "answer": f"answer of {name}.",
        "why": f"because of {name}.",
        "evidence": {"says": "two trials.", "strength": "moderate"},
        "sources": [{"body": "NHS", "year": 2020}],
        "checked": CHECKED,
        **({"steps": ["do it"]} if entry_id.startswith("exercise.") else {}),
    }
    return Entry.parse_obj(given | values)


KNEE = Condition(id="knee", label="a sore knee", phrases=["bad knee"], general="Lie down instead.", see_first=False)
NERVE = Condition(
    id="nerve", label="a sore nerve", phrases=["nerve"], general="Ask first.", see_first=True, why_first="it may tug"
)
ENTRIES = [
    entry("cause.general", title="Why backs ache", answer="There are reasons."),
    entry("cause.load", title="Too much", names=["overdoing it", "lactic acid"], related=["relief.heat"]),
    entry("cause.posture", title="Running style", names=["posture"]),
    entry("relief.general", title="Easing it"),
    entry(
        "relief.heat",
        title="A warm compress",
        names=["heat", "hot water bottle"],
        steps=[{"text": "Wrap it.", "hold_seconds": 900}],
        dose="twice",
        cautions=["It can burn.", "Look at the skin."],
        sources=[{"body": "Cochrane", "year": 2006, "what": "a review"}, {"body": "NHS"}, {"body": "Third"}],
        related=["relief.massage", "exercise.roll", "cause.load"],
    ),
    entry(
        "relief.massage",
        title="Massage",
        correction="It flushes nothing out.",
        not_for=[{"condition": "knee", "why": "it presses"}],
        related=["relief.heat"],
    ),
    entry("relief.medicines", title="Painkillers", answer="A pharmacist can say.", names=["painkillers"]),
    entry(
        "relief.stretching",
        title="Gentle stretching",
        cautions=["Never bounce."],
        detail="Slowly.",
        related=["exercise.roll", "exercise.kneel"],
    ),
    entry(
        "exercise.roll",
        title="Knee rolls",
        how_long="Two minutes.",
        how_often="Three times a day.",
        steps=[
            {"text": "Lie down."},
            {"text": "Roll.", "hold_seconds": 2, "repetitions": 8, "each_side": True},
            {"text": "Turn.", "each_side": True},
            {"text": "Rest.", "repetitions": 3},
        ],
    ),
    entry("exercise.kneel", title="Half-kneeling lean", not_for=[{"condition": "knee", "why": "kneeling presses"}]),
    entry("prevent.general", title="Keeping it away"),
]
ARTICLES = (
    Article(title="The Effectiveness of Knee Braces", about="knee braces"),
    Article(title="Morning Runs and Wellness", about="running in the morning"),
    Article(title="Running and Colds", about="running with a cold"),
)


@pytest.fixture(scope="module")
def small() -> Answers:
    knowledge = Knowledge(
        entries={e.id: e for e in ENTRIES}, conditions={c.id: c for c in (KNEE, NERVE)}, articles=ARTICLES
    )
    return Answers(knowledge, load_wording())


@pytest.fixture(scope="module")
def real() -> Answers:
    return Answers(load_knowledge(), load_wording())


def titles(answer: Answer) -> list[str]:
    return [button.title for button in answer.buttons]


# --- an entry ----------------------------------------------------------------------------------------------------


def test_an_entry_has_point_steps_dose_caution_and_two_sources(small: Answers) -> None:
    answer = small.entry("relief.heat")

    assert answer.text.split("\n\n") == [
        "answer of heat.",
        "1. Wrap it. (hold 900 seconds)",
        "How much: twice",
        "Take care: It can burn.",
        "Source: Cochrane 2006; NHS",
    ]
    assert answer.knowledge == ("relief.heat",)
    assert answer.thread == "relief.heat"


def test_a_step_says_how_long_how_many_and_which_side(small: Answers) -> None:
    steps = small.entry("exercise.roll").text.split("\n\n")[1].splitlines()

    assert steps == [
        "1. Lie down.",
        "2. Roll. (hold 2 seconds, then the other side, 8 times each side)",
        "3. Turn. (then the other side)",
        "4. Rest. (3 times)",
    ]


def test_an_entry_offers_the_follow_ups_that_it_can_answer(small: Answers) -> None:
    assert titles(small.entry("relief.heat")) == ["Why?", "How often?", "Is it safe for me?", "Massage"]
    assert titles(small.entry("cause.posture")) == ["Why?"]


def test_an_unknown_entry_is_a_key_error(small: Answers) -> None:
    with pytest.raises(KeyError, match=r"relief\.heat"):
        small.entry("relief.heet")


# --- lists -------------------------------------------------------------------------------------------------------


def test_an_overview_lists_the_points_with_a_button_each(small: Answers) -> None:
    answer = small.overview("cause")

    assert "1. Too much: summary of load\n2. Running style: summary of posture" in answer.text
    assert answer.listed == ("cause.load", "cause.posture")
    assert answer.knowledge == ("cause.general", "cause.load", "cause.posture")
    assert [json.loads(b.payload.removeprefix("/choose_item"))["entry"] for b in answer.buttons] == list(answer.listed)


@pytest.mark.parametrize("group", ["cause", "relief", "prevent"])
def test_the_overviews_of_the_knowledge_file_have_five_points(real: Answers, group: str) -> None:
    answer = real.overview(group)

    assert len(answer.listed) == 5
    assert titles(answer) == [real._knowledge.entry(entry_id).title for entry_id in answer.listed]


def test_all_of_a_thread_is_its_whole_group(small: Answers) -> None:
    assert small.all_of("relief.heat").listed == (
        "relief.heat",
        "relief.massage",
        "relief.medicines",
        "relief.stretching",
    )
    assert small.all_of("relief.stretching").listed == ("exercise.roll", "exercise.kneel")


def test_all_of_nothing_is_the_menu(small: Answers) -> None:
    answer = small.all_of(None)

    assert [button.payload for button in answer.buttons] == [
        "/relief_general",
        "/cause_general",
        "/prevent_general",
        "/relief_see_doctor",
    ]
    assert not answer.knowledge


def test_stretches_leave_out_what_does_not_suit(real: Answers) -> None:
    everything = real.stretches()
    with_a_sore_knee = real.stretches(left_out_for=["knee_pain"])

    assert "exercise.half_kneeling_lean" in everything.listed
    assert "exercise.half_kneeling_lean" not in with_a_sore_knee.listed
    assert set(with_a_sore_knee.listed) < set(everything.listed)
    assert everything.knowledge == ("relief.stretching", *everything.listed)


def test_stretches_for_someone_whom_none_suits_say_why(real: Answers) -> None:
    answer = real.stretches(left_out_for=["pregnancy"])

    assert not answer.listed
    assert "pregnancy" in answer.text


def test_a_list_again_says_that_the_choice_is_not_on_it(small: Answers) -> None:
    answer = small.list_again(("relief.heat", "relief.massage"), "relief.general")

    assert answer.text.startswith("That one is not on my list")
    assert answer.listed == ("relief.heat", "relief.massage")
    assert answer.thread == "relief.general"


def test_a_list_again_without_a_list_is_the_menu(small: Answers) -> None:
    assert len(small.list_again((), None).buttons) == 4


def test_a_message_has_no_more_buttons_than_a_channel_shows(real: Answers) -> None:
    for entry_id in real._knowledge.entries:
        replies = (real.entry(entry_id), real.all_of(entry_id), real.how_to(entry_id), real.what_else(entry_id, ()))
        for answer in replies:
            assert len(answer.buttons) <= MAX_BUTTONS
            assert answer.text


# --- choosing ----------------------------------------------------------------------------------------------------

LISTED = ("relief.heat", "relief.massage", "relief.stretching")


@pytest.mark.parametrize(
    ("text", "meant"),
    [
        ("2", "relief.massage"),
        ("number 3 please", "relief.stretching"),
        ("the second one", "relief.massage"),
        ("2nd", "relief.massage"),
        ("the last one", "relief.stretching"),
        ("the final exercise", "relief.stretching"),
        ("top one", "relief.heat"),
        ("option b", "relief.massage"),
        ("c)", "relief.stretching"),
        ("(a)", "relief.heat"),
        ("one", "relief.heat"),
        ("Massage", "relief.massage"),
        ("the massage one", "relief.massage"),
        ("the hot water bottle one", "relief.heat"),
        ("masage", "relief.massage"),
        ("a warm compres", "relief.heat"),
        ("number 4", None),
        ("0", None),
        ("the tenth", None),
        ("1.5", None),
        ("that one", None),
        ("this one please", None),
        ("swimming", None),
        ("", None),
    ],
)
def test_a_choice_is_read_by_number_ordinal_letter_or_name(small: Answers, text: str, meant: str | None) -> None:
    assert small.choose(text, LISTED) == meant


def test_a_number_without_a_list_means_nothing(small: Answers) -> None:
    assert small.choose("2", ()) is None


def test_of_two_names_that_fit_alike_none_is_chosen(small: Answers) -> None:
    assert small.named_in("heat", ("relief.heat", "relief.heat")) == "relief.heat"
    assert small.named_in("heat or massage", ("relief.heat", "relief.massage")) == "relief.massage"
    assert small.named_in("knee rolls posture", ("cause.posture",)) == "cause.posture"


@pytest.mark.parametrize(
    ("text", "meant"),
    [
        ("is HEAT any good", "relief.heat"),
        ("would a hot water bottle or heat help", "relief.heat"),
        ("can i take painkillers", "relief.medicines"),
        ("whats a good painkiller for this", "relief.medicines"),
        ("my heater is broken", None),
        ("", None),
    ],
)
def test_an_entry_is_mentioned_by_its_whole_name(small: Answers, text: str, meant: str | None) -> None:
    assert small.mentioned_in(text, tuple(e.id for e in ENTRIES)) == meant


@pytest.mark.parametrize(
    ("asked", "text", "meant"),
    [
        ("relief.general", "can i take ibuprofen", "relief.medicines"),
        ("relief.general", "do i need a scan", None),
        ("relief.see_doctor", "do i need an MRI", "relief.scan"),
        ("relief.see_doctor", "when should i see somebody", None),
        # With the question whether to see a doctor nothing milder is named.
        ("relief.see_doctor", "it hurts when sleeping, should i see a doctor", None),
        ("cause.general", "is it a herniated disk or sciatica", "cause.disc_or_nerve"),
        # Has a question of its own.
        ("cause.general", "is it running style", None),
        ("prevent.general", "a warm-up", None),
    ],
)
def test_a_question_names_what_has_no_question_of_its_own(asked: str, text: str, meant: str | None) -> None:
    assert Answers(load_knowledge(), load_wording()).named_beside(asked, text) == meant


def test_an_overview_leaves_out_what_does_not_suit(small: Answers) -> None:
    assert "relief.massage" in small.overview("relief").listed
    without = small.overview("relief", left_out_for=["knee"])
    assert "relief.massage" not in without.listed
    assert "Massage" not in without.text


def test_opening_an_introduction_gives_its_overview(small: Answers) -> None:
    assert small.open("cause.general") == small.overview("cause")


def test_opening_stretching_gives_the_stretches(real: Answers) -> None:
    assert real.open("relief.stretching") == real.stretches()


def test_opening_what_does_not_suit_gives_the_warning(small: Answers) -> None:
    assert "kneeling presses" in small.open("exercise.kneel", left_out_for=["knee"]).text
    assert "Half-kneeling lean" not in small.open("exercise.roll", left_out_for=["knee"]).text


def test_readings_are_three_entries_at_most_and_else_the_menu(small: Answers) -> None:
    intents = ["affirm", "relief_heat", "relief_nothing", "relief_massage", "cause_load", "cause_posture"]

    assert titles(small.readings(intents)) == ["A warm compress", "Massage", "Too much"]
    assert small.readings(["affirm"]).buttons == small.menu_buttons()


# --- follow-up questions -----------------------------------------------------------------------------------------


def test_why_gives_reason_evidence_and_correction(small: Answers) -> None:
    assert small.why("relief.massage").text.split("\n\n") == [
        "because of massage.",
        "How sure is that? Fairly well studied. two trials.",
        "One thing people often get wrong: It flushes nothing out.",
    ]


def test_how_long_gives_the_entrys_own_words_and_the_holds(small: Answers) -> None:
    assert small.how_long("exercise.roll").text == 'Two minutes.\n\nHold times for Knee rolls: 2 seconds at "Roll"'


def test_how_long_without_any_time_says_so(small: Answers) -> None:
    assert "Nobody has a fixed number for Running style" in small.how_long("cause.posture").text


def test_how_often_gives_the_entrys_own_words_else_its_dose(small: Answers) -> None:
    assert small.how_often("exercise.roll").text == "Three times a day."
    assert small.how_often("relief.heat").text == "twice"


def test_how_often_of_an_exercise_without_a_number_is_general(small: Answers) -> None:
    assert "no fixed number for Half-kneeling lean" in small.how_often("exercise.kneel").text


def test_how_often_of_anything_else_without_a_number_names_none(small: Answers) -> None:
    assert small.how_often("relief.medicines").text == "A pharmacist can say."


def test_no_question_about_medicines_is_answered_with_an_amount(real: Answers) -> None:
    thread = "relief.medicines"
    answers = [real.entry(thread), real.how_often(thread), real.how_long(thread), real.how_to(thread), real.why(thread)]

    for answer in answers[:3]:
        for amount in ("mg", "milligram", "once or twice", "times a day", "every four hours", "tablets a day"):
            assert amount not in answer.text.casefold()


def test_how_to_gives_the_steps(small: Answers) -> None:
    assert small.how_to("exercise.roll") == small.entry("exercise.roll")


def test_how_to_without_steps_lists_the_exercises(small: Answers) -> None:
    answer = small.how_to("relief.stretching")

    assert answer.listed == ("exercise.roll", "exercise.kneel")
    assert answer.text.startswith("Slowly.")


def test_how_to_without_steps_or_exercises_says_it_in_short(small: Answers) -> None:
    assert "Running style has no fixed steps" in small.how_to("cause.posture").text


def test_is_it_safe_for_anyone_gives_all_cautions_and_exclusions(small: Answers) -> None:
    assert small.is_it_safe("relief.heat", []).text == "Before you try A warm compress: It can burn. Look at the skin."
    assert small.is_it_safe("relief.massage", []).text == "Not for people with a sore knee."
    assert "no special warning for Running style" in small.is_it_safe("cause.posture", []).text


def test_a_cause_is_nothing_that_one_tries(real: Answers) -> None:
    text = real.is_it_safe("cause.general", []).text
    assert text.startswith("Leg weakness")
    assert "Before you try" not in text


def test_is_it_safe_with_an_excluded_condition_says_why(small: Answers) -> None:
    text = small.is_it_safe("relief.massage", [KNEE]).text

    assert 'With a sore knee, better leave out "Massage", because it presses.' in text
    assert "Lie down instead." in text


def test_is_it_safe_with_a_condition_that_is_seen_first(small: Answers) -> None:
    assert "please ask your doctor" in small.is_it_safe("relief.heat", [NERVE]).text
    assert "because it may tug" in small.is_it_safe("exercise.roll", [NERVE]).text


def test_is_it_safe_with_an_unlisted_condition_promises_nothing(small: Answers) -> None:
    text = small.is_it_safe("relief.heat", [KNEE]).text

    assert text.startswith("I have no warning about a sore knee for A warm compress.")
    assert "safe" not in text.casefold()


def test_is_it_safe_with_two_conditions_speaks_of_both(small: Answers) -> None:
    text = small.is_it_safe("relief.massage", [KNEE, NERVE]).text

    assert "a sore knee" in text
    assert "a sore nerve" in text


def test_what_else_gives_what_was_not_shown_yet(small: Answers) -> None:
    answer = small.what_else("relief.heat", {"relief.massage", "relief.heat"})

    assert answer.listed == ("exercise.roll", "cause.load", "relief.medicines", "relief.stretching")
    assert answer.thread == "relief.heat"


def test_what_else_when_all_was_shown_gives_the_menu(small: Answers) -> None:
    answer = small.what_else("cause.posture", [e.id for e in ENTRIES])

    assert answer.text == "That was all I know about Running style."
    assert len(answer.buttons) == 4


def test_where_from_names_sources_date_and_the_missing_clinician(small: Answers) -> None:
    text = small.where_from("relief.heat").text

    assert "A warm compress comes from: Cochrane, 2006, a review; NHS; Third." in text
    assert "Last checked on 2026-11-23 by the team. A clinician has not reviewed it yet." in text


def test_where_from_names_the_clinician_who_reviewed_it() -> None:
    reviewed = entry("cause.load", checked=CHECKED | {"clinician": "Dr A. Example"})
    answers = Answers(Knowledge(entries={reviewed.id: reviewed}, conditions={}), load_wording())

    assert "Reviewed by Dr A. Example." in answers.where_from("cause.load").text


# --- articles ----------------------------------------------------------------------------------------------------


@pytest.mark.parametrize(
    ("text", "title"),
    [
        ("is there an article about knee braces", "The Effectiveness of Knee Braces"),
        ("The one on MORNING running?", "Morning Runs and Wellness"),
        ("running with a cold", "Running and Colds"),
    ],
)
def test_an_article_is_named_by_its_title_and_nothing_more(small: Answers, text: str, title: str) -> None:
    answer = small.article(text)

    assert f'I only know the title "{title}"' in answer.text
    assert len(answer.buttons) == 4


@pytest.mark.parametrize("text", ["anything on swimming", "what articles do you have", "something about running", ""])
def test_an_article_that_is_not_known_gives_all_titles(small: Answers, text: str) -> None:
    answer = small.article(text)

    assert answer.text.startswith("I have not read any other article.")
    assert all(article.title in answer.text for article in ARTICLES)


def test_every_title_of_the_knowledge_file_finds_its_own_article(real: Answers) -> None:
    for article in real._knowledge.articles:
        assert f'"{article.title}"' in real.article(f"have you read {article.title}").text
        assert f'"{article.title}"' in real.article(f"is there an article about {article.about}?").text


def test_no_articles_at_all() -> None:
    assert "I have not read" in Answers(Knowledge(entries={}, conditions={}), load_wording()).article("braces").text


# --- what has people move -----------------------------------------------------------------------------------------


@pytest.mark.parametrize(
    ("thread", "moves"),
    [
        ("exercise.roll", True),
        ("return.walk_run_ladder", True),
        ("relief.stretching", True),
        ("relief.keep_running", True),
        ("prevent.strengthen", True),
        ("relief.heat", False),
        (None, False),
    ],
)
def test_an_answer_knows_whether_it_has_people_move(thread: str | None, moves: bool) -> None:
    assert Answer(text="x", thread=thread).is_exercise is moves


def test_a_payload_is_an_intent_with_entities_as_rasa_reads_it() -> None:
    assert payload("ask_why") == "/ask_why"
    assert payload("choose_item", entry="relief.heat") == '/choose_item{"entry": "relief.heat"}'


@pytest.mark.parametrize(
    ("text", "exercise"),
    [
        ("bird dog", "exercise.bird_dog"),
        ("Bird-dogs?", "exercise.bird_dog"),
        ("how do i do a plank", "exercise.plank"),
        ("show me the knee rolls please", "exercise.knee_rolls"),
        ("child's pose", "exercise.bottom_to_heels"),
        ("can i walk my dog", None),
        ("stretches", None),
        ("how do i do it", None),
        ("", None),
    ],
)
def test_an_exercise_is_asked_for_by_its_bare_name(real: Answers, text: str, exercise: str | None) -> None:
    assert real.asked_by_name(text) == exercise


def test_every_title_of_an_exercise_asks_for_it(real: Answers) -> None:
    exercises = [entry for entry in load_knowledge().of_group("exercise") if not entry.id.endswith(".general")]
    assert [entry.id for entry in exercises if real.asked_by_name(entry.title) != entry.id] == []


def test_the_question_just_answered_is_not_offered_again(real: Answers) -> None:
    assert "/ask_why" not in [button.payload for button in real.why("relief.heat").buttons]
