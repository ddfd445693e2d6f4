"""What says who somebody is: hidden where it is shown, and never written into the data."""

from __future__ import annotations

import re

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from backstride.settings import ROOT
from backstride.studio.changes import Plan, plan_changes
from backstride.studio.corrections import Correction, Step
from backstride.studio.masking import MASKS, Masking, holds_mask, words_without_capital
from backstride.studio.nearest import Meaning, VectorStore
from backstride.studio.project_files import project_at

EXAMPLES = tuple(example.text for example in project_at(ROOT).examples)
MASKING = Masking(words_without_capital(EXAMPLES))


@pytest.mark.parametrize(
    ("text", "masked"),
    [
        ("my name is oswin and my back hurts", "my name is [name] and my back hurts"),
        ("my name's o'brien", "my name's [name]"),
        ("name: tim jones", "name: [name]"),
        ("im Kim from Leeds", "im [name] from [place]"),
        ("I am Aoife, 34, sore again", "I am [name], 34, sore again"),
        ("It's Siobhan again", "It's [name] again"),
        ("jose here, back again", "[name] here, back again"),
        ("MY NAME IS JOHN SMITH", "MY NAME IS [name]"),
        ("Marta Kowalska", "[name]"),
        ("regards, Marta", "regards, [name]"),
        ("my physio sarah said rest", "my physio [name] said rest"),
        ("i train with tom and lisa", "i train with [name] and [name]"),
        ("dr smith told me to stop", "dr [name] told me to stop"),
        ("coach Dave says go slow", "coach [name] says go slow"),
        ("saw Anna's osteopath", "saw [name] osteopath"),
        ("ich bin Jürgen", "ich bin [name]"),
    ],
)
def test_name_is_hidden_however_it_is_said(text: str, masked: str) -> None:
    assert MASKING.masked(text) == masked


@pytest.mark.parametrize(
    ("text", "masked"),
    [
        ("write to b.okafor+run@mail.example.org please", "write to [mail] please"),
        ("b.okafor@example.co.uk.", "[mail]."),
        ("okafor dot ben at example dot org", "[mail]"),
        ("okafor (at) example com", "[mail]"),
        ("see https://example.org/athletes/12?x=1", "see [link]"),
        ("example.com/athletes/12 shows it", "[link] shows it"),
        ("@backrunner on there", "[link] on there"),
        ("my insta is backrunner99", "my insta is [link]"),
    ],
)
def test_mail_and_account_are_hidden_also_when_spelled_out(text: str, masked: str) -> None:
    assert MASKING.masked(text) == masked


@pytest.mark.parametrize(
    ("text", "masked"),
    [
        ("call me on 07700 900123", "call me on [number]"),
        ("+44 (0)7700 900-123", "[number]"),
        ("tel:07700900123", "tel:[number]"),
        ("0 7 7 0 0 9 0 0 1 2 3", "[number]"),
        ("patient number 943 476 5919", "patient number [number]"),
        ("card 4111 1111 1111 1111", "card [number]"),
        ("policy 48213", "policy [number]"),
        ("dob 03/05/1987", "[date]"),
        ("born 3 may 1987 in a hurry", "[date] in a hurry"),
        ("my birthday is 12 june", "my [date]"),
    ],
)
def test_number_that_belongs_to_somebody_is_hidden(text: str, masked: str) -> None:
    assert MASKING.masked(text) == masked


@pytest.mark.parametrize(
    ("text", "masked"),
    [
        ("i live in manchester", "i live in [place]"),
        ("i'm from st albans", "i'm from [place]"),
        ("based in new york", "based in [place]"),
        ("ran round sheffield twice", "ran round [place] twice"),
        ("i run in hyde park every day", "i run in [place] park every day"),
        ("I live at 12 Baker Street", "I live at [address]"),
        ("12b baker st", "[address]"),
        ("sw1a1aa is where", "[address] is where"),
        ("zip 90210", "[address]"),
        ("i work for fabrikam", "i work for [place]"),
    ],
)
def test_place_is_hidden_also_in_small_letters(text: str, masked: str) -> None:
    assert MASKING.masked(text) == masked


@pytest.mark.parametrize(
    "text",
    [
        "it hurts 7/10 since monday",
        "i ran 10000 m in 42 minutes",
        "12000 steps a day, 42195 meters once",
        "half marathon in 1:45:30",
        "took 400 mg ibuprofen, then 2 x 500 mg paracetamol",
        "the L4/L5 disc, says the MRI",
        "i am 45 years old and run 30 km a week",
        "will it be better in march or may",
        "4 km on the road, then a hill",
        "My Garmin says 180 on Sundays",
        "this is the worst pain i've had",
        "the doctor said rest, the nurse said move",
        "i work at a desk for 9 hours",
    ],
)
def test_what_a_trainer_needs_stays_readable(text: str) -> None:
    assert MASKING.masked(text) == text


