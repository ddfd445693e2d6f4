"""Draw the picture of every exercise into knowledge/images: `python scripts/draw_exercises.py`.

Each picture shows the start as figure 1 and the end as figure 2, with an arrow along the movement. A pose is written
down as directions and targets in the units of `jointed_figure.py`. What a picture says to somebody who cannot see it
stands in knowledge/images/descriptions.yml; its title is that of the entry in knowledge/back_pain.yml.
"""

from __future__ import annotations

import math
import sys
from dataclasses import dataclass, replace
from pathlib import Path
from typing import TYPE_CHECKING, Any
from xml.sax.saxutils import escape

from jointed_figure import (
    ANKLE,
    ARROW,
    GROUND,
    HIP_SIDE,
    NUMBER,
    SHOES,
    SHOULDER_SIDE,
    WOOD,
    Bend,
    Camera,
    Canvas,
    Pose,
    PoseError,
    Reach,
    V,
    curve,
    draw_body,
    number,
    towards,
)
from ruamel.yaml import YAML

if TYPE_CHECKING:
    from collections.abc import Sequence

KNOWLEDGE = Path(__file__).resolve().parents[1] / "knowledge"
IMAGES = KNOWLEDGE / "images"
WIDTH, HEIGHT, MARGIN = 320, 240, 3
GAP = 6.0  # around the figures
MOST_SCALE = 2.9
FROM_THE_SIDE = Camera()
ARROW_WIDTH, ARROW_HEAD = 2.1, 3.7  # per cent of the figure's height
# The figures' numbers as lines, so that no font is needed.
_DIGITS = ("M-3-3.5L1-7V7", "M-4-3.5C-3-8.5 4-8 4-3.5C4 0-3 3-4.5 7H4.5")


class PictureError(ValueError):
    """A picture that cannot be drawn as it is written down."""


@dataclass(frozen=True, slots=True)
class Arrow:
    """The way that a part of the body takes; two heads for a movement to and fro, none for a line to look at."""

    points: tuple[V, ...]
    heads: int = 1


@dataclass(frozen=True, slots=True)
class Floor:
    """The floor, or a mat, from one x to another, turned around the upright by `turn` degrees."""

    start: float
    end: float
    mat: bool = False
    depth: float = 15.0
    turn: float = 0.0


@dataclass(frozen=True, slots=True)
class Box:
    """A block: a cushion, a step, a part of a chair."""

    low: V
    high: V
    colour: str = WOOD


@dataclass(frozen=True, slots=True)
class Bar:
    """A round one: a rail, a post, a rolled cushion."""

    start: V
    end: V
    width: float = 2.2
    colour: str = WOOD


@dataclass(frozen=True, slots=True, kw_only=True)
class Panel:
    """One of the figures of a picture."""

    pose: Pose
    floor: Floor
    arrows: tuple[Arrow, ...] = ()
    props: tuple[Box | Bar, ...] = ()


@dataclass(frozen=True, slots=True, kw_only=True)
class Picture:
    """A picture: its figures, one above the other or side by side."""

    name: str
    panels: tuple[Panel, ...]
    stacked: bool = True
    shoes: bool = False
    camera: Camera = FROM_THE_SIDE


def near(x: float, y: float) -> V:
    """Return a target for the foot on the viewer's side."""
    return V(x, y, HIP_SIDE)


def far(x: float, y: float) -> V:
    """Return a target for the other foot."""
    return V(x, y, -HIP_SIDE)


def near_hand(x: float, y: float, z: float = SHOULDER_SIDE) -> V:
    """Return a target for the hand on the viewer's side."""
    return V(x, y, z)


def far_hand(x: float, y: float, z: float = -SHOULDER_SIDE) -> V:
    """Return a target for the other hand."""
    return V(x, y, z)


INSTEP = 202.0  # where toes point when the top of the foot lies on the floor behind a kneeling figure
PALM = 2.6  # height of the wrist above a flat hand


def knees_bent(**changes: Any) -> Pose:
    """Return a figure on its back, head to the left, feet flat."""
    pose = Pose(
        hip=V(0, 5.8),
        spine=(178, 178, 180),
        neck=173,
        gaze=84,
        near_leg=Reach(near(23, ANKLE), 0),
        far_leg=Reach(far(23, ANKLE), 0),
        near_arm=Bend(-11, 0, 0),
        far_arm=Bend(-11, 0, 0),
    )
    return replace(pose, **changes)


