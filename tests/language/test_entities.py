from __future__ import annotations

import json
from collections import defaultdict
from datetime import date, timedelta
from pathlib import Path
from typing import Any

import pytest
import yaml
from hypothesis import given, settings
from hypothesis import strategies as st

from backstride.errors import KnowledgeError
from backstride.language import entities
from backstride.language.entities import (
    AGE,
    BACK_PLACE,
    DISTANCE_KM,
    ENTITIES,
    MAX_AGE,
    MAX_DISTANCE_KM,
    MAX_ONSET_DAYS,
    MAX_RUN_MINUTES,
    MAX_SCORE,
    MAX_WEEKS_AFTER_BIRTH,
    MAX_WEEKS_PREGNANT,
    MEDICINE,
    MIN_AGE,
    ON_AND_OFF,
    ONSET_DAYS,
    PAIN_SCORE,
    PLACES,
    PREGNANCY,
    ROLES,
    RUN_MINUTES,
    EntityReader,
    EntityWords,
    Found,
    Medicine,
    Pregnancy,
    load_entity_words,
)
from backstride.language.text import tidy

LABELLED = yaml.safe_load((Path(__file__).parent / "entities.yml").read_text(encoding="utf-8"))
TODAY: date = LABELLED["today"]
MESSAGES = [*LABELLED["run_stories"], *LABELLED["general_back_pain"]]
LEAST_F1 = 0.9
READER = EntityReader(load_entity_words())


def read(text: str) -> tuple[Found, ...]:
    return READER.read(text, TODAY)


def values(text: str, entity: str) -> list[Any]:
    return [found.value for found in read(text) if found.entity == entity]


# --- the labelled messages -------------------------------------------------------------------------------------------


def labelled(line: str) -> tuple[str, Any, str | None]:
    """Read one label: entity, value, role."""
    entity, *rest = line.split(" ")
    match entity:
        case "medicine":
            group, _, name = " ".join(rest).partition("/")
            return entity, Medicine(group, name), None
        case "pregnancy":
            return entity, Pregnancy(rest[0], int(rest[1]) if len(rest) > 1 else None), None
        case "back_place":
            return entity, rest[0], None
        case _:
            return entity, float(rest[0]), rest[1] if len(rest) > 1 else None


def test_labelled_messages_are_enough_and_differ():
    assert len(LABELLED["run_stories"]) >= 110
    assert len(LABELLED["general_back_pain"]) >= 110
    assert len({message["text"] for message in MESSAGES}) == len(MESSAGES)


def test_labels_are_values_that_exist():
    for message in MESSAGES:
        for entity, value, role in map(labelled, message["is"]):
            assert entity in ENTITIES
            assert entity != BACK_PLACE or value in PLACES
            assert entity != MEDICINE or value.group in load_entity_words().medicines
            assert role is None or role in ROLES[entity]


def test_entities_reach_the_gate_for_each_type_and_overall(capsys):
    right, wrong, missed = (defaultdict(int) for _ in range(3))
    roles_right = roles = 0
    for message in MESSAGES:
        wanted = {labelled(line) for line in message["is"]}
        found = {(item.entity, item.value, item.role) for item in read(message["text"])}
        want, got = {label[:2] for label in wanted}, {label[:2] for label in found}
        for counts, pairs in ((right, want & got), (wrong, got - want), (missed, want - got)):
            for entity, _ in pairs:
                counts[entity] += 1
        for label in wanted:
            if label[0] in ROLES and label[:2] in got:
                roles += 1
                roles_right += label in found

    def f1(names: tuple[str, ...]) -> float:
        hits = 2 * sum(right[name] for name in names)
        return hits / (hits + sum(wrong[name] + missed[name] for name in names))

    with capsys.disabled():
        print(f"\n{'entity':<12} {'F1':>6} {'right':>6} {'wrong':>6} {'missed':>6}")
        for name in ENTITIES:
            print(f"{name:<12} {f1((name,)):6.3f} {right[name]:6} {wrong[name]:6} {missed[name]:6}")
        print(f"{'all':<12} {f1(ENTITIES):6.3f}; roles {roles_right} of {roles}")
    for name in ENTITIES:
        assert f1((name,)) >= LEAST_F1, name
    assert f1(ENTITIES) >= LEAST_F1
    assert roles_right / roles >= LEAST_F1


