"""The rule half of the red-flag recogniser: what the rules of the project make of sentences."""

from __future__ import annotations

import shutil
from pathlib import Path
from typing import Any

import pytest
import yaml
from hypothesis import given, settings
from hypothesis import strategies as st

from backstride.errors import KnowledgeError
from backstride.language.sign_language import empty_book, phrases_of
from backstride.language.sign_rules import Light, Mention, SignRules, load_language
from backstride.language.text import tidy
from backstride.settings import ROOT
from backstride.triage import load_red_flags

KNOWLEDGE = ROOT / "knowledge"
LANGUAGE = load_language(KNOWLEDGE)
RULES = SignRules(LANGUAGE)
RED_FLAGS = load_red_flags(KNOWLEDGE)

TABLE: dict[str, dict[str, list[str]]] = yaml.safe_load(
    (Path(__file__).parent / "signs.yml").read_text(encoding="utf-8")
)
ROWS = [(flag, light, text) for flag, lights in TABLE.items() for light, texts in lights.items() for text in texts]
SAID = [(flag, text) for flag, light, text in ROWS if light == "said"]
DENIED = [(flag, text) for flag, light, text in ROWS if light == "denied"]

EMERGENCIES = {
    "cauda_equina", "both_legs", "major_injury", "aortic_aneurysm", "aortic_dissection", "rhabdomyolysis",
    "heat_stroke", "heart", "lung", "abdominal_or_pelvic", "other_emergency", "overdose",
    "self_harm",
}  # fmt: skip


def said(text: str, flag: str | None = None, *, sure: bool = False) -> list[Mention]:
    return [
        mention
        for mention in RULES.read(tidy(text)).mentions
        if mention.light is Light.SAID and flag in {None, mention.flag} and (mention.sure or not sure)
    ]


# --- the table


@pytest.mark.parametrize(("flag", "light", "text"), ROWS)
def test_the_table(flag: str, light: str, text: str) -> None:
    if light == "said":
        assert said(text, flag)
    else:  # a relative's sign may still make the assistant ask
        assert not said(text, flag, sure=light == "others")


def test_every_flag_stands_in_the_table() -> None:
    assert set(TABLE) == {flag.id for flag in RED_FLAGS.flags}


@pytest.mark.parametrize(
    ("text", "flag", "light", "words"),
    [
        ("Hi. I CAN'T feel it when I wipe!", "cauda_equina", Light.SAID, "CAN'T feel it when I wipe"),
        ("numbness between my legs? none", "cauda_equina", Light.DENIED, "numbness between my legs"),
        ("my dad had prostate cancer", "cancer", Light.OTHERS, "had prostate cancer"),
        ("can running cause foot drop", "leg_weakness", Light.ASKED, "foot drop"),
        ("my chest hurts.", "heart", Light.SAID, "chest hurts"),
    ],
)
def test_a_mention_quotes_the_whole_words(text: str, flag: str, light: Light, words: str) -> None:
    mentions = [mention for mention in RULES.read(text).mentions if mention.flag == flag]

    assert [(mention.light, mention.words) for mention in mentions] == [(light, words)]
    assert text[mentions[0].start : mentions[0].end] == words


def test_a_question_back_is_not_a_sure_sign() -> None:
    assert [mention.sure for mention in said("my dad is on warfarin", "blood_thinners")] == [False]
    assert [mention.sure for mention in said("I'm on warfarin", "blood_thinners")] == [True]


def test_what_counts_beside_back_pain_is_asked_about_without() -> None:
    hesitancy = "had to pee like 10 times and can't really start"
    assert [mention.sure for mention in said(f"My back is killing me. {hesitancy}", "cauda_equina")] == [True]
    assert [mention.sure for mention in said(f"No back pain. {hesitancy}", "cauda_equina")] == [False]
    assert [mention.sure for mention in said(hesitancy, "cauda_equina")] == [False]


def test_one_message_may_hold_several_signs_in_several_lights() -> None:
    reading = RULES.read("no fever, but my chest is tight, and my calf is swollen. My dad had bowel cancer.")

    lights = {mention.flag: mention.light for mention in reading.mentions}
    assert lights["infection"] is Light.DENIED
    assert lights["heart"] is Light.SAID
    assert lights["lung"] is Light.SAID
    assert lights["cancer"] is Light.OTHERS


