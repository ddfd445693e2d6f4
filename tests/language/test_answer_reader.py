"""Reading messages as answers to the questions of a led conversation."""

from __future__ import annotations

import shutil
from datetime import date
from functools import lru_cache
from pathlib import Path
from typing import Any

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from backstride.errors import KnowledgeError
from backstride.guided import Heard, Mention, Said
from backstride.interview import Command, Reading
from backstride.language.answer_reader import AnswerReader, load_answer_reader
from backstride.language.entities import EntityReader, load_entity_words
from backstride.language.message_parts import Parts, parts_of
from backstride.settings import ROOT

MONDAY = date(2026, 11, 23)


@lru_cache(maxsize=1)
def reader() -> AnswerReader:
    return load_answer_reader()


@lru_cache(maxsize=1)
def entities() -> EntityReader:
    return EntityReader(load_entity_words())


def mentions(text: str) -> tuple[Mention, ...]:
    found = entities().read(text, MONDAY)
    return tuple(Mention(entity=item.entity, value=item.value, role=item.role) for item in found)


def read(text: str, asking: str, *, intent: str = "nlu_fallback", name: str = "check_in", **more: Any) -> Reading:
    heard = Heard(text=text, intent=intent, confidence=0.9, mentions=mentions(text), today=MONDAY, **more)
    return reader().read(name, heard, asking)


@pytest.mark.parametrize(
    ("asking", "text", "reply"),
    [
        ("pain", "6", 6),
        ("pain", "about a 7 i guess", 7),
        ("pain", "7/10", 7),
        ("pain", "not too bad", 2),
        ("pain", "agony", 8),
        ("pain", "0", 0),
        ("pain", "I should say four", 4),
        ("pain", "3 standing, 6 bending", 6),
        ("pain", "two days, easing", None),
        ("pain", "since 2 days now really bad", 8),
        ("pain", "2 days", None),
        ("legs", "no no legs are just tired", "none"),
        ("legs", "no, my legs are perfectly well", "none"),
        ("trend", "it is much the same", "same"),
        ("trend", "sometimes better sometimes worse", "comes_and_goes"),
        ("run", "i ran twice as far as normal", ("longer",)),
        ("habits", "i drive a van all day", ("sits",)),
        ("habits", "strength twice a week, standing desk", ("none",)),
        ("pain", "11", None),
        ("pain", "blue", None),
        ("place", "down low, near the belt", ("lower",)),
        ("place", "between my shoulder blades", ("between_shoulder_blades",)),
        ("place", "left hand side", ("one_side_left",)),
        ("place", "lower back and left hip", ("lower", "hip_left")),
        ("place", "left hip", ("hip_left",)),
        ("place", "lower back, more on the right", ("lower", "one_side_right")),
        ("since", "3 weeks", 21),
        ("since", "yesterday", 1),
        ("since", "a few days", 3),
        ("since", "ages", 60),
        ("since", "5", 5),
        ("since", "about ten days, actually two weeks", 14),
        ("place", "left, no wait, right side", ("one_side_right",)),
        ("trend", "a bit better every day", "better"),
        ("trend", "not changed", "same"),
        ("trend", "on and off", "comes_and_goes"),
        ("trend", "its getting worse", "worse"),
        ("legs", "no", "none"),
        ("legs", "legs are fine", "none"),
        ("run", "way further than usual, and hilly", ("longer", "hillier")),
        ("run", "just my usual loop", ("usual",)),
        ("run", "first one in ages", ("first_in_a_while",)),
        ("run", "intervals at the track", ("faster",)),
        ("setup", "no", ("none",)),
        ("setup", "didn't warm up and my shoes are dead", ("no_warm_up", "shoes")),
        ("habits", "desk job", ("sits",)),
        ("habits", "i sit all day and never lift", ("sits", "no_strength")),
        ("habits", "neither", ("none",)),
        ("pain", "3 now but 8 before", 3),
        ("pain", "it's 3 now but was at 8 before", 3),
        ("pain", "8 before, now it's 3", 3),
        ("pain", "was an 8 before", None),
        ("legs", "no nothing in my legs, is that what a slipped disc would do?", "none"),
        ("legs", "in short, no", "none"),
        ("run", "short and slow", ("usual",)),
        ("run", "14 km over the hills", ("hillier",)),
        ("habits", "retired", None),
        ("habits", "I've never done any strength work", ("no_strength",)),
    ],
)
def test_an_answer_is_read(asking: str, text: str, reply: object) -> None:
    assert read(text, asking).reply == reply