def test_hardly_any_example_of_the_data_is_hidden() -> None:
    """A mask too many costs the trainer the sense of a message: two in a hundred at the most."""
    hidden = sum(bool(MASKING.found_in(text)) for text in EXAMPLES)
    assert hidden / len(EXAMPLES) < 0.02


# --- properties ----------------------------------------------------------------------------------------------------

plain = st.sampled_from([text for text in EXAMPLES if not MASKING.found_in(text)])
digits = st.text("0123456789", min_size=9, max_size=12)
local = st.from_regex(r"[a-z]{3,8}[.][a-z]{3,8}", fullmatch=True)
personal = st.one_of(
    st.builds("{}@{}.example.org".format, local, st.from_regex("[a-z]{3,9}", fullmatch=True)),
    st.builds(lambda number, gap: f"{number[:5]}{gap}{number[5:]}", digits, st.sampled_from(["", " ", "-", ".", ") "])),
    st.builds("https://example.org/{}".format, local),
    st.builds(
        "{} {}".format,
        st.sampled_from(["my name is", "call me", "dr", "I live in"]),
        st.from_regex("zq[a-z]{4,9}", fullmatch=True),
    ),
)


@given(before=plain, what=personal, after=plain)
@settings(max_examples=150)
def test_nothing_personal_is_left_wherever_it_stands(before: str, what: str, after: str) -> None:
    masked = MASKING.masked(f"{before}, {what} {after}")
    secret = what.split()[-1] if what[0].isalpha() else what
    assert secret not in masked
    for part in re.findall(r"\d{4,}", what):
        assert part not in masked


@given(st.lists(st.one_of(plain, personal, st.text(max_size=20)), max_size=5).map(" ".join))
@settings(max_examples=150)
def test_only_what_is_hidden_is_changed(text: str) -> None:
    masked, at = "", 0
    for mask in MASKING.found_in(text):
        assert at <= mask.start < mask.end <= len(text)
        masked += text[at : mask.start] + mask.mask
        at = mask.end
    assert MASKING.masked(text) == masked + text[at:]
    assert holds_mask(MASKING.masked(text)) or MASKING.masked(text) == text


@pytest.fixture(scope="module")
def plan_of(tmp_path_factory: pytest.TempPathFactory):
    """What a correction would change in the project's files; nothing is near to anything."""
    meaning = Meaning(VectorStore(tmp_path_factory.mktemp("vectors") / "vectors.npz"))
    project = project_at(ROOT)

    def plan(correction: Correction) -> Plan:
        step = Step(
            id=1, conversation="c", message="m", who="Kim", at=0, correction=correction, is_written=False, files=()
        )
        return plan_changes([step], project, meaning, MASKING)

    return plan


mask_like = st.builds(
    lambda mask, opening, closing, blank, shout: f"{opening}{blank}{mask.upper() if shout else mask}{blank}{closing}",
    st.sampled_from([mask.strip("[]") for mask in MASKS]),
    st.sampled_from("[("),
    st.sampled_from("])"),
    st.sampled_from(["", " "]),
    st.booleans(),
)


@given(before=plain, hidden=mask_like, after=plain, kind=st.sampled_from(["intent", "missed", "wrong"]))
@settings(max_examples=100)
def test_masked_words_are_never_written_back(plan_of, before: str, hidden: str, after: str, kind: str) -> None:
    flag = "cauda_equina"
    correction = Correction(
        text=f"{before} {hidden} {after}"[:900],
        intent="relief_heat" if kind == "intent" else "",
        missed_flags=(flag,) if kind == "missed" else (),
        wrong_flags=(flag,) if kind == "wrong" else (),
    )
    assert holds_mask(correction.text)
    assert plan_of(correction).changes == ()


@given(before=plain, what=personal)
@settings(max_examples=60)
def test_personal_words_that_were_not_masked_are_not_written_either(plan_of, before: str, what: str) -> None:
    """A trainer who looked at the unmasked words may paste them."""
    assert plan_of(Correction(text=f"{before[:400]} {what}", intent="relief_heat")).changes == ()


def test_lists_hold_small_letters_only() -> None:
    folder = ROOT / "backstride" / "studio"
    for name in ("first_names.txt", "names_and_words.txt", "towns.txt"):
        words = (folder / name).read_text(encoding="utf-8").split()
        assert words == sorted({word.lower() for word in words})