# --- finer facts


@pytest.mark.parametrize(
    ("flag", "text", "tag"),
    [
        ("aortic_dissection", "it came out of nowhere, a ripping pain in my chest", "sudden"),
        ("kidney_stone", "worst pain of my life, ten out of ten", "severe"),
        ("both_legs", "the numbness is spreading and getting worse by the day", "getting_worse"),
        ("leg_symptoms", "tingling down both legs", "both_sides"),
        ("rhabdomyolysis", "dark pee after the marathon", "after_exertion"),
        ("rhabdomyolysis", "haven't passed any urine since yesterday", "no_urine"),
        ("heart", "I passed out at the finish", "collapse"),
        ("heart", "cold sweat and a heavy chest", "sweating"),
        ("lung", "my chest hurts when I breathe in", "chest"),
        ("lung", "I'm short of breath", "breathless"),
        ("infection", "he is breathing really fast", "fast_breathing"),
        ("infection", "I've had a temperature since Monday", "fever"),
        ("kidney_infection", "I had the shakes and couldn't get warm", "rigors"),
        ("infection", "I feel really unwell with it", "unwell"),
        ("heat_stroke", "she's talking nonsense and doesn't know where she is", "confused"),
        ("overdose", "he is so sleepy I can hardly wake him", "drowsy"),
        ("infection", "her skin looks blotchy and blue", "mottled_skin"),
        ("infection", "stiff neck and a rash", "stiff_neck"),
        ("infection", "I'm on methotrexate for arthritis", "immune_suppression"),
        ("kidney_stone", "been throwing up all night", "vomiting"),
        ("pregnancy", "some bleeding since this morning", "bleeding"),
        ("kidney_stone", "the pain goes into my testicle", "testicle"),
        ("abdominal_or_pelvic", "my period is two weeks late", "missed_period"),
        ("abdominal_or_pelvic", "pain at the tip of my shoulder", "shoulder_tip"),
        ("pregnancy", "my waters have broken", "fluid_loss"),
        ("pregnancy", "tightenings every ten minutes", "contractions"),
        ("pregnancy", "baby is moving less than usual", "fewer_movements"),
        ("cancer", "I had breast cancer ten years ago", "past_cancer"),
        ("cancer", "the pain wakes me up every night", "night_pain"),
        ("cancer", "lost a stone without trying", "weight_loss"),
        ("upper_back", "pain round my ribs like a tight band", "band_pain"),
        ("fragility_fracture", "I have osteoporosis", "osteoporosis"),
        ("fragility_fracture", "I take prednisolone", "steroids"),
        ("major_injury", "I fell off a ladder", "fall"),
        ("under_18", "she's been limping since Friday", "limp"),
        ("under_18", "my son is 8 and his back hurts", "under_10"),
        ("first_episode_over_50", "I'm 67", "over_60"),
        ("kidney_stone", "I was born with one kidney", "one_kidney"),
        ("kidney_stone", "nothing touches the pain", "uncontrolled"),
        ("self_harm", "I have the pills lined up for tonight", "intent"),
        ("overdose", "I took them all on purpose", "intent"),
        ("cough_strain_or_lump", "there's a lump on his spine", "lump"),
        ("inflammatory", "my eye is red and light hurts it", "eye"),
        ("leg_symptoms", "numb in the groin", "groin"),
        ("stress_fracture", "I can't put any weight on the leg", "cannot_bear_weight"),
        ("self_harm", "I feel low, but I have no thoughts of harming myself", "mild"),
        ("other_emergency", "we can't find a pulse", "not_breathing"),
        ("other_emergency", "there's a pretzel stuck in his throat", "choking"),
        ("other_emergency", "I can't wake her", "unconscious"),
        ("other_emergency", "she is having a seizure", "fit"),
        ("other_emergency", "my lips are swollen after a nut", "allergy"),
        ("other_emergency", "the blood is not stopping", "heavy_bleeding"),
        ("other_emergency", "his sugar is very low", "low_sugar"),
        ("other_emergency", "touched a live wire", "current"),
        ("other_emergency", "scalded my arm", "burn"),
        ("other_emergency", "his speech is slurred", "stroke"),
    ],
)
def test_a_finer_fact_is_heard(flag: str, text: str, tag: str) -> None:
    assert tag in RULES.read(text).tags_of(flag)


