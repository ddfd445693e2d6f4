"""The decision over warning signs: every flag, every rule, and that more never means less."""

from __future__ import annotations

from pathlib import Path

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from backstride.errors import KnowledgeError
from backstride.triage import (
    MILD,
    RedFlags,
    Sign,
    State,
    Triage,
    Urgency,
    answered,
    combine,
    load_red_flags,
    triage,
    words_filled_in,
)

KNOWLEDGE = Path(__file__).parents[1] / "knowledge"
RULES = load_red_flags(KNOWLEDGE)

ALONE = {
    "aortic_aneurysm": "emergency_now",
    "aortic_dissection": "emergency_now",
    "abdominal_or_pelvic": "emergency_now",
    "blood_thinners": "same_day",
    "both_legs": "emergency_now",
    "cancer": "same_day",
    "cauda_equina": "emergency_now",
    "cough_strain_or_lump": "same_day",
    "first_episode_over_50": "doctor_days",
    "fragility_fracture": "same_day",
    "heart": "emergency_now",
    "heat_stroke": "emergency_now",
    "infection": "same_day",
    "inflammatory": "routine",
    "kidney_infection": "same_day",
    "kidney_stone": "same_day",
    "leg_symptoms": "doctor_days",
    "leg_weakness": "same_day",
    "lung": "emergency_now",
    "major_injury": "emergency_now",
    "other_emergency": "emergency_now",
    "overdose": "emergency_now",
    "persistent": "doctor_days",
    "pregnancy": "same_day",
    "rhabdomyolysis": "emergency_now",
    "self_harm": "emergency_now",
    "severe_or_worsening": "same_day",
    "stress_fracture": "doctor_days",
    "under_18": "doctor_days",
    "upper_back": "same_day",
}


def said(*mentions: str) -> tuple[Sign, ...]:
    """Turn "cancer+past_cancer+mild", "?heart" and "-heart" into signs."""
    signs = []
    for mention in mentions:
        state = {"?": State.ASK, "-": State.ABSENT}.get(mention[0], State.PRESENT)
        flag, *tags = mention.lstrip("?-").split("+")
        signs.append(Sign(flag, state, "", frozenset(tags)))
    return tuple(signs)


def decide(*mentions: str) -> Triage:
    return triage(said(*mentions), RULES)


def test_file_holds_every_flag():
    assert {flag.id for flag in RULES.flags} == ALONE.keys()


@pytest.mark.parametrize(("flag", "urgency"), ALONE.items())
def test_a_flag_alone_has_its_own_level_and_stops_exercises_from_doctor_days_up(flag: str, urgency: str):
    decision = decide(flag)
    assert decision == Triage(
        urgency=Urgency(urgency),
        flags=(flag,),
        to_ask=(),
        reasons=(),
        exercises_allowed=urgency == "routine",
    )


def test_nothing_said_is_self_care_with_exercises():
    assert decide() == Triage(urgency=Urgency.SELF_CARE, flags=(), to_ask=(), reasons=(), exercises_allowed=True)