def all_fours(**changes: Any) -> Pose:
    """Return a figure on hands and knees, head to the right."""
    pose = Pose(
        hip=V(0, 27.9),
        spine=(8, 14, 17),
        neck=5,
        gaze=-70,
        near_leg=Bend(-90, 178, INSTEP),
        far_leg=Bend(-90, 178, INSTEP),
        near_arm=Reach(near_hand(27, PALM), 0),
        far_arm=Reach(far_hand(27, PALM), 0),
    )
    return replace(pose, **changes)


def upright(**changes: Any) -> Pose:
    """Return a standing figure that faces right."""
    pose = Pose(
        hip=V(0, 53.4),
        spine=(93, 92, 88),
        neck=88,
        gaze=0,
        near_leg=Reach(near(0, ANKLE), 0),
        far_leg=Reach(far(0, ANKLE), 0),
        near_arm=Bend(-96, -82),
        far_arm=Bend(-96, -82),
    )
    return replace(pose, **changes)


LYING = Floor(-52, 38, mat=True)
FOURS = Floor(-42, 48, mat=True)
STAND = Floor(-22, 22)


def pictures() -> tuple[Picture, ...]:
    """Return all pictures, in the order of the exercises in knowledge/back_pain.yml."""
    return (
        _knee_rolls(),
        _bottom_to_heels(),
        _cat_cow(),
        _pelvic_tilt(),
        _knee_to_chest(),
        _half_kneeling_lean(),
        _hip_flexor_stretch(),
        _seated_lean_back(),
        _standing_back_bend(),
        _press_up(),
        _glute_bridge(),
        _bird_dog(),
        _side_plank(),
        _curl_up(),
        _plank(),
        _sit_to_stand(),
        _step_up(),
        _walking(),
        _leg_swings(),
        _cross_body_warm_up(),
    )


def _knee_rolls() -> Picture:
    turn = -20.0

    def rolled(way: float, degrees: float) -> V:
        return towards(way).turned(V(1, 0), degrees)

    def around(degrees: float) -> V:
        return (V(26, 6) + V(0, 30).turned(V(1, 0), degrees)).turned(V(0, 1), turn)

    def body(**changes: Any) -> Pose:
        return knees_bent(
            near_arm=Bend(V(0.45, -0.2, 0.9), V(0.45, -0.02, 0.9)),
            far_arm=Bend(V(-0.15, -0.2, -0.95), V(-0.15, -0.02, -0.95)),
            turn=turn,
            **changes,
        )

    mat = Floor(-49, 36, mat=True, depth=20, turn=turn)
    ends = (V(-41, 2, -5).turned(V(0, 1), turn), V(-41, 2, 5).turned(V(0, 1), turn))
    cushion = Bar(*ends, width=7, colour=SHOES.near)
    return Picture(
        name="knee_rolls",
        camera=Camera(slant=0.2, pitch=35),
        panels=(
            Panel(
                pose=body(near_leg=Reach(near(24, ANKLE), 0), far_leg=Reach(far(24, ANKLE), 0)),
                floor=mat,
                props=(cushion,),
            ),
            Panel(
                pose=body(
                    twist=-62,
                    near_leg=Bend(rolled(70, 78), rolled(-54, 80), V(1, 0)),
                    far_leg=Bend(rolled(70, 86), rolled(-54, 82), V(1, 0)),
                    before=("near_leg", "far_leg", "near_arm"),
                    behind=("far_arm",),
                ),
                floor=mat,
                props=(cushion,),
                arrows=(Arrow(tuple(around(degrees) for degrees in (50, 26, 2, -22, -42)), heads=2),),
            ),
        ),
    )


def _bottom_to_heels() -> Picture:
    return Picture(
        name="bottom_to_heels",
        panels=(
            Panel(pose=all_fours(), floor=FOURS),
            Panel(
                pose=all_fours(
                    hip=V(-22, 13.6),
                    spine=(22, 2, -12),
                    neck=-14,
                    gaze=-95,
                    near_leg=Reach(near(-24, 4), INSTEP),
                    far_leg=Reach(far(-24, 4), INSTEP),
                    near_arm=Reach(near_hand(33, PALM), 0),
                    far_arm=Reach(far_hand(33, PALM), 0),
                ),
                floor=FOURS,
                arrows=(Arrow((V(4, 34), V(-12, 34), V(-26, 27))),),
            ),
        ),
    )