# --- one thing at a time ---------------------------------------------------------------------------------------------


@pytest.mark.parametrize(
    ("text", "score"),
    [
        ("7/10", 7),
        ("a solid six", 6),
        ("eight out of ten", 8),
        ("pain is at a 4", 4),
        ("like a 3 or 4", 4),
        ("10/10 agony", 10),
        ("6.5/10", 6.5),
        ("six and a half out of ten", 6.5),
        ("pain went from an 8 to a 3", 3),
        ("it was 5 now its 8", 8),
        ("zero pain", 0),
        ("on a scale of 1 to 10 it's a 7", 7),
    ],
)
def test_pain_score_is_read(text, score):
    assert values(text, PAIN_SCORE) == [score]


@pytest.mark.parametrize(
    "text",
    [
        "ran 7",
        "I ran a 10k",
        "5/10 mile",
        "pain at L4/5",
        "back pain since 5/10",
        "it hurt on 5/10/2025",
        "my back aches 24/7",
        "9 out of 10 people get a sore back",
        "a bad one",
        "tell me more about number five",
        "it wakes me about four",
        "this week: 8, 12, 5, 20",
        "I work nine to five and my back hurts",
        "3 sets of 10",
        "couch to 5k week 4",
        "<script>alert(1)</script>",
    ],
)
def test_pain_score_is_not_read_from_other_numbers(text):
    assert values(text, PAIN_SCORE) == []


@pytest.mark.parametrize(
    ("text", "days"),
    [
        ("back pain since sat", 4),
        ("hurts since my long run on Sunday", 3),
        ("sore for three weeks", 21),
        ("back has hurt for a couple of months", 60),
        ("lower back pain 6 mo", 180),
        ("2 yrs of back pain", 730),
        ("back pain since March", 269),
        ("started yesterday", 1),
        ("the day before yesterday my back went", 2),
        ("it started the night before last", 2),
        ("my back went this morning", 0),
        ("pain started 4 hours ago", 0),
        ("two or three weeks", 21),
        ("a year and a half", 548),
        ("back pain for 2½ weeks", 18),
        ("sore since 14th november", 11),
        ("aching since march 2024", 999),
        ("pain since 2019", 2885),
        ("sore since easter", 234),
    ],
)
def test_onset_is_read(text, days):
    assert values(text, ONSET_DAYS) == [days]


@pytest.mark.parametrize(
    "text",
    [
        "ran for 40 minutes",
        "running for 3 years and never a problem",
        "a 6 week plan for a stronger back",
        "pregnant 20 weeks, sore back",
        "I am 34 years old with a bad back",
        "my mattress is 10 years old",
        "appointment in 3 weeks for my back",
        "back surgery 2 years ago",
        "it hurts today",
        "can I race on Saturday with a sore back",
        "my back aches for a day after each run",
        "it's been pain free for a month",
        "no sport for ten years",
    ],
)
def test_onset_is_not_read_from_other_times(text):
    assert values(text, ONSET_DAYS) == []


def test_onset_says_on_and_off():
    assert [(found.value, found.role) for found in read("on and off for a year")] == [(365, ON_AND_OFF)]


def test_onset_depends_on_the_day_that_is_passed_in():
    for days in range(1, 8):
        found = READER.read("sore since sunday", date(2026, 11, 22) + timedelta(days))
        assert [item.value for item in found] == [days]