@pytest.mark.parametrize(
    ("text", "command"),
    [
        ("why?", Command.WHY),
        ("why do you want to know", Command.WHY),
        ("skip", Command.SKIP),
        ("dunno", Command.SKIP),
        ("i don't know", Command.SKIP),
        ("rather not say", Command.SKIP),
        ("wait why", Command.WHY),
        ("carry on where we were", Command.RESUME),
        ("let's continue from where we left off", Command.RESUME),
        ("go back", Command.BACK),
        ("just the back", Command.NONE),
        ("only my back really", Command.NONE),
        ("stop", Command.STOP),
        ("enough questions", Command.STOP),
        ("blue", Command.NONE),
    ],
)
def test_a_command_is_read(text: str, command: Command) -> None:
    assert read(text, "trend").command is command


def test_a_long_story_with_the_word_stop_is_no_command() -> None:
    text = "it started when i had to stop at the traffic lights and my back seized up on me"
    assert read(text, "trend").command is Command.NONE


def test_one_message_tells_many_answers() -> None:
    told = read(
        "did 18k on sunday, my longest in the last month was 12k, lower back 6/10 since then, slowly getting better, "
        "legs are fine, straight out the door without a warm up, desk job and no gym",
        "",
    ).told
    assert told["pain"] == 6
    assert told["place"] == ("lower",)
    assert (told["last_run_km"], told["longest_run_km"]) == (18, 12)
    assert told["trend"] == "better"
    assert told["legs"] == "none"
    assert told["setup"] == ("no_warm_up",)
    assert told["habits"] == ("sits", "no_strength")


@pytest.mark.parametrize(
    "text",
    [
        "my back hurts",
        "should i rest or keep running",
        "i like long runs",
        "it hurts when i sit",
        "is stretching good",
        "my gym is closed today",
    ],
)
def test_ordinary_talk_tells_nothing_of_the_run_and_the_habits(text: str) -> None:
    assert not {"run", "setup", "habits", "trend", "legs"} & read(text, "").told.keys()


def test_the_last_of_earlier_messages_counts() -> None:
    earlier = [Said(text=text, mentions=mentions(text)) for text in ("pain is 7/10", "now it is 4/10")]
    assert reader().told_before("check_in", earlier)["pain"] == 4


def test_a_bare_distance_is_in_kilometres() -> None:
    assert read("8", "longest_run_km", name="how_far").reply == 8


def test_miles_are_remembered_as_miles() -> None:
    assert read("my longest run was 8 miles", "longest_run_km", name="how_far").told["unit"] == "mi"


@pytest.mark.parametrize(
    "text", ["in short, it hurts", "slow runs only", "i'm retired", "a good book", "form and function"]
)
def test_an_everyday_word_is_no_answer_unless_it_is_asked_for(text: str) -> None:
    assert read(text, "legs").told == {}


@pytest.mark.parametrize("text", ["was an 8 before", "on friday it was a 7", "it was a 6 yesterday"])
def test_a_score_that_is_over_is_not_the_pain_now(text: str) -> None:
    assert read(text, "trend").told == {}


@pytest.mark.parametrize(
    ("text", "told"),
    [
        ("no sorry, middle", {"place": ("middle",)}),
        ("no sorry it was the usual loop but faster", {"run": ("faster",)}),
    ],
)
def test_a_no_that_takes_back_answers_nothing(text: str, told: dict[str, object]) -> None:
    reading = read(text, "setup")
    assert (reading.reply, reading.told, reading.corrects) == (None, told, True)


def test_what_it_is_not_is_told_apart() -> None:
    reading = read("actually it's the lower back, not one side", "")
    assert (reading.told, reading.denied) == ({"place": ("lower",)}, {"place": ("one_side",)})


@pytest.mark.parametrize("text", ["actually it was 4", "make that 4", "sorry, i meant 4/10", "sorry, 4 not 7"])
def test_a_score_is_corrected(text: str) -> None:
    reading = read(text, "trend")
    assert (reading.corrects, reading.told.get("pain")) == (True, 4)


def test_a_question_about_a_topic_is_other() -> None:
    assert read("is heat any good?", "pain", intent="relief_heat").is_other


def test_an_answer_that_looks_like_a_topic_is_an_answer() -> None:
    reading = read("no warm up", "setup", intent="cause_no_warm_up")
    assert (reading.reply, reading.is_other) == (("no_warm_up",), False)


def test_an_answer_with_a_question_is_both() -> None:
    reading = read("6, should i rest?", "pain", intent="relief_keep_running")
    assert (reading.reply, reading.is_other) == (6, True)


def test_goodbye_leaves() -> None:
    assert read("bye then", "pain", intent="goodbye").leaves


def test_thanks_is_no_answer_and_no_miss() -> None:
    reading = read("thanks", "pain", intent="thanks")
    assert (reading.reply, reading.is_other, reading.is_reply) == (None, False, False)