def _cat_cow() -> Picture:
    hands = {"near_arm": Reach(near_hand(24, PALM), 0), "far_arm": Reach(far_hand(24, PALM), 0)}
    return Picture(
        name="cat_cow",
        panels=(
            Panel(
                pose=all_fours(spine=(48, 14, -24), neck=-55, gaze=-140, **hands),
                floor=FOURS,
                arrows=(Arrow((V(10, 8), V(10, 24))),),
            ),
            Panel(
                pose=all_fours(spine=(-22, 12, 48), neck=45, gaze=-8, **hands),
                floor=FOURS,
                arrows=(Arrow((V(11, 50), V(11, 37))),),
            ),
        ),
    )


def _pelvic_tilt() -> Picture:
    arms = {
        "near_arm": Reach(near_hand(-7, 15, 4), V(0.5, 0.1, -0.8), V(0, 1)),
        "far_arm": Reach(far_hand(-7, 15, -4), V(0.5, 0.1, 0.8), V(0, -1)),
    }
    return Picture(
        name="pelvic_tilt",
        panels=(
            Panel(
                pose=knees_bent(spine=(144, 178, 211), **arms),
                floor=LYING,
                arrows=(Arrow((V(-19, 0.5, 5), V(-12, 4, 5), V(-5, 0.5, 5)), heads=0),),
            ),
            Panel(
                pose=knees_bent(spine=(180, 180, 180), **arms),
                floor=LYING,
                arrows=(
                    Arrow((V(-14, 31), V(-14, 17))),
                    Arrow((V(-20, -0.5, 5), V(-12, -0.5, 5), V(-4, -0.5, 5)), heads=0),
                ),
            ),
        ),
    )


def _knee_to_chest() -> Picture:
    return Picture(
        name="knee_to_chest",
        panels=(
            Panel(pose=knees_bent(), floor=LYING),
            Panel(
                pose=knees_bent(
                    near_leg=Bend(115, -12, 60),
                    near_arm=Reach(near_hand(-3, 21, 6), 60),
                    far_arm=Reach(far_hand(-3, 21, 2), 60),
                ),
                floor=LYING,
                arrows=(Arrow((V(9, 34), V(0, 39), V(-14, 37))),),
            ),
        ),
    )


def _half_kneeling(hip: V, **changes: Any) -> Pose:
    """Return a figure on its near knee, which stands on a cushion, with the other foot in front."""
    knee = V(0, 6.5, HIP_SIDE)
    pose = upright(
        hip=hip,
        spine=(90, 90, 90),
        neck=90,
        near_leg=Bend(knee - hip - V(0, 0, HIP_SIDE), 185, INSTEP + 3),
        far_leg=Reach(far(28, ANKLE), 0),
        near_arm=Reach(near_hand(hip.x + 15, hip.y + 4, 1), -20),
        far_arm=Reach(far_hand(hip.x + 15, hip.y + 4, -6), -20),
    )
    return replace(pose, **changes)


KNEELING = Floor(-35, 38, mat=True, depth=11)
CUSHION = Box(V(-8, 0, -1), V(7, 3, 11), SHOES.near)


def _half_kneeling_lean() -> Picture:
    return Picture(
        name="half_kneeling_lean",
        stacked=False,
        panels=(
            Panel(pose=_half_kneeling(V(0, 31)), floor=KNEELING, props=(CUSHION,)),
            Panel(
                pose=_half_kneeling(V(14, 26.6), spine=(76, 74, 74), neck=72, gaze=-15),
                floor=KNEELING,
                props=(CUSHION,),
                arrows=(Arrow((V(-8, 62), V(2, 66), V(14, 66))),),
            ),
        ),
    )


def _hip_flexor_stretch() -> Picture:
    def arms(x: float, y: float) -> dict[str, Reach]:
        return {
            "near_arm": Reach(near_hand(x, y, 7), -40),
            "far_arm": Reach(far_hand(x, y, -7), -40),
        }

    return Picture(
        name="hip_flexor_stretch",
        stacked=False,
        panels=(
            Panel(
                pose=_half_kneeling(V(0, 31), spine=(70, 97, 103), neck=88, **arms(2, 36)),
                floor=KNEELING,
                props=(CUSHION,),
            ),
            Panel(
                pose=_half_kneeling(V(9, 29.3), spine=(102, 93, 86), neck=88, **arms(9, 35)),
                floor=KNEELING,
                props=(CUSHION,),
                arrows=(Arrow((V(-12, 38), V(-11, 29), V(0, 22))), Arrow((V(20, 42), V(34, 42)))),
            ),
        ),
    )