@pytest.mark.parametrize(
    ("text", "distances"),
    [
        ("did a 10 miler", [(16.1, "last_run")]),
        ("my usual 5k", [(5.0, "usual")]),
        ("longest run is a half marathon", [(21.1, "longest")]),
        ("training for a marathon", [(42.2, "goal")]),
        ("13.1 done", [(21.1, "last_run")]),
        ("40 miles a week", [(64.4, "weekly")]),
        ("ultra 50k yesterday", [(50.0, "last_run")]),
        ("can i do parkrun, my back is killing me", [(5.0, "goal")]),
        ("my back is sore, should I run a 10k", [(10.0, "goal")]),
        ("ran 12 km", [(12.0, "last_run")]),
        ("couch to 5k", []),
        ("drove 200 miles", []),
        ("3 miles in it starts to hurt", []),
        ("8 min miles", []),
        ("500 miles on my shoes", []),
        ("10k steps a day", []),
    ],
)
def test_distance_is_read_with_its_role(text, distances):
    assert [(found.value, found.role) for found in read(text) if found.entity == DISTANCE_KM] == distances


@pytest.mark.parametrize(
    ("text", "minutes"),
    [
        ("ran 40 min", [40]),
        ("ran for an hour and a half", [90]),
        ("ran 1h15", [75]),
        ("half marathon in 1:45", [105]),
        ("10k in 52:30", [52]),
        ("drove for two hours", []),
        ("20 minutes into the run it hurts", []),
        ("ice it for 20 minutes", []),
        ("5:30/km pace", []),
    ],
)
def test_run_minutes_are_read(text, minutes):
    assert values(text, RUN_MINUTES) == minutes


@pytest.mark.parametrize(
    ("text", "age"),
    [
        ("34M with a sore back", 34),
        ("I'm 52", 52),
        ("my 14 year old", 14),
        ("in my sixties", 60),
        ("54 yo female", 54),
        ("late 50s", 57),
        ("my son (12)", 12),
        ("29/f, runner", 29),
        ("F28, back pain after running", 28),
        ("my age is 42 years, weight 84 kg, back pain", 42),
        ("Female, 61 yrs. Pain since Easter.", 61),
        ("male 50 years with back ache", 50),
    ],
)
def test_age_is_read(text, age):
    assert values(text, AGE) == [age]


@pytest.mark.parametrize(
    "text",
    [
        "a 10 year old mattress",
        "60m and 100m sprints",
        "came off my bike in my twenties",
        "sat on the M25 for hours",
        "L4 and S1 are worn",
        "running for ages, 20 years",
    ],
)
def test_age_is_not_read_from_other_numbers(text):
    assert values(text, AGE) == []


@pytest.mark.parametrize(
    ("text", "pregnancy"),
    [
        ("20 weeks pregnant", Pregnancy("pregnant", 20)),
        ("expecting twins", Pregnancy("pregnant")),
        ("2nd trimester", Pregnancy("pregnant")),
        ("postpartum", Pregnancy("after_birth")),
        ("gave birth 8 weeks ago", Pregnancy("after_birth", 8)),
        ("baby due in 6 weeks", Pregnancy("pregnant", 34)),
        ("pregnant 500 weeks", Pregnancy("pregnant")),
    ],
)
def test_pregnancy_is_read(text, pregnancy):
    assert values(text, PREGNANCY) == [pregnancy]


@pytest.mark.parametrize(
    "text",
    ["I'm not pregnant", "no, not pregnant", "when I was pregnant", "trying for a baby", "no chance of being pregnant"],
)
def test_pregnancy_is_not_read_where_there_is_none(text):
    assert values(text, PREGNANCY) == []


@pytest.mark.parametrize(
    ("text", "medicines"),
    [
        ("took ibuprofin", [("nsaid", "ibuprofen")]),
        ("napproxen helps", [("nsaid", "naproxen")]),
        ("on apixiban", [("blood_thinner", "apixaban")]),
        ("co codamol", [("paracetamol", "co-codamol"), ("opioid", "co-codamol")]),
        ("I don't take any blood thinners", []),
        ("no steroids or blood thinners", []),
        ("an aspiring runner on a gluten free diet", []),
    ],
)
def test_medicine_is_read(text, medicines):
    found = [(medicine.group, medicine.name) for medicine in values(text, MEDICINE)]
    assert sorted(found) == sorted(medicines)