def test_asking_for_the_check_in_while_it_is_open_is_no_miss() -> None:
    reading = read("make me a plan pls", "pain", intent="start_check_in")
    assert (reading.reply, reading.is_other, reading.is_reply) == (None, False, False)


@pytest.mark.parametrize(
    ("choice", "reading"),
    [
        ("check_in:place:lower", Reading(reply=("lower",))),
        ("check_in:command:skip", Reading(command=Command.SKIP)),
        ("check_in:show:summary", Reading(shows="summary")),
        ("check_in:pain:mild", Reading(told={"pain": 2}, corrects=True)),
        ("check_in:place:nowhere", Reading()),
        ("how_far:start", Reading(is_other=True)),
    ],
)
def test_a_tapped_button_is_read(choice: str, reading: Reading) -> None:
    assert reader().read("check_in", Heard(choice=choice, today=MONDAY), "place") == reading


@pytest.mark.parametrize(
    ("name", "text", "starts"),
    [
        ("return_to_run", "can i run today", True),
        ("return_to_run", "should I go for a run tonight?", True),
        ("return_to_run", "am i ready to run again", True),
        ("return_to_run", "why do people run", False),
        ("return_to_run", "should i keep running with back pain", False),
        ("how_far", "how far can i go", True),
        ("how_far", "how many miles should i do tomorrow", True),
        ("how_far", "how long does it take", False),
        ("return_to_run", "can I run?", True),
        ("return_to_run", "my back was a 2 on the last run and fine the next morning, can i run?", True),
        ("return_to_run", "can I run with back pain", False),
        ("return_to_run", "I'm on week 3 of the ladder", True),
        ("how_far", "how far", True),
        ("how_far", "how far is the pharmacy from here", False),
    ],
)
def test_what_begins_a_conversation(name: str, text: str, starts: bool) -> None:  # a table's column
    assert reader().starts(name, Heard(text=text, intent="nlu_fallback", today=MONDAY)) is starts


@settings(max_examples=60)
@given(st.text(max_size=200), st.sampled_from(["pain", "place", "since", "trend", "run", "habits", ""]))
def test_any_text_is_read_without_a_fault(text: str, asking: str) -> None:
    read(text, asking)


def test_a_phrase_that_breaks_the_syntax_is_named_with_its_line(tmp_path: Path) -> None:
    shutil.copytree(ROOT / "knowledge", tmp_path / "knowledge")
    path = tmp_path / "knowledge" / "questionnaires.yml"
    text = path.read_text(encoding="utf-8")
    path.write_text(text.replace("says: [mild,", "says: [mild .., "), encoding="utf-8")
    with pytest.raises(KnowledgeError, match=r"questionnaires\.yml:\d+: check_in/pain/mild/says.*leave the dots out"):
        load_answer_reader(tmp_path / "knowledge")


# --- what is said, what is asked --------------------------------------------------------------------------------------


@pytest.mark.parametrize(
    ("text", "said", "asks"),
    [
        ("5, but is heat any good?", "5", True),
        ("lower back and how long does it last", "lower back", True),
        ("is getting better", "is getting better", False),
        ("when i sit", "when i sit", False),
        ("the left side?", "the left side?", False),
        ("tell me about shoes", "", True),
        ("did a faster run, can't bend", "did a faster run, can't bend", False),
        ("should i rest", "", True),
    ],
)
def test_a_question_is_told_from_what_is_said(text: str, said: str, asks: bool) -> None:
    parts = parts_of(text)
    assert (parts.said, parts.asks) == (said, asks)


def test_questions_are_told_apart() -> None:
    text = "my back hurts since sunday. is heat any good, and what shoes should i get?"
    questions = ("is heat any good", "what shoes should i get?")
    assert parts_of(text) == Parts(said="my back hurts since sunday.", questions=questions)


def test_a_question_is_no_answer() -> None:
    assert read("is heat good?", "trend", intent="relief_heat").reply is None


@pytest.mark.parametrize("text", ["no warm up", "no heating before", "no idea what that is about legs"])
def test_what_only_begins_with_no_is_no_all_clear(text: str) -> None:
    assert read(text, "legs").reply is None


@pytest.mark.parametrize("text", ["no", "nope", "no not really", "none of that, thanks", "no just my back", "n"])
def test_a_plain_no_is_one(text: str) -> None:
    assert read(text, "legs", intent="deny").reply == "none"


@pytest.mark.parametrize(
    "text", ["how long should i leave it on", "when can i stop", "should i skip breakfast", "i left it out"]
)
def test_a_word_within_a_sentence_is_no_command(text: str) -> None:
    assert read(text, "trend", intent="relief_heat").command is Command.NONE