def _seated_lean_back() -> Picture:
    seat = {"near_leg": Reach(near(-2.5, 4), INSTEP), "far_leg": Reach(far(-2.5, 4), INSTEP)}
    mat = Floor(-33, 26, mat=True, depth=11)
    return Picture(
        name="seated_lean_back",
        stacked=False,
        panels=(
            Panel(
                pose=upright(
                    hip=V(0, 13.6),
                    spine=(90, 90, 88),
                    near_arm=Reach(near_hand(14, 18), -10),
                    far_arm=Reach(far_hand(14, 18), -10),
                    **seat,
                ),
                floor=mat,
            ),
            Panel(
                pose=upright(
                    hip=V(0, 13.6),
                    spine=(124, 134, 143),
                    neck=136,
                    gaze=52,
                    near_arm=Reach(near_hand(-24, PALM), 180),
                    far_arm=Reach(far_hand(-24, PALM), 180),
                    **seat,
                ),
                floor=mat,
                arrows=(Arrow((V(4, 58), V(-8, 62), V(-22, 60))),),
            ),
        ),
    )


def _standing_back_bend() -> Picture:
    floor = Floor(-38, 38)
    table_legs = tuple(Bar(V(x, 0, z), V(x, 46, z)) for z in (-12, 12) for x in (22, 36))
    table: tuple[Box | Bar, ...] = (*table_legs[:2], Box(V(20, 46, -14), V(38, 49, 14)), *table_legs[2:])

    def arms(x: float) -> dict[str, Reach]:
        return {"near_arm": Reach(near_hand(x, 58, 7), -85), "far_arm": Reach(far_hand(x, 58, -7), -85)}

    return Picture(
        name="standing_back_bend",
        stacked=False,
        shoes=True,
        panels=(
            Panel(pose=upright(**arms(-4)), floor=floor, props=table),
            Panel(
                pose=upright(hip=V(8, 52.5), spine=(108, 115, 119), neck=114, gaze=20, **arms(1)),
                floor=floor,
                props=table,
                arrows=(Arrow((V(0, 103), V(-15, 102), V(-28, 94))),),
            ),
        ),
    )


def _press_up() -> Picture:
    legs = {"near_leg": Bend(183, 182, 198), "far_leg": Bend(183, 182, 198)}
    mat = Floor(-58, 52, mat=True)
    return Picture(
        name="press_up",
        panels=(
            Panel(
                pose=all_fours(
                    hip=V(3, 5.8),
                    spine=(0, 0, 0),
                    neck=6,
                    gaze=-78,
                    near_arm=Bend(V(-0.9, 0.3, 0.4), V(0.82, -0.57, 0.1), 0),
                    far_arm=Bend(V(-0.9, 0.3, -0.4), V(0.82, -0.57, -0.1), 0),
                    **legs,
                ),
                floor=mat,
            ),
            Panel(
                pose=all_fours(
                    hip=V(0, 6),
                    spine=(26, 60, 76),
                    neck=74,
                    gaze=0,
                    near_arm=Reach(near_hand(24, PALM, 11), 0),
                    far_arm=Reach(far_hand(24, PALM, -11), 0),
                    **legs,
                ),
                floor=mat,
                arrows=(Arrow((V(30, 18), V(32, 30), V(29, 42))),),
            ),
        ),
    )


def _glute_bridge() -> Picture:
    return Picture(
        name="glute_bridge",
        panels=(
            Panel(pose=knees_bent(), floor=LYING),
            Panel(
                pose=knees_bent(hip=V(1, 19), spine=(207, 207, 207), neck=176),
                floor=LYING,
                arrows=(Arrow((V(-6, 28), V(-6, 41))),),
            ),
        ),
    )


def _bird_dog() -> Picture:
    mat = Floor(-46, 52, mat=True)
    return Picture(
        name="bird_dog",
        panels=(
            Panel(pose=all_fours(), floor=mat),
            Panel(
                pose=all_fours(near_leg=Bend(178, 177), far_arm=Bend(12, 12), gaze=-60),
                floor=mat,
                arrows=(Arrow((V(-24, 40), V(-42, 40))), Arrow((V(52, 50), V(70, 50)))),
            ),
        ),
    )