@pytest.mark.parametrize(
    ("text", "places"),
    [
        ("lowr bak", {"lower"}),
        ("upper and lower back", {"upper", "lower"}),
        ("between the shoulder blades", {"between_shoulder_blades"}),
        ("right between the shoulder blades", {"between_shoulder_blades"}),
        ("left side of my lower back", {"lower", "one_side_left"}),
        ("it's on the right", {"one_side_right"}),
        ("both sides of my back", {"both_sides"}),
        ("it goes down my left leg", {"down_the_leg"}),
        ("it doesn't go down my leg", set()),
        ("left knee, right side of my knee", set()),
        ("right now my tail bone", {"tailbone"}),
        ("not my lower back, my right glute", {"buttock", "one_side_right"}),
    ],
)
def test_back_place_is_read(text, places):
    assert set(values(text, BACK_PLACE)) == places


def test_equal_findings_are_returned_once():
    assert len(read("lower back, lower back, lower back")) == 1


# --- properties ------------------------------------------------------------------------------------------------------

WORDS = st.sampled_from(
    [word for message in MESSAGES for word in message["text"].split()]
    + ["½", "1⁄2", "²", "٣", "İ", "0", "00", "99999999", "1:99", "3:75", "24/7", "1/0", "-", ".", "\n", "’", "31 June"]
)
TEXTS = st.one_of(st.text(max_size=200), st.lists(WORDS, max_size=30).map(" ".join), st.lists(WORDS).map("".join))


def is_within_bounds(found: Found) -> bool:
    match found.entity, found.value:
        case "pain_score", value:
            return 0 <= value <= MAX_SCORE and value * 2 == int(value * 2)
        case "back_place", value:
            return value in PLACES
        case "onset_days", value:
            return isinstance(value, int) and 0 <= value <= MAX_ONSET_DAYS
        case "distance_km", value:
            return 0 < value <= MAX_DISTANCE_KM
        case "run_minutes", value:
            return isinstance(value, int) and 1 <= value <= MAX_RUN_MINUTES
        case "age", value:
            return isinstance(value, int) and MIN_AGE <= value <= MAX_AGE
        case "pregnancy", Pregnancy(state, weeks):
            most = {"pregnant": MAX_WEEKS_PREGNANT, "after_birth": MAX_WEEKS_AFTER_BIRTH}[state]
            return weeks is None or 0 <= weeks <= most
        case "medicine", Medicine(group, name):
            return name in load_words().medicines[group]
        case _:
            return False


def load_words(cache: list[EntityWords] = []) -> EntityWords:  # noqa: B006 - read once
    if not cache:
        cache.append(load_entity_words())
    return cache[0]


@settings(max_examples=400)
@given(text=TEXTS, today=st.dates(min_value=date(1990, 1, 1), max_value=date(2090, 12, 31)))
def test_any_text_is_read_within_bounds_and_sliced_from_the_text(text, today):
    for found in READER.read(text, today):
        assert 0 <= found.start < found.end <= len(text)
        assert text[found.start : found.end].strip()
        assert is_within_bounds(found), found
        assert found.role is None or found.role in ROLES[found.entity]


@given(text=TEXTS)
@settings(max_examples=100)
def test_reading_twice_gives_the_same(text):
    assert read(text) == read(text)


NUMBER_WORDS = "zero one two three four five six seven eight nine ten".split()