@pytest.mark.parametrize(
    ("text", "command"),
    [
        ("ok stop please", Command.STOP),
        ("no more questions", Command.STOP),
        ("just give me the plan", Command.FINISH),
        ("skip the rest", Command.FINISH),
        ("what do you mean by that", Command.EXPLAIN),
        ("how many more questions", Command.HOW_MANY),
        ("i don't understand the question", Command.EXPLAIN),
        ("can't say", Command.SKIP),
    ],
)
def test_a_whole_message_is_a_command(text: str, command: Command) -> None:
    assert read(text, "legs").command is command


@pytest.mark.parametrize(
    ("asking", "text", "reply"),
    [
        ("trend", "wrse", "worse"),
        ("run", "lngr", ("longer",)),
        ("habits", "dsk", ("sits",)),
        ("place", "lowr", ("lower",)),
        ("run", "1 and 3", ("longer", "hillier")),
        ("run", "1,2", ("longer", "faster")),
        ("trend", "better. well, strictly speaking the same", "same"),
        ("pain", "5. no, actually 4.", 4),
        ("pain", "not too bad", 2),
    ],
)
def test_an_answer_in_haste_is_read(asking: str, text: str, reply: object) -> None:
    assert read(text, asking).reply == reply


@pytest.mark.parametrize(
    ("text", "told"),
    [
        ("old shoes and no warm up", {"setup": ("no_warm_up", "shoes")}),
        ("i sit on a chair nearly all day", {"habits": ("sits",)}),
        ("longer", {"run": ("longer",)}),
        ("same", {"trend": "same"}),
        ("none", {}),
    ],
)
def test_a_few_words_answer_another_question_where_they_fit_only_one(text: str, told: dict[str, object]) -> None:
    assert read(text, "since").told == told


def test_a_topic_stays_one_until_its_question_was_left_out() -> None:
    assert read("footwear", "trend", intent="prevent_venue_shoes").told == {}
    heard = Heard(text="footwear", intent="prevent_venue_shoes", confidence=0.9, today=MONDAY)
    assert reader().read("check_in", heard, "trend", {"setup": None}).told == {"setup": ("shoes",)}


@pytest.mark.parametrize(
    ("text", "choice"),
    [
        ("tingling", "check_in:legs:numb"),
        ("both", "check_in:legs:both"),
        ("pain in my calf", "check_in:legs:one_leg"),
        ("no tingling", ""),
        ("both legs feel fine", ""),
        ("is tingling bad?", ""),
    ],
)
def test_a_word_about_the_legs_counts_as_its_button(text: str, choice: str) -> None:
    assert reader().typed_choice("check_in", "legs", text) == choice


def test_a_sign_in_a_message_answers_the_question_about_the_legs() -> None:
    assert read("my left foot tingles", "legs", flags=("leg_symptoms",)).reply == "numb"


def test_an_answer_for_a_question_about_a_sign_is_none_here() -> None:
    reading = read("no", "legs", intent="deny", is_for_safety=True)
    assert (reading.reply, reading.command) == (None, Command.NONE)


def test_a_deed_is_no_answer() -> None:
    assert read("log my pain: 4 before, 6 after", "pain", intent="log_diary") == Reading(is_other=True)


def test_a_story_begins_the_check_in_and_a_question_does_not() -> None:
    story = "my lower back hurts since friday, 4/10, what should i do"
    begun = Heard(text=story, intent="relief_general", mentions=mentions(story), today=MONDAY)
    assert reader().starts("check_in", begun)
    assert not reader().starts("check_in", Heard(text="what helps a sore lower back", intent="relief_general"))


@pytest.mark.parametrize(
    ("text", "complains"),
    [
        ("my back hurts since sunday, also what shoes should i get", True),
        ("back pain after my 10k, should i use heat or ice", True),
        ("is heat good for back pain", False),
        ("what shoes should i buy", False),
    ],
)
def test_a_complaint_beside_a_question_is_heard(text: str, complains: bool) -> None:
    assert reader().complains("check_in", text) is complains


# --- several answers, several places ----------------------------------------------------------------------------------


@pytest.mark.parametrize(
    ("asking", "text", "reply", "told"),
    [
        ("pain", "5, lower back, same", 5, {"place": ("lower",), "trend": "same"}),
        ("pain", "6, lower, yesterday, getting worse", 6, {"place": ("lower",), "since": 1, "trend": "worse"}),
        ("trend", "better, no, longer", "better", {"run": ("longer",)}),
        ("run", "longer, hilly", ("longer", "hillier"), {}),
        # Only what was asked is answered by a number, a yes or a no; half a sentence answers nothing in passing.
        ("pain", "4, no, bad when sitting", 4, {}),
        ("pain", "lower back, same", None, {"place": ("lower",), "trend": "same"}),
    ],
)
def test_a_row_of_answers_goes_to_the_questions_in_their_order(
    asking: str, text: str, reply: object, told: dict[str, object]
) -> None:
    reading = read(text, asking)
    assert (reading.reply, reading.told) == (reply, told)


