"""The exercise pictures: safe to show anywhere, readable on light and dark, drawn as a body can move."""

from __future__ import annotations

import re
import sys
import xml.etree.ElementTree as ET
from pathlib import Path
from typing import Any

import pytest

from backstride.checked_yaml import read_yaml

ROOT = Path(__file__).resolve().parents[1]
IMAGES = ROOT / "knowledge" / "images"
sys.path.insert(0, str(ROOT / "scripts"))

import draw_exercises  # noqa: E402
import jointed_figure as figure  # noqa: E402

ENTRIES = read_yaml(ROOT / "knowledge" / "back_pain.yml")["entries"]
EXERCISES = {name.partition(".")[2]: entry for name, entry in ENTRIES.items() if name.startswith("exercise.")}
NAMES = sorted(EXERCISES)
PICTURES = {picture.name: picture for picture in draw_exercises.pictures()}
FIGURES = [(picture.name, index) for picture in PICTURES.values() for index in range(len(picture.panels))]

SVG = "{http://www.w3.org/2000/svg}"
# All that a drawing may hold. No script, style, link, font, image or handler is among it, so a strict CSP takes it.
ALLOWED = {
    "svg": {"width", "height", "viewBox", "role"},
    "title": set(),
    "desc": set(),
    "g": {"fill", "stroke-linecap", "stroke-linejoin"},
    "path": {"d", "transform", "fill", "fill-opacity", "stroke", "stroke-width"},
    "circle": {"cx", "cy", "r", "fill"},
}
NUMBER = re.compile(r"(?<![#\w.])-?\d+(?:\.\d+)?")


def text_of(name: str) -> str:
    return (IMAGES / f"{name}.svg").read_text(encoding="utf-8")


def svg_of(name: str) -> ET.Element:
    return ET.fromstring(text_of(name))


def skeleton(name: str, index: int) -> Any:
    return figure.solve(PICTURES[name].panels[index].pose)


def luminance(colour: str) -> float:
    """Relative luminance of '#rrggbb' as WCAG defines it."""
    parts = [int(colour[at : at + 2], 16) / 255 for at in (1, 3, 5)]
    red, green, blue = (part / 12.92 if part <= 0.04045 else ((part + 0.055) / 1.055) ** 2.4 for part in parts)
    return 0.2126 * red + 0.7152 * green + 0.0722 * blue


def contrast(one: str, other: str) -> float:
    dark, light = sorted((luminance(one), luminance(other)))
    return (light + 0.05) / (dark + 0.05)


# --- which pictures there are ----------------------------------------------------------------------------------------


def test_every_exercise_names_its_own_picture_and_no_picture_is_left_over():
    assert {name: entry.get("picture") for name, entry in EXERCISES.items()} == {n: f"{n}.svg" for n in NAMES}
    assert {path.name for path in IMAGES.glob("*.svg")} == {f"{name}.svg" for name in NAMES}


def test_committed_pictures_are_what_the_script_draws():
    drawn = draw_exercises.draw_all()
    assert set(drawn) == {f"{name}.svg" for name in NAMES}
    for file, drawing in drawn.items():
        kept = text_of(file.removesuffix(".svg"))
        stale = f"{file} is out of date: run 'python scripts/draw_exercises.py'"
        assert NUMBER.sub("?", kept) == NUMBER.sub("?", drawing), stale
        # A tenth may be rounded otherwise by another machine's sine.
        pairs = zip(NUMBER.findall(kept), NUMBER.findall(drawing), strict=True)
        assert all(abs(float(one) - float(other)) < 0.11 for one, other in pairs), stale


# --- what stands in the files ----------------------------------------------------------------------------------------


@pytest.mark.parametrize("name", NAMES)
def test_picture_is_a_small_svg_with_a_title_and_a_description(name):
    root = svg_of(name)

    assert root.tag == f"{SVG}svg"
    assert root.get("viewBox") == "0 0 320 240"
    assert [child.tag for child in root[:2]] == [f"{SVG}title", f"{SVG}desc"]
    assert root[0].text == EXERCISES[name]["title"]
    assert re.match(r"1: .+ 2: .+\.$", root[1].text or "")
    assert 60 <= len(root[1].text or "") <= 240
    assert (IMAGES / f"{name}.svg").stat().st_size <= 12_000


@pytest.mark.parametrize("name", NAMES)
def test_picture_holds_nothing_but_shapes(name):
    for element in svg_of(name).iter():
        tag = element.tag.removeprefix(SVG)
        assert tag in ALLOWED
        assert set(element.attrib) <= ALLOWED[tag]
        assert not any("url(" in value or "://" in value for value in element.attrib.values())
    assert "<!" not in text_of(name)
    assert "<?" not in text_of(name)