STEPS = [
    # mentions, urgency, the rule
    ("leg_weakness+both_sides", "emergency_now", "leg_weakness_up"),
    ("leg_weakness+sudden", "emergency_now", "leg_weakness_up"),
    ("leg_weakness+getting_worse", "emergency_now", "leg_weakness_up"),
    ("leg_weakness infection", "emergency_now", "leg_weakness_up"),
    ("leg_weakness cancer", "emergency_now", "leg_weakness_up"),
    ("leg_weakness+fall", "emergency_now", "leg_weakness_up"),
    ("leg_weakness blood_thinners", "emergency_now", "leg_weakness_up"),
    ("leg_symptoms+both_sides", "emergency_now", "leg_symptoms_both"),
    ("leg_symptoms+getting_worse", "same_day", "leg_symptoms_worse"),
    ("leg_symptoms leg_weakness", "same_day", "leg_symptoms_worse"),
    ("infection+confused", "emergency_now", "infection_up"),
    ("infection+drowsy", "emergency_now", "infection_up"),
    ("infection+fast_breathing", "emergency_now", "infection_up"),
    ("infection+mottled_skin", "emergency_now", "infection_up"),
    ("infection+stiff_neck", "emergency_now", "infection_up"),
    ("infection+fever leg_weakness", "emergency_now", "infection_up"),
    ("infection+fever+immune_suppression", "emergency_now", "infection_up"),
    ("infection cauda_equina", "emergency_now", "infection_up"),
    ("cancer+past_cancer leg_weakness", "emergency_now", "cancer_up"),
    ("cancer cauda_equina", "emergency_now", "cancer_up"),
    ("cancer+past_cancer+band_pain", "emergency_now", "cancer_up"),
    ("cancer+past_cancer+mild", "doctor_days", "cancer_down"),
    ("fragility_fracture+fall+severe", "emergency_now", "fragility_fracture_up"),
    ("fragility_fracture+fall severe_or_worsening", "emergency_now", "fragility_fracture_up"),
    ("fragility_fracture+osteoporosis leg_symptoms", "emergency_now", "fragility_fracture_up"),
    ("stress_fracture+cannot_bear_weight", "same_day", "stress_fracture_up"),
    ("stress_fracture+groin", "same_day", "stress_fracture_up"),
    ("stress_fracture+osteoporosis", "same_day", "stress_fracture_up"),
    ("stress_fracture pregnancy", "same_day", "stress_fracture_up"),
    ("kidney_stone+fever", "emergency_now", "kidney_stone_up"),
    ("kidney_stone+no_urine", "emergency_now", "kidney_stone_up"),
    ("kidney_stone+one_kidney", "emergency_now", "kidney_stone_up"),
    ("kidney_stone+uncontrolled", "emergency_now", "kidney_stone_up"),
    ("kidney_stone+vomiting", "emergency_now", "kidney_stone_up"),
    ("kidney_stone+over_60", "emergency_now", "kidney_stone_up"),
    ("kidney_stone+testicle+sudden", "emergency_now", "kidney_stone_up"),
    ("kidney_stone pregnancy", "emergency_now", "kidney_stone_up"),
    ("kidney_infection+confused", "emergency_now", "kidney_infection_up"),
    ("kidney_infection+drowsy", "emergency_now", "kidney_infection_up"),
    ("kidney_infection+vomiting", "emergency_now", "kidney_infection_up"),
    ("kidney_infection+rigors", "emergency_now", "kidney_infection_up"),
    ("kidney_infection+fever pregnancy", "emergency_now", "kidney_infection_up"),
    ("inflammatory+eye", "same_day", "inflammatory_up"),
    ("pregnancy+bleeding", "emergency_now", "pregnancy_up"),
    ("pregnancy+fluid_loss", "emergency_now", "pregnancy_up"),
    ("pregnancy+contractions", "emergency_now", "pregnancy_up"),
    ("pregnancy+fewer_movements", "emergency_now", "pregnancy_up"),
    ("pregnancy+severe", "emergency_now", "pregnancy_up"),
    ("pregnancy+shoulder_tip", "emergency_now", "pregnancy_up"),
    ("pregnancy+collapse", "emergency_now", "pregnancy_up"),
    ("pregnancy+mild", "doctor_days", "pregnancy_down"),
    ("under_18+fever", "same_day", "under_18_up"),
    ("under_18+night_pain", "same_day", "under_18_up"),
    ("under_18+weight_loss", "same_day", "under_18_up"),
    ("under_18+limp", "same_day", "under_18_up"),
    ("under_18 leg_symptoms", "same_day", "under_18_up"),
    ("under_18+under_10 persistent", "same_day", "under_18_up"),
    ("blood_thinners+sudden+severe", "emergency_now", "blood_thinners_up"),
    ("blood_thinners leg_symptoms", "emergency_now", "blood_thinners_up"),
    ("blood_thinners leg_weakness", "emergency_now", "blood_thinners_up"),
    ("blood_thinners+fall", "emergency_now", "blood_thinners_up"),
    ("blood_thinners+collapse", "emergency_now", "blood_thinners_up"),
    ("severe_or_worsening+collapse", "emergency_now", "severe_up"),
    ("severe_or_worsening+severe+sudden", "emergency_now", "severe_up"),
    ("severe_or_worsening+severe", "same_day", None),
    ("upper_back+chest", "emergency_now", "upper_back_up"),
    ("upper_back+breathless", "emergency_now", "upper_back_up"),
    ("upper_back+sweating", "emergency_now", "upper_back_up"),
    ("upper_back+sudden", "emergency_now", "upper_back_up"),
    ("cough_strain_or_lump+mild", "doctor_days", "cough_down"),
    ("abdominal_or_pelvic+mild", "same_day", "abdominal_down"),
    ("overdose+intent", "emergency_now", "overdose_on_purpose"),
    ("self_harm+mild", "same_day", "self_harm_down"),
    ("other_emergency+not_breathing", "emergency_now", "not_breathing_now"),
    ("other_emergency+choking", "emergency_now", "choking_now"),
    ("other_emergency+unconscious", "emergency_now", "unconscious_now"),
    ("other_emergency+fit", "emergency_now", "fit_now"),
    ("other_emergency+allergy", "emergency_now", "allergy_now"),
    ("other_emergency+heavy_bleeding", "emergency_now", "heavy_bleeding_now"),
    ("other_emergency+low_sugar", "emergency_now", "low_sugar_now"),
    ("other_emergency+current", "emergency_now", "current_now"),
    ("other_emergency+burn", "emergency_now", "burn_now"),
    ("other_emergency+stroke", "emergency_now", "stroke_now"),
]