@settings(deadline=None)
@given(
    score=st.integers(0, 10),
    style=st.sampled_from(
        [
            "{n}/10",
            "{n} out of 10",
            "{w} out of ten",
            "{n} / 10",
            "the pain is {n}/10 today",
            "pain level {n}",
            "pain score: {n}",
            "my back is at a {n}",
            "I'd rate it {n}",
            "I would say {n} out of 10 right now",
            "{N} outta 10",
            "{n}.0/10",
        ]
    ),
)
def test_any_score_is_read_back(score, style):
    text = style.format(n=score, w=NUMBER_WORDS[score], N=NUMBER_WORDS[score].upper())
    assert values(text, PAIN_SCORE) == [score]


@settings(deadline=None)
@given(
    number=st.integers(2, 40),
    unit=st.sampled_from([("days", 1), ("weeks", 7), ("months", 30), ("yrs", 365), ("wks", 7), ("mo", 30)]),
    style=st.sampled_from(
        [
            "my back has hurt for {n} {u}",
            "back pain for the last {n} {u}",
            "{n} {u} of lower back pain",
            "it started {n} {u} ago",
            "lower back pain x {n} {u}",
            "I've been sore for about {n} {u} now",
            "{n} {u}",
            "{N} {U} ago I hurt my back",
        ]
    ),
)
def test_any_duration_is_read_back(number, unit, style):
    name, days = unit
    text = style.format(n=number, u=name, N=number, U=name.upper())
    assert values(text, ONSET_DAYS) == [number * days]


@settings(deadline=None)
@given(
    number=st.integers(2, 60),
    unit=st.sampled_from(
        [("km", 1), ("k", 1), (" km", 1), (" miles", 1.609344), ("-mile", 1.609344), (" kilometres", 1)]
    ),
    style=st.sampled_from(["ran {d} yesterday", "did {d} on sunday", "after {d} my back hurts", "my usual {d} loop"]),
)
def test_any_distance_is_read_back(number, unit, style):
    name, kilometres = unit
    assert values(style.format(d=f"{number}{name}"), DISTANCE_KM) == [round(number * kilometres, 1)]


@settings(deadline=None)
@given(
    minutes=st.integers(2, 300),
    style=st.sampled_from(["ran {m} min", "ran for {m} minutes", "a {m} minute run", "{m}min jog", "ran {h}h{r:02}"]),
)
def test_any_time_run_is_read_back(minutes, style):
    hours, rest = divmod(minutes, 60)
    if "{h}" in style and not hours:
        return
    assert values(style.format(m=minutes, h=hours, r=rest), RUN_MINUTES) == [minutes]


# --- the word file ---------------------------------------------------------------------------------------------------


def test_a_word_that_a_trainer_adds_is_found():
    words = load_entity_words()
    more = words.copy(update={"medicines": {**words.medicines, "nsaid": (*words.medicines["nsaid"], "zaltoprofen")}})
    found = EntityReader(more).read("on zaltoprofin since monday", TODAY)
    assert Medicine("nsaid", "zaltoprofen") in [item.value for item in found]


def test_no_phrase_stands_twice_in_one_list():
    words = load_entity_words()
    for lists in (words.places, words.medicines, words.pregnancy, words.spellings):
        for heading, phrases in lists.items():
            assert len(set(phrases)) == len(phrases), heading


def test_no_misspelling_is_a_listed_word():
    words = load_entity_words()
    listed = {word for lists in (words.places, words.medicines) for phrases in lists.values() for word in phrases}
    assert not listed & {wrong for all_wrong in words.spellings.values() for wrong in all_wrong}


def test_word_file_with_a_missing_heading_is_refused(tmp_path):
    text = (entities.ROOT / "knowledge" / entities.FILE_NAME).read_text(encoding="utf-8")
    (tmp_path / entities.FILE_NAME).write_text(text.replace("  tailbone:\n", "  tail:\n"), encoding="utf-8")
    with pytest.raises(KnowledgeError, match="tailbone"):
        load_entity_words(tmp_path)


def test_the_pure_reader_imports_no_rasa():
    assert "rasa" not in Path(entities.__file__).read_text(encoding="utf-8").split("import", 1)[1].split("FILE_NAME")[0]