@pytest.mark.parametrize("ground", ["#ffffff", "#14181d"])
def test_every_colour_stands_out_from_light_and_dark_ground(ground):
    colours = {
        value
        for name in NAMES
        for element in svg_of(name).iter()
        for key, value in element.attrib.items()
        if key in {"fill", "stroke"} and value != "none"
    }
    assert all(re.fullmatch(r"#[0-9a-f]{6}", colour) for colour in colours)
    assert {colour: round(contrast(colour, ground), 2) for colour in colours if contrast(colour, ground) < 3} == {}


@pytest.mark.parametrize("name", NAMES)
def test_picture_shows_two_numbered_figures_and_the_way_between(name):
    root = svg_of(name)

    assert len(root.findall(f".//{SVG}path[@transform]")) == 2
    assert root.findall(f".//{SVG}path[@stroke='{figure.ARROW}']")
    assert root.findall(f".//{SVG}path[@fill='{figure.ARROW}']")


# --- how a body moves ------------------------------------------------------------------------------------------------


@pytest.mark.parametrize(("name", "index"), FIGURES)
def test_limbs_keep_their_length(name, index):
    body = skeleton(name, index)
    for limb, (upper, lower) in {
        "near_leg": (figure.THIGH, figure.SHIN),
        "far_leg": (figure.THIGH, figure.SHIN),
        "near_arm": (figure.UPPER_ARM, figure.FOREARM),
        "far_arm": (figure.UPPER_ARM, figure.FOREARM),
    }.items():
        parts = body.limbs[limb]
        assert (parts.middle - parts.root).length == pytest.approx(upper)
        assert (parts.joint - parts.middle).length == pytest.approx(lower)


@pytest.mark.parametrize(("name", "index"), FIGURES)
def test_knees_and_elbows_bend_the_right_way(name, index):
    for limb, parts in skeleton(name, index).limbs.items():
        assert -1 <= parts.bend <= (figure.MOST_KNEE if limb.endswith("leg") else figure.MOST_ELBOW)


@pytest.mark.parametrize(("name", "index"), FIGURES)
def test_figure_rests_on_the_floor_and_does_not_sink_into_it(name, index):
    ground = 12 if (name, index) == ("step_up", 1) else 0
    body = skeleton(name, index)
    low = [point.y - figure.TRUNK_WIDTH / 2 for point in body.spine]
    for limb, parts in body.limbs.items():
        radius = (figure.LEG_WIDTH if limb.endswith("leg") else figure.ARM_WIDTH) / 2
        low += [point.y - radius for point in (parts.middle, parts.joint)]
        low += [point.y - 2 for point in (parts.tip, parts.heel) if point]
    assert -1.2 <= min(low) - ground <= 0.6


@pytest.mark.parametrize(
    ("name", "kept"),
    [
        ("cat_cow", ("near_leg", "far_leg", "near_arm", "far_arm")),
        ("bird_dog", ("far_leg", "near_arm")),
        ("pelvic_tilt", ("near_leg", "far_leg")),
        ("knee_to_chest", ("far_leg",)),
        ("glute_bridge", ("near_leg", "far_leg")),
        ("half_kneeling_lean", ("far_leg",)),
        ("hip_flexor_stretch", ("far_leg",)),
        ("seated_lean_back", ("near_leg", "far_leg")),
        ("curl_up", ("near_leg", "far_leg", "near_arm", "far_arm")),
        ("plank", ("near_arm", "far_arm")),
        ("sit_to_stand", ("near_leg", "far_leg")),
        ("step_up", ("near_leg",)),
        ("leg_swings", ("far_leg", "far_arm")),
    ],
)
def test_hands_and_feet_that_carry_the_body_stay_where_they_are(name, kept):
    start, end = skeleton(name, 0), skeleton(name, 1)
    for limb in kept:
        assert (start.limbs[limb].joint - end.limbs[limb].joint).length < 1


def test_a_pose_that_no_body_can_take_is_refused():
    stand = draw_exercises.upright()

    with pytest.raises(figure.PoseError, match="near_leg: the target is 60"):
        figure.solve(draw_exercises.upright(near_leg=figure.Reach(stand.hip + figure.V(0, -60, figure.HIP_SIDE))))
    with pytest.raises(figure.PoseError, match="far_leg: the knee is bent by -40 degrees"):
        figure.solve(draw_exercises.upright(far_leg=figure.Bend(-90, -50)))
    with pytest.raises(figure.PoseError, match="near_arm: the elbow is bent by 170 degrees"):
        figure.solve(draw_exercises.upright(near_arm=figure.Bend(-90, 80)))