@pytest.mark.parametrize(("mentions", "urgency", "rule"), STEPS)
def test_a_rule_moves_its_flag(mentions: str, urgency: str, rule: str | None):
    decision = decide(*mentions.split())
    assert decision.urgency == Urgency(urgency)
    assert rule in decision.reasons or not rule
    assert not decision.exercises_allowed


def test_every_rule_is_in_the_table():
    assert {rule.id for rule in RULES.rules} == {rule for _, _, rule in STEPS if rule}


@pytest.mark.parametrize("rule", RULES.rules, ids=lambda rule: rule.id)
def test_each_alternative_of_a_rule_fires_it(rule):
    flag_ids = ALONE.keys()
    for words in rule.alternatives:
        tags = words - flag_ids
        decision = triage(
            [Sign(rule.flag, State.PRESENT, "", frozenset(tags)), *said(*sorted(words & flag_ids))], RULES
        )
        assert rule.id in decision.reasons
        assert decision.urgency >= rule.urgency


@pytest.mark.parametrize(
    "mentions",
    [
        "cancer+past_cancer+mild+night_pain",
        "cancer+past_cancer+mild persistent",
        "cough_strain_or_lump+mild+lump",
        "cough_strain_or_lump+mild leg_symptoms",
        "pregnancy+mild+fever",
        "abdominal_or_pelvic+mild+bleeding",
        "abdominal_or_pelvic+mild+vomiting",
        "self_harm+mild+intent",
        "self_harm+mild overdose",
    ],
)
def test_a_milder_form_does_not_lower_when_something_speaks_against_it(mentions: str):
    first = mentions.split("+", 1)[0]
    assert decide(*mentions.split()).urgency >= Urgency(ALONE[first])


def test_a_milder_form_of_one_sign_does_not_lower_another():
    decision = decide("pregnancy+mild", "abdominal_or_pelvic")
    assert decision.urgency is Urgency.EMERGENCY_NOW


def test_a_tag_counts_wherever_it_was_said():
    assert decide("blood_thinners", "fragility_fracture+fall").urgency is Urgency.EMERGENCY_NOW


@pytest.mark.parametrize("state", ["?", "-"])
def test_tags_of_a_sign_that_is_not_present_do_not_count(state: str):
    assert decide(f"{state}infection+confused", "leg_symptoms").urgency is Urgency.DOCTOR_DAYS


MULTIPLIERS = ["pregnancy", "blood_thinners", "under_18"]


@pytest.mark.parametrize("multiplier", MULTIPLIERS)
@pytest.mark.parametrize(
    ("finding", "urgency"),
    [
        ("inflammatory", "doctor_days"),
        ("persistent", "same_day"),
        ("stress_fracture", "same_day"),
        ("upper_back", "emergency_now"),
        ("severe_or_worsening", "emergency_now"),
        ("infection", "emergency_now"),
        ("heart", "emergency_now"),
    ],
)
def test_a_multiplier_raises_another_finding_by_one_level(multiplier: str, finding: str, urgency: str):
    decision = decide(multiplier, finding)
    assert decision.urgency == max(Urgency(urgency), Urgency(ALONE[multiplier]))
    assert not decision.exercises_allowed


def test_a_weak_immune_system_raises_other_findings_but_not_the_sign_that_holds_it():
    assert decide("infection+immune_suppression").urgency is Urgency.SAME_DAY
    decision = decide("infection+immune_suppression", "upper_back")
    assert decision.urgency is Urgency.EMERGENCY_NOW
    assert "immune_suppression_raises" in decision.reasons