@pytest.mark.parametrize(
    ("flag", "text", "tag"),
    [
        ("infection", "no fever at all", "fever"),
        ("heart", "it was not sudden", "sudden"),
        ("kidney_stone", "no vomiting", "vomiting"),
        ("cancer", "my dad had prostate cancer", "past_cancer"),
        ("both_legs", "it isn't getting worse", "getting_worse"),
        ("major_injury", "I didn't fall", "fall"),
        ("heart", "can running in the heat make you pass out", "collapse"),
        ("other_emergency", "he is not having a fit", "fit"),
        ("other_emergency", "blacked out, then got up again", "unconscious"),
        ("other_emergency", "my mum had a stroke in 2015", "stroke"),
        # A fact of one flag is none of another's.
        ("heart", "I feel low, but I have no thoughts of harming myself", "mild"),
        ("heart", "I took them all on purpose", "intent"),
        ("leg_symptoms", "my back hurts on both sides", "both_sides"),
        ("leg_symptoms", "it is on both sides of my spine", "both_sides"),
    ],
)
def test_a_finer_fact_is_not_made_up(flag: str, text: str, tag: str) -> None:
    assert tag not in RULES.read(text).tags_of(flag)


@pytest.mark.parametrize(
    ("text", "tags"),
    [
        ("she limps", {"limp"}),
        ("it is getting worse by the hour", {"getting_worse"}),
        ("now it is both sides", {"both_sides"}),
        ("since this morning", set()),
        ("no fever", set()),
        ("my back hurts on both sides", set()),
        ("no thoughts of harming myself", set()),
    ],
)
def test_what_may_belong_to_a_sign_of_an_earlier_message(text: str, tags: set[str]) -> None:
    assert RULES.read(text).later_tags == tags


@pytest.mark.parametrize("text", ["my dad has face drooping", "my mum took all her tablets", "my dad wants to die"])
def test_an_emergency_is_sure_whoever_it_happens_to(text: str) -> None:
    assert any(mention.sure for mention in said(text))


@pytest.mark.parametrize("text", ["someone fainted in front of me", "my dad collapsed after parkrun and hes grey"])
def test_who_collapses_beside_the_writer_needs_first_aid(text: str) -> None:
    assert said(text, "other_emergency", sure=True)
    assert "unconscious" in RULES.read(text).tags_of("other_emergency")


# --- the file as a whole


def test_every_flag_and_every_tag_has_phrases() -> None:
    tags_of = {flag.id: set(flag.tags) for flag in RED_FLAGS.flags}
    heard = {
        (flag, tag.tag) for tag in LANGUAGE.tags for flag in (tag.flags or tags_of) if tag.tag in tags_of.get(flag, ())
    }

    assert {flag.flag for flag in LANGUAGE.flags} == set(tags_of)
    assert heard == {(flag, tag) for flag, tags in tags_of.items() for tag in tags}
    assert all(flag.say for flag in LANGUAGE.flags)
    assert {tag.tag for tag in LANGUAGE.tags} <= set().union(*tags_of.values())
    assert {flag for tag in LANGUAGE.tags for flag in tag.flags} <= set(tags_of)


def test_every_list_is_used() -> None:
    book = empty_book(LANGUAGE)
    for placed in phrases_of(LANGUAGE):
        book.add(placed.name, placed.phrase)

    assert set(LANGUAGE.lists) - book.used_lists == set()


# --- the training phrases, which the rules alone should mostly know


def phrases(name: str) -> Any:
    return yaml.safe_load((KNOWLEDGE / "red_flag_phrases" / f"{name}.yml").read_text(encoding="utf-8"))


@pytest.mark.parametrize("flag", [flag.id for flag in RED_FLAGS.flags])
def test_the_phrases_of_a_flag_are_found(flag: str) -> None:
    present = phrases(flag)["present"]

    found = sum(bool(said(text, flag)) for text in present)
    assert found / len(present) >= (0.85 if flag in EMERGENCIES else 0.75)