# --- the component ---------------------------------------------------------------------------------------------------


@pytest.fixture
def extract(monkeypatch) -> Any:
    from rasa.shared.nlu.constants import ENTITIES as MESSAGE_ENTITIES
    from rasa.shared.nlu.constants import TEXT
    from rasa.shared.nlu.training_data.message import Message

    from backstride.language import entity_component
    from backstride.language.featurizer import TIDY_TEXT

    monkeypatch.setattr(entity_component, "_today", lambda: TODAY)
    component = entity_component.MessageEntityExtractor(READER)

    def _extract(
        text: str, *, tidied: bool = True, already: list[dict[str, Any]] | None = None
    ) -> list[dict[str, Any]]:
        message = Message({TEXT: text})
        if tidied:
            message.set(TIDY_TEXT, tidy(text))
        if already:
            message.set(MESSAGE_ENTITIES, already)
        component.process([message])
        return message.get(MESSAGE_ENTITIES, [])

    return _extract


def test_component_gives_rasas_keys(extract):
    assert extract("my lower back, 7/10") == [
        {"entity": "back_place", "start": 3, "end": 13, "value": "lower", "extractor": "MessageEntityExtractor"},
        {"entity": "pain_score", "start": 15, "end": 19, "value": 7, "extractor": "MessageEntityExtractor"},
    ]


def test_component_gives_roles_and_values_that_json_can_hold(extract):
    found = extract("did a 10 miler, took ibuprofen, 20 weeks pregnant")
    assert json.loads(json.dumps(found)) == found
    assert [(item["entity"], item["value"], item.get("role")) for item in found] == [
        ("distance_km", 16.1, "last_run"),
        ("medicine", {"class": "nsaid", "name": "ibuprofen"}, None),
        ("pregnancy", {"state": "pregnant", "weeks": 20}, None),
    ]


def test_component_keeps_the_entities_that_are_there(extract):
    already = {"entity": "entry", "start": 0, "end": 2, "value": "relief.heat"}
    assert [item["entity"] for item in extract("my lower back", already=[already])] == ["entry", "back_place"]


@pytest.mark.parametrize(
    ("text", "words"),
    [
        ("  my   lower    back ", "lower    back"),
        ("<b>my lower back</b> hurts", "lower back"),
        ("pain &amp; ache, lower back", "lower back"),
        ("it’s my “lower back”", "lower back"),
        ("owwwwwwww my lower back", "lower back"),
        ("my \u200blower\u200b back", "lower\u200b back"),
        ("½ way, lower back", "lower back"),
        ("\ufb01ne until my lower back", "lower back"),  # one character that becomes two
    ],
)
def test_component_gives_offsets_of_the_original_text(extract, text, words):
    found = [item for item in extract(text) if item["entity"] == "back_place"]
    assert [text[item["start"] : item["end"]] for item in found] == [words]


def test_component_reads_the_original_where_nothing_is_tidied(extract):
    assert [item["value"] for item in extract("my lower back", tidied=False)] == ["lower"]


@pytest.mark.parametrize("text", ['/inform{"pain_score": 7}', "/greet", ""])
def test_component_leaves_payloads_alone(extract, text):
    assert extract(text) == []


def test_component_leaves_training_data_alone():
    from rasa.shared.nlu.training_data.message import Message
    from rasa.shared.nlu.training_data.training_data import TrainingData

    from backstride.language.entity_component import MessageEntityExtractor

    example = Message.build("my lower back, 7/10", "report_pain")
    before = dict(example.data)
    data = TrainingData([example])
    assert MessageEntityExtractor(READER).process_training_data(data) is data
    assert example.data == before


def test_component_is_registered_as_an_entity_extractor():
    from rasa.engine.recipes.default_recipe import DefaultV1Recipe

    from backstride.language.entity_component import MessageEntityExtractor

    registered = DefaultV1Recipe._from_registry(MessageEntityExtractor.__name__)
    assert registered.types == {DefaultV1Recipe.ComponentType.ENTITY_EXTRACTOR}
    assert not registered.is_trainable