def test_a_row_gives_no_all_clear_for_the_legs() -> None:
    assert "legs" not in read("same, no, nothing", "trend").told


def test_answers_out_of_turn_are_told() -> None:
    told = read("it was worst on sunday, so two days, easing", "pain").told
    assert told["trend"] == "better"
    assert "since" in told


def test_a_word_of_the_first_message_is_no_answer() -> None:
    assert read("back hurts after track practice", "").told == {}


def test_what_was_said_before_is_no_miss() -> None:
    assert read("well like i said, it was this morning or so", "trend").repeats


@pytest.mark.parametrize(
    ("text", "hinted"),
    [
        ("it's getting worse", ("severe_or_worsening",)),
        ("worse", ("severe_or_worsening",)),
        ("getting worse every day", ()),
        ("worse, i can't sleep", ()),
        ("better", ()),
    ],
)
def test_a_plain_answer_hints_at_no_more_than_its_button(text: str, hinted: tuple[str, ...]) -> None:
    chosen = reader().plainly_chosen("check_in", "trend", text)
    assert tuple(flag for option in chosen for flag in option.hints) == hinted


@pytest.mark.parametrize(
    ("text", "rules_out"),
    [
        ("legs feel normal to me", True),
        ("no, legs are fine", True),
        ("only my back", True),
        ("legs feel normal but my feet tingle", False),
        ("both legs", False),
    ],
)
def test_a_plain_no_about_the_legs_rules_their_signs_out(text: str, *, rules_out: bool) -> None:
    chosen = reader().plainly_chosen("check_in", "legs", text)
    assert any("both_legs" in option.rules_out for option in chosen) is rules_out


@pytest.mark.parametrize(
    ("text", "place"),
    [
        ("my lower back and left hip are sore", ("lower", "hip_left")),
        ("pain in my lower back, left hip too", ("lower", "hip_left")),
        ("lower back, on the left", ("lower", "one_side_left")),
        ("i had a hip replacement", None),
    ],
)
def test_places_are_told_together(text: str, place: object) -> None:
    assert read(text, "").told.get("place") == place


@pytest.mark.parametrize("text", ["10k, normally 5", "did 10 km instead of 5", "ran 10k, my usual is 5k"])
def test_what_is_usual_is_told_beside_the_run(text: str) -> None:
    told = read(text, "run").told
    assert (told.get("last_run_km"), told.get("usual_run_km")) == (10, 5)


@pytest.mark.parametrize("text", ["did 10k, normally 5 times a week", "did 10k, the pain is usually 5", "normally 5"])
def test_not_every_usual_number_is_a_distance(text: str) -> None:
    assert read(text, "run").told.get("usual_run_km") != 5