def _side_plank() -> Picture:
    mat = Floor(-40, 56, mat=True, depth=22)
    both = {
        "turn": -108,
        "behind": ("near_leg", "far_leg", "near_arm"),
        "before": ("far_arm",),
        "neck": 90,
        "gaze_turn": 24,
    }
    return Picture(
        name="side_plank",
        camera=Camera(slant=0.3, pitch=14),
        panels=(
            Panel(
                pose=upright(
                    hip=V(0, 0, -8.2),
                    spine=(90, 90, 90),
                    lean=(-15, -45, -60, -45),
                    roll=90,
                    near_leg=Bend(-90, 180, 190),
                    far_leg=Bend(V(0, -1, 0.12), 180, 190),
                    near_arm=Bend(V(0, 0, 1), V(1, 0, 0)),
                    far_arm=Reach(V(2, 4, -16), V(0, -1, 0.3), V(-1, 0, 0)),
                    **both,
                ),
                floor=mat,
            ),
            Panel(
                pose=upright(
                    hip=V(0, 43.8),
                    spine=(90, 90, 90),
                    roll=66.5,
                    near_leg=Bend(-90, 180, 190),
                    far_leg=Bend(V(0, -1, 0.1), 180, 190),
                    near_arm=Bend(V(0, -0.4, 0.917), V(1, 0, 0)),
                    far_arm=Reach(V(2, 50, -8), V(0, -1, 0.3), V(-1, 0, 0)),
                    shift=V(36, 0),
                    **both,
                ),
                floor=mat,
                arrows=(Arrow((V(7, 32), V(7, 46))),),
            ),
        ),
    )


def _curl_up() -> Picture:
    legs = {
        "far_leg": Bend(-2, -2, 80),
        "behind": ("far_arm", "far_leg", "near_arm"),
        "before": ("near_leg", "near_arm"),
    }
    arms = {
        "near_arm": Reach(near_hand(-5, 3, 5), 0, V(0, 1)),
        "far_arm": Reach(far_hand(-5, 3, -5), 0, V(0, -1)),
    }
    mat = Floor(-52, 62, mat=True)
    return Picture(
        name="curl_up",
        panels=(
            Panel(pose=knees_bent(spine=(163, 180, 192), **legs, **arms), floor=mat),
            Panel(
                pose=knees_bent(spine=(163, 180, 164), neck=142, gaze=60, **legs, **arms),
                floor=mat,
                arrows=(Arrow((V(-38, 27), V(-33, 33), V(-22, 36))),),
            ),
        ),
    )


def _plank() -> Picture:
    mat = Floor(-60, 48, mat=True)
    arms = {"near_arm": Reach(near_hand(36.4, PALM), 0), "far_arm": Reach(far_hand(36.4, PALM), 0)}
    return Picture(
        name="plank",
        panels=(
            Panel(
                pose=all_fours(
                    hip=V(0, 6),
                    spine=(12, 35, 50),
                    neck=40,
                    gaze=-40,
                    near_leg=Bend(183, 182, 198),
                    far_leg=Bend(183, 182, 198),
                    **arms,
                ),
                floor=mat,
            ),
            Panel(
                pose=all_fours(
                    hip=V(-3.6, 11.2),
                    spine=(19, 19, 19),
                    neck=17,
                    gaze=-68,
                    near_leg=Bend(199, 178, INSTEP),
                    far_leg=Bend(199, 178, INSTEP),
                    **arms,
                ),
                floor=mat,
                arrows=(Arrow((V(-4, 24), V(-4, 38))),),
            ),
        ),
    )


def _chair() -> tuple[Box | Bar, ...]:
    def leg(x: float, z: float) -> Bar:
        return Bar(V(x, 0, z), V(x, 22, z))

    def back(z: float) -> Bar:
        return Bar(V(-12.5, 22, z), V(-15, 52, z))

    def slat(y: float, width: float) -> Bar:
        return Bar(V(-14.5, y, -10), V(-14.5, y, 10), width)

    seat = Box(V(-13.5, 21, -11), V(13.5, 24, 11))
    return (leg(-12, -10), leg(12, -10), back(-10), seat, leg(-12, 10), leg(12, 10), slat(50, 4), slat(40, 3), back(10))