def test_multipliers_do_not_raise_each_other():
    decision = decide("pregnancy+mild", "under_18")
    assert decision.urgency is Urgency.DOCTOR_DAYS
    assert decision.reasons == ("pregnancy_down",)
    assert decide(*MULTIPLIERS).urgency is Urgency.SAME_DAY


def test_a_multiplier_that_a_rule_names_counts_once():
    assert decide("stress_fracture", "pregnancy").urgency is Urgency.SAME_DAY


def test_a_multiplier_raises_what_a_rule_has_raised():
    assert decide("leg_symptoms+getting_worse", "under_18").urgency is Urgency.EMERGENCY_NOW


def test_a_multiplier_is_no_reason_where_it_changes_nothing():
    assert decide("heart", "under_18").reasons == ()


@pytest.mark.parametrize("mention", ["pregnancy+mild", "blood_thinners", "under_18", "infection+immune_suppression"])
def test_a_multiplier_alone_switches_exercises_off(mention: str):
    assert not decide(mention).exercises_allowed


@pytest.mark.parametrize(
    ("mentions", "urgency"),
    [
        ("first_episode_over_50", "doctor_days"),
        ("persistent", "doctor_days"),
        ("first_episode_over_50 persistent", "same_day"),
        ("persistent+night_pain", "same_day"),
        ("first_episode_over_50+over_60", "doctor_days"),
        ("stress_fracture+unwell", "doctor_days"),
        ("stress_fracture+unwell+weight_loss", "same_day"),
        ("cancer+night_pain+weight_loss persistent", "same_day"),
    ],
)
def test_two_small_signs_together_lift_to_same_day_and_no_further(mentions: str, urgency: str):
    decision = decide(*mentions.split())
    assert decision.urgency == Urgency(urgency)
    assert ("several_small_signs" in decision.reasons) == (mentions not in ALONE and urgency == "same_day")


def test_flags_and_questions_stand_in_the_order_of_urgency():
    decision = decide("persistent", "cauda_equina", "upper_back", "?leg_symptoms", "?heart", "-lung")
    assert decision.flags == ("cauda_equina", "upper_back", "persistent")
    assert decision.to_ask == ("heart", "leg_symptoms")


def test_what_cannot_wait_leads_before_signs_as_urgent_and_only_then():
    assert decide("heart+collapse", "other_emergency+unconscious").flags == ("other_emergency", "heart")
    assert decide("heart+collapse", "other_emergency").flags == ("heart", "other_emergency")
    assert decide("heart", "other_emergency+stroke").flags == ("heart", "other_emergency")


def test_a_raised_flag_stands_before_one_that_was_not():
    assert decide("infection", "leg_symptoms+both_sides").flags == ("leg_symptoms", "infection")


def test_an_open_question_stops_exercises_but_gives_no_urgency():
    decision = decide("?cauda_equina")
    assert (decision.urgency, decision.exercises_allowed) == (Urgency.SELF_CARE, False)


def test_a_denied_sign_changes_nothing():
    assert decide("-cauda_equina") == decide()


def test_an_unknown_flag_is_refused_in_any_state():
    for mention in ("toothache", "?toothache", "-toothache"):
        with pytest.raises(LookupError, match="toothache"):
            decide(mention)


# What a conversation has said so far


@pytest.mark.parametrize(
    ("earlier", "now", "state"),
    [
        ("heart", "-heart", State.PRESENT),
        ("heart", "?heart", State.PRESENT),
        ("?heart", "heart", State.PRESENT),
        ("?heart", "-heart", State.ABSENT),
        ("-heart", "heart", State.PRESENT),
        ("-heart", "?heart", State.ASK),
        ("?heart", "?heart", State.ASK),
    ],
)
def test_a_later_mention_settles_a_sign_but_never_takes_it_back(earlier: str, now: str, state: State):
    (sign,) = combine(said(earlier), said(now))
    assert sign.state is state


def test_tags_add_up_over_a_conversation():
    (sign,) = combine(said("?infection+fever"), said("infection+confused"))
    assert sign.tags == {"fever", "confused"}