# What people say to each question, in many voices: statements are answers, and no other subject.
IN_MANY_VOICES = [
    ("pain", "manageable", 2),
    ("pain", "it's bearable", 2),
    ("pain", "hurts a fair bit", 5),
    ("pain", "about half way", 5),
    ("pain", "it's not great", 5),
    ("pain", "annoying but ok", 2),
    ("pain", "pretty sore", 5),
    ("pain", "quite sore", 5),
    ("pain", "quite painful", 5),
    ("pain", "really sore", 8),
    ("pain", "i can live with it", 2),
    ("pain", "just a dull ache", 2),
    ("pain", "can't stand up straight", 8),
    ("pain", "hurts like hell", 8),
    ("pain", "nothing right now", 0),
    ("pain", "tolerable", 2),
    ("pain", "it's a nuisance", 2),
    ("pain", "i've had worse", 2),
    ("pain", "so-so", 5),
    ("pain", "stings a bit", 2),
    ("pain", "it's pretty bad", 8),
    ("pain", "not so bad", 2),
    ("pain", "not that bad", 2),
    ("pain", "could be worse", 2),
    ("pain", "bad enough", 5),
    ("pain", "a good six", 6),
    ("pain", "hardly anything", 2),
    ("pain", "a tad", 2),
    ("pain", "kills me", 8),
    ("pain", "unbearable", 8),
    ("place", "all over", ("whole",)),
    ("place", "where the belt sits", ("lower",)),
    ("place", "just above my bum on the right", ("lower", "one_side_right")),
    ("place", "right above the hips", ("lower",)),
    ("place", "across the bottom", ("lower",)),
    ("place", "my waist", ("lower",)),
    ("place", "down at the base", ("lower",)),
    ("place", "small of my back", ("lower",)),
    ("place", "kidney area", ("lower",)),
    ("place", "behind the ribs", ("middle",)),
    ("place", "left of the spine", ("one_side_left",)),
    ("place", "in my glute", ("buttock",)),
    ("place", "the dimples", ("lower",)),
    ("place", "up top", ("upper",)),
    ("height", "low", "lower"),
    ("height", "near the belt", "lower"),
    ("height", "half way up", "middle"),
    ("height", "around the ribs", "middle"),
    ("height", "lower down", "lower"),
    ("height", "just above the hip", "lower"),
    ("height", "it's more in the middle", "middle"),
    ("since", "it came on monday", 7),
    ("since", "started at the weekend", 2),
    ("since", "this morning", 0),
    ("since", "a good fortnight", 14),
    ("since", "just today", 0),
    ("since", "ten days or so", 10),
    ("trend", "its hanging around", "same"),
    ("trend", "no change really", "same"),
    ("trend", "bit better each day", "better"),
    ("trend", "not shifting", "same"),
    ("trend", "won't go away", "same"),
    ("trend", "on the mend", "better"),
    ("trend", "getting there", "better"),
    ("trend", "up and down", "comes_and_goes"),
    ("trend", "feels a little easier today", "better"),
    ("trend", "easing off", "better"),
    ("trend", "it's calmer now", "better"),
    ("trend", "still there", "same"),
    ("trend", "not improving", "same"),
    ("trend", "not any better", "same"),
    ("trend", "no worse no better", "same"),
    ("trend", "some days fine some days not", "comes_and_goes"),
    ("trend", "about the same", "same"),
    ("trend", "it's going down", "better"),
    ("trend", "less than it was", "better"),
    ("trend", "it lingers", "same"),
    ("trend", "seems to be settling", "better"),
    ("trend", "more and more", "worse"),
    ("trend", "building up", "worse"),
    ("trend", "it's stuck", "same"),
    ("trend", "comes back every run", "comes_and_goes"),
    ("legs", "legs feel normal to me", "none"),
    ("legs", "nah legs are grand", "none"),
    ("legs", "nowt in my legs", "none"),
    ("legs", "they ache a bit from the run", "none"),
    ("legs", "nothing like that", "none"),
    ("legs", "only my back", "none"),
    ("legs", "legs ok", "none"),
    ("legs", "legs are good", "none"),
    ("legs", "just tired", "none"),
    ("legs", "just my usual tired legs", "none"),
    ("legs", "legs alright", "none"),
    ("legs", "no leg trouble", "none"),
    ("legs", "none of that", "none"),
    ("legs", "all good below", "none"),
    ("legs", "not that i noticed", "none"),
    ("legs", "nothing down there", "none"),
    ("legs", "all clear", "none"),
    ("run", "i went with the club and they go quicker than me", ("faster",)),
    ("run", "it had more hills", ("hillier",)),
    ("run", "just the usual loop round the park", ("usual",)),
    ("run", "i hadnt run for weeks", ("first_in_a_while",)),
    ("run", "since the race", ("faster",)),
    ("run", "it was a race", ("faster",)),
    ("run", "ran with faster friends", ("faster",)),
    ("run", "i pushed it a bit", ("faster",)),
    ("run", "went for a pb", ("faster",)),
    ("run", "added a couple of k", ("longer",)),
    ("run", "went too far", ("longer",)),
    ("run", "overdid it", ("longer",)),
    ("run", "did a bit more than i should", ("longer",)),
    ("run", "my regular 5k", ("usual",)),
    ("run", "same old", ("usual",)),
    ("run", "nothing out of the ordinary", ("usual",)),
    ("run", "bog standard", ("usual",)),
    ("run", "lots of climbing", ("hillier",)),
    ("run", "trail race with big climbs", ("faster", "hillier")),
    ("run", "i'm just starting out", ("first_in_a_while",)),
    ("run", "came back after a break", ("first_in_a_while",)),
    ("run", "my first ever run", ("first_in_a_while",)),
    ("run", "hadn't been out in ages", ("first_in_a_while",)),
    ("run", "park run flat out", ("faster",)),
    ("run", "nothing new", ("usual",)),
    ("run", "easy jog", ("usual",)),
    ("run", "gentle", ("usual",)),
    ("run", "it was a long one", ("longer",)),
    ("run", "ran the whole way for the first time", ("longer",)),
    ("run", "couldn't keep up", ("faster",)),
    ("run", "intervals", ("faster",)),
    ("setup", "I had my good trainers on", ("none",)),
    ("setup", "i always do some stretching first", ("none",)),
    ("setup", "shoes are ok, no warm up though", ("no_warm_up",)),
    ("setup", "i warmed up properly", ("none",)),
    ("setup", "yes i warmed up", ("none",)),
    ("setup", "ran on the beach", ("ground",)),
    ("setup", "my usual shoes", ("none",)),
    ("setup", "same shoes as always", ("none",)),
    ("setup", "nothing changed", ("none",)),
    ("setup", "brand new nikes", ("shoes",)),
    ("setup", "the pavement was icy", ("ground",)),
    ("setup", "wet grass", ("ground",)),
    ("setup", "usual route", ("none",)),
    ("setup", "shoes have 900 km on them", ("shoes",)),
    ("setup", "trainers are falling apart", ("shoes",)),
    ("setup", "just set off", ("no_warm_up",)),
    ("setup", "went straight into it", ("no_warm_up",)),
    ("setup", "got tired and hunched over", ("slumped",)),
    ("setup", "i was bent over at the end", ("slumped",)),
    ("setup", "my form goes when i'm tired", ("slumped",)),
    ("setup", "cobbles", ("ground",)),
    ("setup", "forest path instead of road", ("ground",)),
    ("setup", "treadmill at the gym", ("ground",)),
    ("setup", "new insoles", ("shoes",)),
    ("setup", "carbon shoes", ("shoes",)),
    ("setup", "decent shoes, flat road", ("none",)),
    ("setup", "proper running shoes", ("none",)),
    ("setup", "comfy shoes", ("none",)),
    ("setup", "don't warm up ever", ("no_warm_up",)),
    ("setup", "cold start", ("no_warm_up",)),
    ("setup", "ten minutes walking first", ("none",)),
    ("setup", "all as usual", ("none",)),
    ("setup", "all normal", ("none",)),
    ("setup", "not that i know", ("none",)),
    ("setup", "old shoes", ("shoes",)),
    ("setup", "bought them last week", ("shoes",)),
    ("setup", "not really", ("none",)),
    ("habits", "i work from home so chair all day", ("sits",)),
    ("habits", "i do pilates on thursdays", ("none",)),
    ("habits", "im a nurse so on my feet", ("none",)),
    ("habits", "i drive a lorry", ("sits",)),
    ("habits", "neither really, i lift weights", ("none",)),
    ("habits", "bit of both", ("sits", "no_strength")),
    ("habits", "both", ("sits", "no_strength")),
    ("habits", "computer job", ("sits",)),
    ("habits", "student so yeah lots of sitting", ("sits",)),
    ("habits", "i just run", ("no_strength",)),
    ("habits", "no gym", ("no_strength",)),
    ("habits", "gym twice a week", ("none",)),
    ("habits", "i'm a builder", ("none",)),
    ("habits", "wfh", ("sits",)),
    ("habits", "taxi driver", ("sits",)),
    ("habits", "i stand all day", ("none",)),
    ("habits", "couch potato", ("sits",)),
    ("habits", "i should do more strength", ("no_strength",)),
    ("habits", "planks now and then", ("none",)),
    ("habits", "crossfit", ("none",)),
    ("habits", "i hate the gym", ("no_strength",)),
    ("habits", "never lifted a weight", ("no_strength",)),
    ("habits", "on my feet all day", ("none",)),
    ("habits", "walk a lot at work", ("none",)),
    ("habits", "bodyweight stuff at home", ("none",)),
    ("habits", "screen all day", ("sits",)),
    ("habits", "i don't do any weights", ("no_strength",)),
    ("habits", "office", ("sits",)),
    ("habits", "kettlebells", ("none",)),
]