def _sit_to_stand() -> Picture:
    feet = {"near_leg": Reach(near(20, ANKLE), 0), "far_leg": Reach(far(20, ANKLE), 0)}
    floor = Floor(-20, 44)
    return Picture(
        name="sit_to_stand",
        stacked=False,
        shoes=True,
        panels=(
            Panel(
                pose=upright(
                    hip=V(2, 29.6),
                    spine=(66, 66, 68),
                    neck=66,
                    gaze=-10,
                    near_arm=Bend(-20, 0),
                    far_arm=Bend(-20, 0),
                    **feet,
                ),
                floor=floor,
                props=_chair(),
            ),
            Panel(
                pose=upright(
                    hip=V(20, 53.4),
                    near_arm=Bend(-20, 0),
                    far_arm=Bend(-20, 0),
                    **feet,
                ),
                floor=floor,
                props=_chair(),
                arrows=(Arrow((V(-2, 58), V(0, 74), V(6, 90)), heads=2),),
            ),
        ),
    )


def _step_up() -> Picture:
    step = Box(V(6, 0, -14), V(40, 12, 14))
    rail = (
        Bar(V(-14, 0, -18), V(-14, 51, -18)),
        Bar(V(36, 0, -18), V(36, 66, -18)),
        Bar(V(-20, 50, -18), V(41, 68, -18), 3),
    )
    floor = Floor(-24, 44)
    return Picture(
        name="step_up",
        stacked=False,
        shoes=True,
        panels=(
            Panel(
                pose=upright(
                    hip=V(-1, 51.5),
                    spine=(84, 84, 84),
                    near_leg=Reach(near(16, 12 + ANKLE), 0),
                    far_leg=Reach(far(-8, ANKLE), 0),
                    far_arm=Reach(V(16, 62.5, -17), 20),
                ),
                floor=floor,
                props=(*rail, step),
            ),
            Panel(
                pose=upright(
                    hip=V(17, 65.4),
                    near_leg=Reach(near(16, 12 + ANKLE), 0),
                    far_leg=Reach(far(18, 12 + ANKLE), 0),
                    far_arm=Reach(V(28, 66.3, -17), 20),
                ),
                floor=floor,
                props=(*rail, step),
                arrows=(Arrow((V(-10, 24), V(-7, 40), V(2, 56))),),
            ),
        ),
    )


def _walking() -> Picture:
    floor = Floor(-26, 34)
    walk = {"hip": V(0, 51.8), "spine": (88, 86, 86), "gaze": 2}
    onward = Arrow((V(20, 88), V(36, 88)))
    return Picture(
        name="walking",
        stacked=False,
        shoes=True,
        panels=(
            Panel(
                pose=upright(
                    near_leg=Reach(near(15, 5.5), 20),
                    far_leg=Reach(far(-19, 9), -38),
                    near_arm=Bend(-128, -62),
                    far_arm=Bend(-58, 12),
                    **walk,
                ),
                floor=floor,
                arrows=(onward,),
            ),
            Panel(
                pose=upright(
                    far_leg=Reach(far(15, 5.5), 20),
                    near_leg=Reach(near(-19, 9), -38),
                    far_arm=Bend(-128, -62),
                    near_arm=Bend(-58, 12),
                    **walk,
                ),
                floor=floor,
                arrows=(onward,),
            ),
        ),
    )


def _leg_swings() -> Picture:
    fence = (
        Bar(V(-26, 0, -18), V(-26, 54, -18)),
        Bar(V(36, 0, -18), V(36, 54, -18)),
        Bar(V(-32, 50, -18), V(42, 50, -18), 3),
        Bar(V(-32, 28, -18), V(42, 28, -18), 3),
    )
    stand = {"far_leg": Reach(far(0, ANKLE), 0), "far_arm": Reach(V(8, 53, -17), 0)}
    floor = Floor(-34, 46)
    return Picture(
        name="leg_swings",
        stacked=False,
        shoes=True,
        panels=(
            Panel(
                pose=upright(near_leg=Bend(-116, -138), near_arm=Bend(-80, -60), **stand),
                floor=floor,
                props=fence,
                arrows=(Arrow((V(24, 17, 8), V(6, 8, 8), V(-13, 9, 8))),),
            ),
            Panel(
                pose=upright(near_leg=Bend(-38, -46), near_arm=Bend(-105, -85), **stand),
                floor=floor,
                props=fence,
                arrows=(Arrow((V(10, 6, 8), V(26, 8, 8), V(40, 16, 8))),),
            ),
        ),
    )