@settings(max_examples=150)
@given(text=st.one_of(TEXTS, st.text(alphabet="lower back7/10½’ <b>&amp;\u200b\ufb01", max_size=80)))
def test_component_offsets_stay_inside_any_text(text):
    from backstride.language.entity_component import offsets_in

    tidied = tidy(text)
    starts, ends = offsets_in(text, tidied)
    assert len(starts) == len(ends) == len(tidied)
    assert all(0 <= start <= end <= len(text) for start, end in zip(starts, ends, strict=True))
    assert starts == sorted(starts)


# A number without a unit beside a distance with one, in any order: which run each is of.
BESIDE_A_DISTANCE = [
    ("14k today, usually i do like 8", {"last_run": 14.0, "usual": 8.0}),
    ("my lower back hurts after yesterdays 12k, normally 8. 4/10 same", {"last_run": 12.0, "usual": 8.0}),
    ("it was 12 km, no wait, 12 miles. my longest before was 8 miles", {"last_run": 19.3, "longest": 12.9}),
    ("14k today … usually i do like 8", {"last_run": 14.0, "usual": 8.0}),
    ("usually i do like 8, did 14k today", {"last_run": 14.0, "usual": 8.0}),
    ("i usually do about 8 but ran 14k on sunday", {"last_run": 14.0, "usual": 8.0}),
    ("normally i'd run 5 or so, yesterday i ran 12 km", {"last_run": 12.0, "usual": 5.0}),
    ("ran 12 km yesterday, normally i'd run 5 or so", {"last_run": 12.0, "usual": 5.0}),
    ("did 20k, my longest was 12", {"last_run": 20.0, "longest": 12.0}),
    ("did 20k. longest before that was 12", {"last_run": 20.0, "longest": 12.0}),
    ("longest was 12, then did 20k on sunday", {"last_run": 20.0, "longest": 12.0}),
    ("i used to do 5, now i ran 10k", {"last_run": 10.0, "usual": 5.0}),
    ("ran 10k yesterday, i used to do 5", {"last_run": 10.0, "usual": 5.0}),
    ("went up from 5 to 10k last week", {"usual": 5.0, "last_run": 10.0}),
    ("up from 6 to 10k", {"usual": 6.0, "last_run": 10.0}),
    ("did 10k up from 6", {"last_run": 10.0, "usual": 6.0}),
    ("ran 16 km instead of 10", {"last_run": 16.0, "usual": 10.0}),
    ("instead of 10 i ran 16 km", {"last_run": 16.0, "usual": 10.0}),
    ("instead of my usual 10 i did 16k yesterday", {"last_run": 16.0, "usual": 10.0}),
    ("jumped from 5 to 10k", {"usual": 5.0, "last_run": 10.0}),
    ("i jumped to 10k from 5", {"usual": 5.0, "last_run": 10.0}),
    ("did 12k on saturday when i normally only do 6", {"last_run": 12.0, "usual": 6.0}),
    ("ran 8 miles, most i'd done before was 5", {"last_run": 12.9, "longest": 8.0}),
    ("most i ever did was 5, on sunday i ran 8 miles", {"last_run": 12.9, "longest": 8.0}),
    ("never more than 10 before, did 18k sunday", {"last_run": 18.0, "longest": 10.0}),
    ("18k on sunday, never more than 10 before", {"last_run": 18.0, "longest": 10.0}),
    ("18k sunday, i am used to 10", {"last_run": 18.0, "usual": 10.0}),
    ("i'm used to 10 and did 18k sunday", {"last_run": 18.0, "usual": 10.0}),
    ("did 18k, typically its 10", {"last_run": 18.0, "usual": 10.0}),
    ("my runs are 5 on average, did 11 km yesterday", {"last_run": 11.0, "usual": 5.0}),
    ("did 11 km yesterday, my runs are 5 mostly", {"last_run": 11.0, "usual": 5.0}),
    ("did 11 km yesterday mostly i run 5", {"last_run": 11.0, "usual": 5.0}),
    ("did 11 km yesterday, most days i run 5", {"last_run": 11.0, "usual": 5.0}),
    ("8 is my usual but i did 14k", {"last_run": 14.0, "usual": 8.0}),
    ("14k, 8 is my usual", {"last_run": 14.0, "usual": 8.0}),
    ("14k, 8 is normal for me", {"last_run": 14.0, "usual": 8.0}),
    ("doubled from 5 to 10k", {"usual": 5.0, "last_run": 10.0}),
    ("my long run is usually 12 but this time it was 18k", {"last_run": 18.0, "usual": 12.0}),
    ("10k instead of the usual 5", {"last_run": 10.0, "usual": 5.0}),
    ("ran 10 miles today, 6 is my max", {"last_run": 16.1, "longest": 9.7}),
    ("ran 10 miles today, my max is 6", {"last_run": 16.1, "longest": 9.7}),
    ("ran 10 miles today. max before 6", {"last_run": 16.1, "longest": 9.7}),
    ("usually eight, today 14k", {"last_run": 14.0, "usual": 8.0}),
    ("14k today, usually eight or so", {"last_run": 14.0, "usual": 8.0}),
    ("yesterday i ran 14. usually i run 8k", {"last_run": 14.0, "usual": 8.0}),
    ("did 14 yesterday, usually 8k", {"last_run": 14.0, "usual": 8.0}),
]