@pytest.mark.parametrize(
    ("earlier", "now", "stays"),
    [
        ("abdominal_or_pelvic", "abdominal_or_pelvic+mild", False),
        ("abdominal_or_pelvic+mild", "abdominal_or_pelvic", False),
        ("?abdominal_or_pelvic+mild", "abdominal_or_pelvic", False),
        ("-abdominal_or_pelvic+mild", "abdominal_or_pelvic", False),
        ("?abdominal_or_pelvic", "abdominal_or_pelvic+mild", True),
        ("abdominal_or_pelvic+mild", "abdominal_or_pelvic+mild", True),
        ("abdominal_or_pelvic+mild", "-abdominal_or_pelvic", True),
    ],
)
def test_playing_a_sign_down_later_does_not_lower_it(earlier: str, now: str, stays: bool):
    (sign,) = combine(said(earlier), said(now))
    assert (MILD in sign.tags) is stays


def test_evidence_is_that_of_the_mention_that_counts():
    first, denied = Sign("heart", State.PRESENT, "crushing"), Sign("heart", State.ABSENT, "no it is fine")
    assert combine([first], [denied])[0].evidence == "crushing"
    assert combine([Sign("heart", State.ASK, "tight")], [denied])[0].evidence == "no it is fine"
    assert combine([Sign("heart", State.ASK, "tight")], [Sign("heart", State.PRESENT)])[0].evidence == "tight"


def test_signs_keep_the_order_of_their_first_mention():
    signs = combine(said("persistent", "?heart"), said("heart", "lung"))
    assert [sign.flag for sign in signs] == ["persistent", "heart", "lung"]


def test_answers_to_a_question():
    assert answered("heart", yes=True, evidence="yep") == Sign("heart", State.PRESENT, "yep")
    assert answered("heart", yes=False) == Sign("heart", State.ABSENT)


def test_not_coping_without_a_wish_to_die_still_gets_help_today():
    signs = combine(said("?self_harm"), [answered("self_harm", yes=False, is_milder=True)])
    assert triage(signs, RULES).urgency is Urgency.SAME_DAY


# Levels


def test_levels_compare_by_rank():
    assert sorted(Urgency, reverse=True) == [
        Urgency.EMERGENCY_NOW,
        Urgency.SAME_DAY,
        Urgency.DOCTOR_DAYS,
        Urgency.ROUTINE,
        Urgency.SELF_CARE,
    ]
    assert Urgency.SELF_CARE < Urgency.ROUTINE <= Urgency.ROUTINE
    assert Urgency.DOCTOR_DAYS >= "routine"
    assert Urgency.EMERGENCY_NOW.raised() is Urgency.EMERGENCY_NOW
    assert {Urgency.SAME_DAY: 1}["same_day"] == 1


def test_a_level_does_not_compare_with_another_word():
    with pytest.raises(ValueError, match="soon"):
        assert Urgency.SAME_DAY < "soon"


# More never means less

FLAGS = st.sampled_from(sorted(ALONE))
TAGS = st.frozensets(st.sampled_from(sorted(RULES.tags)), max_size=4)
SIGNS = st.builds(Sign, FLAGS, st.sampled_from(State), st.just(""), TAGS)
CONVERSATIONS = st.lists(SIGNS, max_size=6)


@settings(max_examples=300)
@given(CONVERSATIONS, SIGNS, st.integers(0, 6))
def test_another_sign_never_lowers_the_urgency(signs, sign, place):
    more = [*signs[:place], sign, *signs[place:]]
    assert triage(more, RULES).urgency >= triage(signs, RULES).urgency


@settings(max_examples=300)
@given(st.lists(SIGNS, min_size=1, max_size=6), st.sampled_from(sorted(RULES.tags - {MILD})), st.data())
def test_another_tag_never_lowers_the_urgency(signs, tag, data):
    index = data.draw(st.integers(0, len(signs) - 1))
    sign = signs[index]
    more = [*signs]
    more[index] = Sign(sign.flag, sign.state, sign.evidence, sign.tags | {tag})
    assert triage(more, RULES).urgency >= triage(signs, RULES).urgency


@settings(max_examples=200)
@given(CONVERSATIONS, CONVERSATIONS)
def test_a_conversation_decides_the_same_message_by_message(earlier, now):
    by_message = combine(combine((), earlier), now)
    assert triage(by_message, RULES) == triage([*earlier, *now], RULES)
    assert triage(by_message, RULES).urgency >= triage(earlier, RULES).urgency