@pytest.mark.parametrize(("asking", "text", "reply"), IN_MANY_VOICES)
def test_a_statement_is_an_answer_in_many_voices(asking: str, text: str, reply: object) -> None:
    said = read(text, asking).reply
    assert (set(said) if isinstance(said, tuple) else said) == (set(reply) if isinstance(reply, tuple) else reply)


@pytest.mark.parametrize("text", ["not that bad", "it isn't bad", "not improving"])
def test_a_denied_word_is_no_near_miss_of_itself(text: str) -> None:
    assert read(text, "pain").reply != 8
    assert read(text, "trend").reply != "better"


@pytest.mark.parametrize(
    ("text", "intent"),
    [
        ("i work from home so chair all day", "prevent_posture"),
        ("the pavement was icy", "prevent_venue_shoes"),
        ("i always do some stretching first", "prevent_warm_up"),
        ("my desk is a bit low", "prevent_posture"),
        ("had my mum's old bike out too", "prevent_load"),
        ("yeah i lift weights", "prevent_strengthen"),
    ],
)
def test_a_statement_is_no_other_subject_while_a_question_is_open(text: str, intent: str) -> None:
    assert not read(text, "pain", intent=intent).is_other


@pytest.mark.parametrize(
    ("text", "intent"),
    [
        ("massage", "relief_massage"),
        ("stretches please", "relief_stretching"),
        ("i want to know about heat", "relief_heat"),
        ("i need some exercises", "prevent_strengthen"),
        ("tell me about shoes", "prevent_venue_shoes"),
        ("i heard heat helps", "relief_heat"),
        ("is the pavement bad for me?", "prevent_venue_shoes"),
    ],
)
def test_a_wish_is_another_subject_while_a_question_is_open(text: str, intent: str) -> None:
    assert read(text, "pain", intent=intent).is_other