def _cross_body_warm_up() -> Picture:
    front = {"turn": -90, "behind": ("far_leg", "near_leg"), "before": ("far_arm", "near_arm")}
    return Picture(
        name="cross_body_warm_up",
        stacked=False,
        shoes=True,
        camera=Camera(slant=0, pitch=6),
        panels=(
            Panel(
                pose=upright(
                    near_arm=Bend(V(0, -1, 0.12), V(0.1, -1, 0.05)),
                    far_arm=Bend(V(0.2, 0, -1), V(0.2, 0, -1)),
                    **front,
                ),
                floor=STAND,
            ),
            Panel(
                pose=upright(
                    gaze_turn=55,
                    far_arm=Bend(V(0.5, 0, 0.85), V(0.2, 0.05, 0.97)),
                    near_arm=Bend(V(10, -13.6, 3.4), V(4, 12.5, -6.5)),
                    **front,
                ),
                floor=STAND,
                arrows=(Arrow((V(34, 80), V(17, 80))), Arrow((V(9, 103), V(0, 107), V(-11, 102)))),
            ),
        ),
    )


def _draw_floor(canvas: Canvas, floor: Floor) -> None:
    depth = floor.depth
    flat = (V(floor.start, 0, depth), V(floor.end, 0, depth), V(floor.end, 0, -depth), V(floor.start, 0, -depth))
    corners = [corner.turned(V(0, 1), floor.turn) for corner in flat]
    canvas.area([canvas.camera.at(corner) for corner in corners], GROUND, opacity=0.3 if floor.mat else 0.15)
    # A turned mat shows a second edge to the viewer.
    edge = corners[:3] if floor.turn else corners[:2]
    canvas.line(edge, 1.6 if floor.mat else 1.0, GROUND)


def _draw_prop(canvas: Canvas, prop: Box | Bar) -> None:
    if isinstance(prop, Bar):
        canvas.line([prop.start, prop.end], prop.width, prop.colour)
        return
    low, high = prop.low, prop.high
    faces = (
        (V(low.x, high.y, low.z), V(high.x, high.y, low.z), high, V(low.x, high.y, high.z)),
        (V(high.x, low.y, low.z), V(high.x, high.y, low.z), high, V(high.x, low.y, high.z)),
        (V(low.x, low.y, high.z), V(low.x, high.y, high.z), high, V(high.x, low.y, high.z)),
    )
    for face, opacity in zip(faces, (0.35, 0.6, 0.8), strict=True):
        canvas.area([canvas.camera.at(corner) for corner in face], prop.colour, opacity=opacity, line=0.7)


def _draw_arrow(canvas: Canvas, arrow: Arrow) -> None:
    places = [canvas.camera.at(point) for point in arrow.points]
    width, size = ARROW_WIDTH * canvas.camera.scale, ARROW_HEAD * canvas.camera.scale
    ends = []
    if arrow.heads:
        ends.append(_head(places[-2], places[-1], size))
        places[-1] = ends[0][3]
    if arrow.heads > 1:
        ends.append(_head(places[1], places[0], size))
        places[0] = ends[1][3]
    canvas.reach(places, width / 2)
    canvas.shapes.append(f'<path d="{curve(places)}" stroke="{ARROW}" stroke-width="{number(width)}"/>')
    for end in ends:
        canvas.area(end[:3], ARROW)


def _head(before: tuple[float, float], tip: tuple[float, float], size: float) -> list[tuple[float, float]]:
    """Return the corners of an arrow's head, and where its line ends."""
    along = math.hypot(tip[0] - before[0], tip[1] - before[1])
    x, y = (tip[0] - before[0]) / along, (tip[1] - before[1]) / along
    base = (tip[0] - x * size * 1.5, tip[1] - y * size * 1.5)
    return [
        tip,
        (base[0] - y * size, base[1] + x * size),
        (base[0] + y * size, base[1] - x * size),
        (tip[0] - x * size * 1.2, tip[1] - y * size * 1.2),
    ]


def _draw_panel(panel: Panel, camera: Camera, *, shoes: bool) -> Canvas:
    canvas = Canvas(camera)
    _draw_floor(canvas, panel.floor)
    for prop in panel.props:
        _draw_prop(canvas, prop)
    draw_body(canvas, panel.pose, shoes=shoes)
    for arrow in panel.arrows:
        _draw_arrow(canvas, arrow)
    return canvas