@settings(max_examples=200)
@given(CONVERSATIONS)
def test_exercises_are_never_allowed_beside_a_sign_that_needs_a_doctor(signs):
    decision = triage(signs, RULES)
    present = [RULES.flag(flag) for flag in decision.flags]
    if decision.exercises_allowed:
        assert not decision.to_ask
        assert all(flag.urgency < Urgency.DOCTOR_DAYS for flag in present)
    assert decision.urgency >= max((Urgency.ROUTINE for _ in present), default=Urgency.SELF_CARE)


# The file


def test_only_the_declared_tags_stand_in_a_meaningful_place():
    for flag in RULES.flags:
        has_milder_rule = any(rule.lowers for rule in RULES.rules if rule.flag == flag.id)
        assert (MILD in flag.tags) == has_milder_rule, flag.id


def test_no_milder_form_goes_below_doctor_days():
    assert all(rule.urgency >= Urgency.DOCTOR_DAYS for rule in RULES.rules if rule.lowers)


@pytest.mark.parametrize("flag", RULES.flags, ids=lambda flag: flag.id)
def test_a_flag_reads_well_on_a_button_and_as_a_question(flag):
    assert len(flag.title) <= 45
    assert flag.ask.endswith("?")
    assert flag.ask.count("?") == 1
    assert flag.ask_yes.startswith("Yes")
    assert flag.ask_no.startswith("No")
    assert len(flag.ask.split()) <= 32
    special = {"heat_stroke", "other_emergency", "overdose", "self_harm"}
    assert flag.signpost.startswith("People with back pain" if flag.id not in special else "People who")
    assert " advised to " in flag.signpost
    assert "{timeframe}" in flag.signpost


def test_the_screening_message_has_five_signs_and_short_buttons():
    assert len(RULES.screening.signs) == 5
    assert all(len(sign.title) <= 24 for sign in RULES.screening.signs)


def test_the_screening_covers_the_emergencies_that_people_do_not_bring_up_themselves():
    covered = {flag for sign in RULES.screening.signs for flag in sign.flags}
    assert {
        "cauda_equina",
        "both_legs",
        "leg_weakness",
        "infection",
        "cancer",
        "major_injury",
        "fragility_fracture",
    } < covered
    assert {"blood_thinners", "heart", "lung", "rhabdomyolysis", "pregnancy", "under_18"} < covered


def load_changed(tmp_path: Path, old: str, new: str) -> RedFlags:
    """Load the file with one place changed."""
    text = (KNOWLEDGE / "red_flags.yml").read_text(encoding="utf-8")
    assert text.count(old) >= 1, old
    (tmp_path / "red_flags.yml").write_text(text.replace(old, new, 1), encoding="utf-8")
    return load_red_flags(tmp_path)