@pytest.mark.parametrize(
    ("asking", "text", "reply"),
    [
        ("trend", "btr", "better"),
        ("trend", "wrs", "worse"),
        ("run", "lngr", ("longer",)),
        ("pain", "lol about 11 out of 10 jk more like 6", 6),
        ("legs", "in leg no have nothing", "none"),
        ("setup", "no my shoes are fine", ("none",)),
    ],
)
def test_a_thumb_in_haste_a_joke_and_another_tongue_are_read(asking: str, text: str, reply: object) -> None:
    assert read(text, asking).reply == reply


@pytest.mark.parametrize(
    ("asking", "text", "command"),
    [
        ("pain", "what does 10 feel like", Command.EXPLAIN),
        ("pain", "is a 4 bad", Command.EXPLAIN),
        ("pain", "what is mean scale", Command.EXPLAIN),
        ("place", "whats lower back exactly", Command.EXPLAIN),
        ("pain", "does it matter", Command.WHY),
    ],
)
def test_a_question_about_the_question_is_no_other_subject(asking: str, text: str, command: Command) -> None:
    reading = read(text, asking)
    assert (reading.command, reading.reply, dict(reading.told)) == (command, None, {})


@pytest.mark.parametrize(
    ("asking", "text", "told"),
    [
        ("height", "sorry i meant right", {"place": ("one_side_right",)}),
        ("habits", "actually it was also hilly", {"run": ("hillier",)}),
    ],
)
def test_a_correction_in_few_words_goes_to_the_question_that_it_answers(
    asking: str, text: str, told: dict[str, object]
) -> None:
    reading = read(text, asking)
    assert (reading.reply, dict(reading.told)) == (None, told)


@pytest.mark.parametrize("text", ["it's nothing really", "nothing serious"])
def test_playing_it_down_is_not_no_pain(text: str) -> None:
    assert read(text, "pain").reply == 2


@pytest.mark.parametrize(("text", "is_reply"), [("ok", False), ("ok then", False), ("okay blue", True), ("yes", True)])
def test_a_nod_is_no_miss(text: str, is_reply: bool) -> None:
    assert read(text, "place").is_reply is is_reply


def test_what_was_in_order_takes_back_nothing_else() -> None:
    """ "And I did warm up" does not say that there was no warm-up, nor that the shoes were old."""
    heard = Heard(text="and I did warm up", intent="report_pain", confidence=0.9, today=MONDAY)

    assert reader().read("check_in", heard, "", {"setup": ("no_warm_up", "shoes")}).told == {}


@pytest.mark.parametrize(
    ("text", "choice"),
    [("weak core", ""), ("i think weak abs", ""), ("weak", "check_in:legs:weak"), ("it's weak", "check_in:legs:weak")],
)
def test_a_weak_trunk_is_no_weak_leg(text: str, choice: str) -> None:
    assert reader().typed_choice("check_in", "legs", text) == choice


def test_a_no_to_how_bad_it_is_was_meant_as_an_answer() -> None:
    assert read("no", "pain", intent="deny").is_reply
    assert not read("ok then", "pain", intent="thanks").is_reply


def test_a_word_that_sounds_like_a_goodbye_leaves_nothing_that_tells_something() -> None:
    assert not read("gettin wrose", "since", intent="goodbye").leaves
    assert read("gotta go now bye", "since", intent="goodbye").leaves


def test_no_difference_is_no_mild_pain() -> None:
    assert read("not so much difference", "since", intent="deny").told == {"trend": "same"}


@pytest.mark.parametrize("text", ["stop asking stupid questions", "no more stupid questions please"])
def test_whoever_has_enough_of_questions_is_asked_none(text: str) -> None:
    assert read(text, "pain", intent="out_of_scope").command is Command.STOP


@pytest.mark.parametrize("text", ["what was the question", "actually carry on", "say that again please"])
def test_the_question_is_said_again_for_whoever_asks(text: str) -> None:
    assert read(text, "pain", intent="help").command is Command.RESUME