def test_the_look_alikes_are_not_raised() -> None:
    texts = [(flag.id, text) for flag in RED_FLAGS.flags for text in phrases(flag.id)["not_present"]]

    raised = sum(bool(said(text, flag, sure=True)) for flag, text in texts)
    assert raised / len(texts) <= 0.04


def test_ordinary_messages_are_left_alone() -> None:
    texts = phrases("clean")["clean"]

    assert sum(bool(said(text, sure=True)) for text in texts) / len(texts) <= 0.01
    assert sum(bool(said(text)) for text in texts) / len(texts) <= 0.05


# --- whatever people write around a sign


@pytest.mark.parametrize(
    "around",
    [
        "prob nothing but {}",
        "{}, my mate says it's fine",
        "{} but I'm not worried",
        "{}. Probably nothing.",
        "no fever. {}",
        "no back pain, but {}",
        "honestly {}!!",
        "hi there\n{}\nthanks",
        "{} and no I'm not joking",
        "my wife says I should ask: {}",
        "{}. It'll be fine I'm sure",
    ],
)
def test_playing_down_denies_nothing(around: str) -> None:
    assert [row for row in SAID if not said(around.format(row[1]), row[0])] == []


@pytest.mark.parametrize("answer", ["no ", "No, ", "nope, ", "none of that, "])
def test_another_no_before_a_denial_never_makes_it_a_sign(answer: str) -> None:
    assert [row for row in DENIED if said(answer + row[1], row[0])] == []


@pytest.mark.parametrize(
    "change",
    [str.upper, lambda text: text.replace("'", ""), lambda text: text.replace("'", "’"), lambda text: f"  {text}  "],
    ids=["capitals", "no apostrophes", "curly apostrophes", "blanks"],
)
def test_the_way_of_typing_hides_nothing(change: Any) -> None:
    assert [row for row in SAID if not said(change(row[1]), row[0])] == []


def test_a_no_that_is_an_answer_denies_nothing_behind_it() -> None:
    assert said("no my legs are numb", "both_legs")
    assert said("no I can't feel my legs", "both_legs")
    assert not said("no my urine isn't dark", "rhabdomyolysis")
    assert not said("no my bladder control is fine", "cauda_equina")


WORDS = sorted({word for _, _, text in ROWS for word in text.split()})


@given(st.text(max_size=300))
def test_any_text_can_be_read(text: str) -> None:
    for mention in RULES.read(text).mentions:
        assert mention.words == text[mention.start : mention.end]


@settings(deadline=None)
@given(st.lists(st.sampled_from([*WORDS, ",", ".", "?", "-", "no", "not", "but"]), max_size=60).map(" ".join))
def test_any_words_can_be_read(text: str) -> None:
    reading = RULES.read(text)

    assert reading == RULES.read(text)
    assert [m.start for m in reading.mentions] == sorted(m.start for m in reading.mentions)
    assert all(m.words and m.words == text[m.start : m.end] for m in reading.mentions)


@settings(deadline=None)
@given(st.sampled_from(SAID), st.sampled_from(phrases("clean")["clean"]), st.sampled_from(["{1}.\n{0}", "{0}.\n{1}"]))
def test_a_sign_is_heard_beside_an_ordinary_message(row: tuple[str, str], ordinary: str, order: str) -> None:
    flag, text = row

    assert said(order.format(text, ordinary), flag)


# --- a file that is wrong is refused


@pytest.fixture
def folder(tmp_path: Path) -> Path:
    shutil.copy(KNOWLEDGE / "red_flag_language.yml", tmp_path)
    return tmp_path


def refused_line(folder: Path, old: str, new: str) -> str:
    """Spoil the file in one place and return what is said about its line."""
    path = folder / "red_flag_language.yml"
    text = path.read_text(encoding="utf-8")
    assert old in text
    path.write_text(text.replace(old, new, 1), encoding="utf-8")
    line = text[: text.index(old)].count("\n") + 1
    with pytest.raises(KnowledgeError) as refused:
        load_language(folder)
    (told,) = [str(problem) for problem in refused.value.problems if problem.line == line]
    return told


SAY = "      - depress* ... suicid*|die\n"