@pytest.mark.parametrize(("text", "runs"), BESIDE_A_DISTANCE)
def test_a_number_without_a_unit_is_a_distance_where_its_own_words_say_which(text, runs):
    found = {item.role: item.value for item in read(text) if item.entity == DISTANCE_KM}
    assert {role: found.get(role) for role in ("last_run", "longest", "usual") if found.get(role)} == runs


@pytest.mark.parametrize(
    "text",
    [
        "did 10k, normally 5 times a week",
        "did 10k, the pain is usually 5",
        "did 10k, usually i run at 5:30 pace",
        "did 10k, normally i sleep 8 hours",
        "ran 10k, used to run 3 times a week",
        "ran 10k, up from bed at 6",
        "ran 10k, pain went up from 2 to 6",
        "ran 10k, pain jumped to 7",
        "ran 10k. pain 7, normally its a 2",
        "ran 10k, the pain was 6, usually 2",
        "ran 10k, i'm 45, used to it",
        "ran 10k, usually i start at 7",
        "ran 10k, most days i sit 8",
        "my longest was 3 hours, did 10k",
        "ran 10k, usually in 55",
        "ran 10k, back pain usually lasts 2",
        "ran 10k, at 6 in the morning, normally later",
        "did 10k on 3 may, normally slower",
    ],
)
def test_no_other_number_is_a_distance_beside_one(text):
    assert [(item.value, item.role) for item in read(text) if item.entity == DISTANCE_KM] == [(10.0, "last_run")]


@pytest.mark.parametrize(
    ("text", "score"),
    [
        ("it's 3 now but was at 8 before", 3),
        ("it was 4 before, now a 7", 7),
        ("pain is 6 today, was a 3 yesterday", 6),
    ],
)
def test_of_a_score_then_and_now_the_one_that_holds_is_read(text, score):
    assert values(text, PAIN_SCORE) == [score]


def test_a_purchase_is_no_onset():
    assert values("I bought new ones in September. On Sunday I woke up and could hardly bend", ONSET_DAYS) == [3]


def test_a_weekday_ago_at_the_very_start_lies_within_the_text():
    [found] = [found for found in read("sunday ago0") if found.entity == ONSET_DAYS]
    assert (found.start, found.end) == (0, 10)