MISTAKES = [
    ("    flag: leg_symptoms\n", "    flag: leg_symptom\n", "leg_symptoms_both: the flag 'leg_symptom' is unknown"),
    ("when: [eye]", "when: [eyes]", "inflammatory_up: 'eyes' is neither a flag nor a tag"),
    ("unless: [intent, overdose]", "unless: [intend]", "self_harm_down: 'intend' is neither a flag nor a tag"),
    ("when: under_18\n", "when: minor\n", "under_18_raises: 'minor' is neither a flag nor a tag"),
    ("spares: [infection]", "spares: [infections]", "immune_suppression_raises: 'infections' is neither"),
    ("steroids: [steroids]", "steroids: [pills]", "several_small_signs: 'pills' is neither a flag nor a tag"),
    ("  - id: lung\n", "  - id: heart\n", "heart: the id 'heart' is taken"),
    ("  - id: severe_up\n", "  - id: cancer_up\n", "cancer_up: the id 'cancer_up' is taken"),
    ("  - id: under_18_raises\n", "  - id: cancer_up\n", "cancer_up: the id 'cancer_up' is taken"),
    ("  id: several_small_signs", "  id: cancer_up", "cancer_up: this id is taken"),
    ("    why: Heart pain can reach the back.\n", "", "heart: 'why' is missing"),
    ("    why: Heart pain can reach the back.\n", "    why: ''\n", "heart: 'why' is empty"),
    ("    urgency: routine\n", "    urgency: soon\n", "inflammatory: 'urgency' is 'soon'"),
    ("    why: Heart pain can", "    whi: x\n    why: Heart pain can", "heart: 'whi' is unknown"),
    (
        "      - Sit down and rest.\n      - Unlock the door.\n",
        "      - A\n      - B\n      - C\n      - D\n",
        "one to 3 lines",
    ),
    ("sources: [nhs_back, nhs_999]", "sources: []", "name at least one source"),
    ("sources: [nhs_back, nhs_999]", "sources: [nhs]", "heart: the source 'nhs' is unknown"),
    ("    sources: [nice_cord]", "    sources: [cord]", "cancer_up: the source 'cord' is unknown"),
    (
        "  sources: [downie, ifompt]\n\n# One",
        "  sources: [dow]\n\n# One",
        "several_small_signs: the source 'dow' is unknown",
    ),
    ("      collapse: passed out", "      cancer: passed out", "heart: the tag 'cancer' is also a flag"),
    ("      flags: [cauda_equina]", "      flags: [cauda]", "pee_poo: the flag 'cauda' is unknown"),
    ("  routine:\n", "  someday:\n", "levels: the level 'routine' is missing"),
    ("  routine:\n", "  someday:\n", "someday: 'someday' is no level"),
    ("  same_day:\n    heading", "  same_day: 3\n  x:\n    heading", "same_day: this is 3"),
    ("flags:\n\n  - id: heart", "flags:\n\n  - 7\n\n  - id: heart", "flags, number 1: this is 7"),
    ("multipliers:\n", "multiplier:\n", "'multiplier' is unknown"),
    ("multipliers:\n", "multiplier:\n", "the section 'multipliers' is missing"),
    ("screening:\n", "screen:\n", "the section 'screening' is missing"),
    (
        "    when: [eye]\n    urgency: same_day",
        "    when: [eye]\n    urgency: self_care",
        "below the level of 'inflammatory'",
    ),
    ("    when: [eye]\n", "    when: [eye]\n    unless: [fever]\n", "a rule that raises has an 'unless'"),
    ("    flag: self_harm\n    when: [mild]", "    flag: self_harm\n    when: [mild, intent]", "'mild' stands beside"),
    (
        "    flag: self_harm\n    when: [mild]",
        "    flag: heart\n    when: [mild]",
        "the flag 'heart' has no tag 'mild'",
    ),
    (
        "    urgency: same_day\n    why: People who feel",
        "    urgency: emergency_now\n    why: People who feel",
        "is no milder",
    ),
    ("Call {number} now {where}, or", "Call {phone} now {where}, or", "emergency_now: it fills in phone"),
    ("reach the back.\n    signpost", "reach the {back}.\n    signpost", "heart: it fills in back"),
    ('"Call {number} now {where} and start', '"Call {nummer} now {where} and start', "heat_stroke: it fills in nummer"),
    (
        "Tell them this too: {flags}",
        "Tell them this too: {flag}",
        "tell_them: it fills in flag; the words it may fill in: {flags}",
    ),
    (
        "I was checked",
        "I was {checked",
        "checked_button: it fills in a brace without its partner; the words it may fill in: none",
    ),
]


@pytest.mark.parametrize(("old", "new", "message"), MISTAKES)
def test_a_mistake_in_the_file_is_named(tmp_path: Path, old: str, new: str, message: str):
    with pytest.raises(KnowledgeError) as failure:
        load_changed(tmp_path, old, new)
    assert message in str(failure.value)


def test_a_mistake_is_named_with_its_line(tmp_path: Path):
    text = (KNOWLEDGE / "red_flags.yml").read_text(encoding="utf-8")
    line = text[: text.index("when: [eye]")].count("\n") + 1
    with pytest.raises(KnowledgeError) as failure:
        load_changed(tmp_path, "when: [eye]", "when: [eyes]")
    (problem,) = failure.value.problems
    assert problem.line == line


def test_all_mistakes_are_named_at_once(tmp_path: Path):
    text = (KNOWLEDGE / "red_flags.yml").read_text(encoding="utf-8")
    text = text.replace("when: [eye]", "when: [eyes]").replace("sources: [nhs_back, nhs_999]", "sources: [nhs]")
    (tmp_path / "red_flags.yml").write_text(text, encoding="utf-8")
    with pytest.raises(KnowledgeError) as failure:
        load_red_flags(tmp_path)
    assert len(failure.value.problems) == 2


def test_words_filled_in():
    assert words_filled_in("Call {number} now {where}") == {"number", "where"}