@pytest.mark.parametrize(
    ("phrase", "wrong", "mend"),
    [
        ("numb <down_ther>", "<down_ther>", "correct the name"),
        ("numb & cold", "'&'", "small letters"),
        ("Numb legs", "'Numb'", "small letters"),
        ("my numb legs really", "'really', a filler", "leave it out"),
        ("can't feel legs", "read as 'can not'", "write 'can not'"),
        ("leg~ is numb", "too few", "spellings"),
        (".. numb", "dots", "leave the dots out"),
        ("numb ...", "dots", "leave the dots out"),
        ("numb (legs", "lacks a ')'", "brackets"),
        ("numb legs)", "nothing opened", "brackets"),
        ("(numb)", "no word that must be there", "add one"),
        ("numb .... legs", "'....'", "signs"),
    ],
)
def test_a_wrong_phrase_is_named_with_its_line(folder: Path, phrase: str, wrong: str, mend: str) -> None:
    told = refused_line(folder, SAY, f'      - "{phrase}"\n')

    assert wrong in told
    assert mend in told
    assert "self_harm" in told


@pytest.mark.parametrize(
    ("old", "new", "told"),
    [
        ("  - flag: heart\n", "  - flag: lung\n", "more than once"),
        ("    question_counts: true\n", "    questions_count: true\n", "not known"),
        ("  bladdar: bladder\n", "  bladdar blader: bladder\n", "one word"),
        ("  child_age: [", "  child_age: [<young_age>, ", "circle"),
        ("small_words: [", "small_word: [", "not known"),
    ],
)
def test_a_wrong_part_of_the_file_is_named_with_its_line(folder: Path, old: str, new: str, told: str) -> None:
    assert told in refused_line(folder, old, new)


def test_every_mistake_is_told_at_once(folder: Path) -> None:
    path = folder / "red_flag_language.yml"
    text = path.read_text(encoding="utf-8")
    path.write_text(text.replace("    say:\n", "    say:\n      - numb <nowhere>\n", 6), encoding="utf-8")

    with pytest.raises(KnowledgeError) as refused:
        load_language(folder)

    assert len(refused.value.problems) == 6


# --- told in its slightest form


@pytest.mark.parametrize(
    "text",
    [
        "Fell off my bike, just a scrape",
        "came off the bike on the way home, only grazed my elbow",
        "just a scratch, I fell off my horse",
        # from one's feet onto one's bum, beside back pain too
        "slipped over and fell on my bum, my back is a bit stiff",
        "I tripped on a root and landed on my backside yesterday",
    ],
)
def test_what_is_told_as_slight_is_asked_about_and_never_dropped(text: str) -> None:
    mentions = said(text, "major_injury")

    assert mentions
    assert not any(mention.sure for mention in mentions)


def test_a_scrape_beside_a_back_that_hurts_lowers_nothing() -> None:
    assert said("fell off my bike, just a scrape, but my back hurts a lot", "major_injury", sure=True)


@pytest.mark.parametrize(
    "text",
    [
        "fell on my bum and can't get up",
        "fell on my bum, my back is killing me",
        "fell on my bum and my leg is numb",
        "fell off a wall and landed on my bum",
        "slipped on the stairs and landed on my bum",
        "my gran fell on her bum and her back hurts",
        "fell on my back on the ice, a bit sore",
    ],
)
def test_a_worse_fall_is_none_of_those(text: str) -> None:
    assert said(text, "major_injury", sure=True)


@pytest.mark.parametrize("text", ["I took 3 tablets of paracetamol", "had two ibuprofen", "I've taken 4 nurofen today"])
def test_an_ordinary_dose_is_at_most_asked_about(text: str) -> None:
    reading = RULES.read(tidy(text))

    assert reading.is_shaded("overdose", 0, len(text))
    assert not said(text, "overdose", sure=True)


@pytest.mark.parametrize(
    "text",
    [
        "my toddler took 3 tablets of paracetamol",
        "my son took 3 paracetamol tablets",
        "I took 12 paracetamol",
        "4 paracetamol every hour since noon",
        "took 4 ibuprofen then 4 more an hour later",
        "took 3 paracetamol on purpose",
    ],
)
def test_no_dose_is_ordinary_for_a_child_or_taken_again_and_again(text: str) -> None:
    assert said(text, "overdose", sure=True)