def _layout(
    flat: Sequence[Canvas], *, stacked: bool
) -> tuple[float, list[tuple[tuple[float, float], tuple[float, float]]]]:
    """Return the scale at which all figures fit, and for each where its origin and its number go.

    Args:
        flat: the figures, drawn at scale 1 around the origin.
        stacked: one above the other, so that what stays in place stands in line; or side by side on one floor.
    """
    wide, high = [each.right - each.left for each in flat], [each.bottom - each.top for each in flat]
    gaps = GAP * (len(flat) + 1)
    places = []
    if stacked:
        scale = min((WIDTH - 2 * GAP) / max(wide), (HEIGHT - gaps) / sum(high), MOST_SCALE)
        start = spare = (HEIGHT - sum(high) * scale) / (len(flat) + 1)
        x = WIDTH / 2 - (min(each.left for each in flat) + max(each.right for each in flat)) / 2 * scale
        for each, size in zip(flat, high, strict=True):
            places.append(((x, start - each.top * scale), (15.0, start + 12)))
            start += size * scale + spare
    else:
        scale = min((WIDTH - gaps) / sum(wide), (HEIGHT - 2 * GAP) / max(high), MOST_SCALE)
        start = spare = (WIDTH - sum(wide) * scale) / (len(flat) + 1)
        floor = (HEIGHT + max(high) * scale) / 2
        for each, size in zip(flat, wide, strict=True):
            origin = (start - each.left * scale, floor - each.bottom * scale)
            places.append((origin, (start + 6 - min(16.0, spare - GAP), 17.0)))
            start += size * scale + spare
    return scale, places


def render(picture: Picture, *, title: str, description: str) -> str:
    """Return a picture as SVG.

    Raises:
        PictureError: a pose is impossible, or something would stand outside of the picture.
    """
    try:
        flat = [_draw_panel(panel, picture.camera, shoes=picture.shoes) for panel in picture.panels]
    except PoseError as error:
        raise PictureError(f"{picture.name}: {error}") from error
    scale, places = _layout(flat, stacked=picture.stacked)
    shapes = []
    for panel, (origin, place), digit in zip(picture.panels, places, _DIGITS, strict=False):
        canvas = _draw_panel(panel, replace(picture.camera, scale=scale, origin=origin), shoes=picture.shoes)
        if min(canvas.left, canvas.top, WIDTH - canvas.right, HEIGHT - canvas.bottom) < MARGIN:
            raise PictureError(f"{picture.name}: something stands outside of the picture")
        shapes += canvas.shapes
        shapes.append(
            f'<path d="{digit}" transform="translate({number(place[0])} {number(place[1])})" '
            f'stroke="{NUMBER}" stroke-width="3"/>'
        )
    return "\n".join(
        [
            f'<svg xmlns="http://www.w3.org/2000/svg" width="{WIDTH}" height="{HEIGHT}" '
            f'viewBox="0 0 {WIDTH} {HEIGHT}" role="img">',
            f"<title>{escape(title)}</title>",
            f"<desc>{escape(description)}</desc>",
            '<g fill="none" stroke-linecap="round" stroke-linejoin="round">',
            *shapes,
            "</g>",
            "</svg>",
            "",
        ]
    )


def draw_all() -> dict[str, str]:
    """Return all pictures by their file names.

    Raises:
        PictureError: an exercise without a picture or a description, or the other way round; or a picture that cannot
            be drawn.
    """
    yaml = YAML(typ="safe")
    entries: dict[str, dict[str, Any]] = yaml.load(KNOWLEDGE / "back_pain.yml")["entries"]
    descriptions: dict[str, str] = yaml.load(IMAGES / "descriptions.yml")
    titles = {name.partition(".")[2]: entry["title"] for name, entry in entries.items() if name.startswith("exercise.")}
    drawn = {picture.name: picture for picture in pictures()}
    if odd := (titles.keys() ^ drawn.keys()) | (titles.keys() ^ descriptions.keys()):
        raise PictureError(f"each exercise has one picture and one description; this is not so for {sorted(odd)}")
    return {
        f"{name}.svg": render(picture, title=titles[name], description=descriptions[name].strip())
        for name, picture in drawn.items()
    }


def main() -> int:
    """Write all pictures."""
    for name, drawing in draw_all().items():
        (IMAGES / name).write_text(drawing, encoding="utf-8")
    return 0


if __name__ == "__main__":
    sys.exit(main())
