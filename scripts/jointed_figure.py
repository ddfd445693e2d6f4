"""A small jointed figure: a pose becomes joints, joints become rounded limbs of an SVG drawing.

The figure lives in three dimensions. Its own axes are x (the way it faces when it stands), y (up) and z (to the
viewer's side, its right). Lengths are per cent of its height, angles are degrees in the x-y plane: 0 along x, 90 up.
The camera is orthographic and looks a little from the front and from above, so that both legs and both arms show.

Segment lengths follow Drillis and Contini (1966), Body segment parameters.
"""

from __future__ import annotations

import math
from dataclasses import dataclass, field
from typing import TYPE_CHECKING

if TYPE_CHECKING:
    from collections.abc import Iterable, Sequence

HEAD = 13.3  # height of the head: 1 / 7.5 of the figure
PELVIS, WAIST, CHEST, NECK = 9.0, 9.0, 11.0, 11.0  # NECK: from the top of the spine to the middle of the head
UPPER_ARM, FOREARM, HAND = 17.5, 14.5, 6.5
THIGH, SHIN = 24.5, 24.6
ANKLE = 4.4  # height of the ankle above a flat sole
HIP_SIDE, SHOULDER_SIDE = 4.8, 8.6  # from the middle of the trunk to the joint
LEG_WIDTH, ARM_WIDTH, TRUNK_WIDTH = 6.6, 4.8, 10.8
MOST_KNEE, MOST_ELBOW = 158.0, 150.0  # how far a knee and an elbow bend, in degrees

_NEARLY_STRAIGHT = 1e-6
_SPINE_SIDES = (3.4, 3.0, 4.6, 5.6)  # half widths of the trunk at hip, waist, chest and shoulder
_CHEST_TOP, _SHOULDER_UP = 0.7, 0.82  # where trunk and shoulders end on the chest's segment


@dataclass(frozen=True, slots=True)
class V:
    """A point or a direction."""

    x: float
    y: float
    z: float = 0.0

    def __add__(self, other: V) -> V:
        return V(self.x + other.x, self.y + other.y, self.z + other.z)

    def __sub__(self, other: V) -> V:
        return V(self.x - other.x, self.y - other.y, self.z - other.z)

    def __mul__(self, factor: float) -> V:
        return V(self.x * factor, self.y * factor, self.z * factor)

    def dot(self, other: V) -> float:
        """Return the scalar product."""
        return self.x * other.x + self.y * other.y + self.z * other.z

    def cross(self, other: V) -> V:
        """Return the vector product."""
        return V(
            self.y * other.z - self.z * other.y,
            self.z * other.x - self.x * other.z,
            self.x * other.y - self.y * other.x,
        )

    @property
    def length(self) -> float:
        """The distance from the origin."""
        return math.sqrt(self.dot(self))

    def unit(self) -> V:
        """Return the direction alone."""
        return self * (1 / self.length)

    def turned(self, axis: V, degrees: float) -> V:
        """Return this vector turned around an axis of length 1 (Rodrigues' formula)."""
        turn = math.radians(degrees)
        along = axis * (axis.dot(self) * (1 - math.cos(turn)))
        return self * math.cos(turn) + axis.cross(self) * math.sin(turn) + along


X, Y, Z, ORIGIN = V(1, 0), V(0, 1), V(0, 0, 1), V(0, 0)


def towards(degrees: float, out: float = 0.0) -> V:
    """Return a direction in the x-y plane, tilted `out` degrees towards the viewer."""
    turn, tilt = math.radians(degrees), math.radians(out)
    return V(math.cos(turn) * math.cos(tilt), math.sin(turn) * math.cos(tilt), math.sin(tilt))


class PoseError(ValueError):
    """A pose that no body can take: a limb too short for its target, or a joint bent the wrong way."""


@dataclass(frozen=True, slots=True)
class Bend:
    """A limb given by the directions of its two segments.

    Attributes:
        upper: direction of thigh or upper arm, in degrees or as a vector.
        lower: direction of shin or forearm.
        end: direction of the foot's toes or of the hand; None is the hand's straight line, or a sole at a right angle.
    """

    upper: float | V
    lower: float | V
    end: float | V | None = None


@dataclass(frozen=True, slots=True)
class Reach:
    """A limb given by the place of its ankle or wrist; knee and elbow follow.

    Attributes:
        to: where ankle or wrist is.
        end: as in `Bend`.
        hinge: the axis that knee or elbow bends around, for limbs that leave the x-y plane.
    """

    to: V
    end: float | V | None = None
    hinge: V = Z


@dataclass(frozen=True, slots=True, kw_only=True)
class Pose:
    """How a body holds itself.

    Attributes:
        hip: the middle between the hip joints.
        spine: directions of pelvis, waist and chest, in degrees.
        neck: direction from the top of the spine to the middle of the head, in degrees.
        gaze: where the face looks, in degrees.
        near_leg: the leg on the viewer's side.
        far_leg: the other leg.
        near_arm: the arm on the viewer's side.
        far_arm: the other arm.
        gaze_turn: degrees by which the face is turned to the viewer's side.
        twist: degrees by which the pelvis is turned around the spine.
        lean: degrees by which pelvis, waist, chest and neck lean to the viewer's side.
        roll: degrees by which the whole body then tips over, around x.
        turn: degrees by which the whole body then turns around the upright; -90 faces the viewer.
        shift: where the whole body is then moved to.
        behind: names of limbs to draw behind the trunk, as the far limbs are.
        before: names of limbs to draw in front of it; of a limb named in both only the lower half stays behind.
    """

    hip: V
    spine: tuple[float, float, float]
    neck: float
    gaze: float
    near_leg: Bend | Reach
    far_leg: Bend | Reach
    near_arm: Bend | Reach
    far_arm: Bend | Reach
    gaze_turn: float = 0.0
    twist: float = 0.0
    lean: tuple[float, float, float, float] = (0.0, 0.0, 0.0, 0.0)
    roll: float = 0.0
    turn: float = 0.0
    shift: V = ORIGIN
    behind: tuple[str, ...] = ("far_arm", "far_leg")
    before: tuple[str, ...] = ("near_leg", "near_arm")


@dataclass(frozen=True, slots=True)
class Limb:
    """A limb's joints.

    Attributes:
        root: hip or shoulder.
        middle: knee or elbow.
        joint: ankle or wrist.
        tip: the ball of the foot, or the end of the hand.
        heel: the heel of a foot.
        bend: degrees by which knee or elbow is bent.
    """

    root: V
    middle: V
    joint: V
    tip: V
    heel: V | None
    bend: float


@dataclass(frozen=True, slots=True)
class Skeleton:
    """The joints of a pose.

    Attributes:
        spine: hip, waist, chest and top of the trunk.
        sides: for each of these the half width of the trunk there, as a vector to the near side.
        neck: the top of the spine.
        head: the middle of the head.
        face: where the face looks.
        crown: the way from the middle of the head to its top.
        limbs: by name.
    """

    spine: tuple[V, ...]
    sides: tuple[V, ...]
    neck: V
    head: V
    face: V
    crown: V
    limbs: dict[str, Limb]


def solve(pose: Pose) -> Skeleton:
    """Return where all joints of a pose are.

    Raises:
        PoseError: a limb does not reach its target, or a knee or an elbow bends as no body can.
    """
    low, mid, high = (towards(degrees, out) for degrees, out in zip(pose.spine, pose.lean, strict=False))
    up = towards(pose.neck, pose.lean[3])
    waist = pose.hip + low * PELVIS
    chest = waist + mid * WAIST
    neck = chest + high * CHEST
    side_low = _aside(low).turned(low, pose.twist)
    side_mid = _aside(mid).turned(mid, pose.twist / 2)
    side_high = _aside(high)
    spine = (pose.hip, waist, chest, chest + high * (CHEST * _CHEST_TOP))
    sides = tuple(
        side * width for side, width in zip((side_low, side_mid, side_high, side_high), _SPINE_SIDES, strict=True)
    )
    shoulder = chest + high * (CHEST * _SHOULDER_UP)
    face = towards(pose.gaze).turned(up, -pose.gaze_turn)
    crown = up - face * face.dot(up)
    limbs = {
        "near_leg": _leg("near_leg", pose.near_leg, pose.hip + side_low * HIP_SIDE, side_low),
        "far_leg": _leg("far_leg", pose.far_leg, pose.hip - side_low * HIP_SIDE, side_low),
        "near_arm": _arm("near_arm", pose.near_arm, shoulder + side_high * SHOULDER_SIDE),
        "far_arm": _arm("far_arm", pose.far_arm, shoulder - side_high * SHOULDER_SIDE),
    }

    def turned(way: V) -> V:
        return way.turned(X, pose.roll).turned(Y, pose.turn)

    def placed(point: V) -> V:
        return turned(point) + pose.shift

    return Skeleton(
        spine=tuple(placed(point) for point in spine),
        sides=tuple(turned(side) for side in sides),
        neck=placed(neck),
        head=placed(neck + up * NECK),
        face=turned(face).unit(),
        crown=turned(crown).unit(),
        limbs={
            name: Limb(
                placed(limb.root),
                placed(limb.middle),
                placed(limb.joint),
                placed(limb.tip),
                placed(limb.heel) if limb.heel else None,
                limb.bend,
            )
            for name, limb in limbs.items()
        },
    )


def _aside(way: V) -> V:
    """Return the direction to the viewer's side at a right angle to a way."""
    return (Z - way * way.z).unit()


def _direction(given: float | V) -> V:
    return given.unit() if isinstance(given, V) else towards(given)


def _middle(name: str, spec: Reach, root: V, upper: float, lower: float, *, forwards: bool) -> V:
    """Return knee or elbow of a limb that reaches a target."""
    way = spec.to - root
    gap = way.length
    if not abs(upper - lower) < gap <= upper + lower:
        raise PoseError(f"{name}: the target is {gap:.1f} away; the limb is {upper + lower:.1f} long")
    along = (upper**2 - lower**2 + gap**2) / (2 * gap)
    aside = math.sqrt(max(0.0, upper**2 - along**2))
    # A knee points to the front of the way from hip to ankle, an elbow to its back.
    to_front = spec.hinge.cross(way).unit()
    return root + way.unit() * along + to_front * (-aside if forwards else aside)


def _bend(upper: V, lower: V, hinge: V, *, forwards: bool) -> float:
    """Return by how many degrees a joint is bent, below 0 for the wrong way."""
    cosine = max(-1.0, min(1.0, upper.unit().dot(lower.unit())))
    size = math.degrees(math.acos(cosine))
    sign = upper.cross(lower).dot(hinge)
    if abs(sign) < _NEARLY_STRAIGHT:
        return size
    return size if (sign > 0) == forwards else -size


def _leg(name: str, spec: Bend | Reach, hip: V, side: V) -> Limb:
    if isinstance(spec, Bend):
        knee = hip + _direction(spec.upper) * THIGH
        ankle = knee + _direction(spec.lower) * SHIN
        hinge = side
    else:
        knee = _middle(name, spec, hip, THIGH, SHIN, forwards=False)
        ankle, hinge = spec.to, spec.hinge
    bend = _bend(knee - hip, ankle - knee, hinge, forwards=False)
    if not -1 <= bend <= MOST_KNEE:
        raise PoseError(f"{name}: the knee is bent by {bend:.0f} degrees")
    shin = (ankle - knee).unit()
    toes = _direction(spec.end) if spec.end is not None else shin.turned(hinge.unit(), 90)
    sole = toes.turned(hinge.unit(), -90)
    ball = ankle + toes * 8.6 + sole * (ANKLE - 1.7)
    heel = ankle - toes * 2.4 + sole * (ANKLE - 2.2)
    return Limb(hip, knee, ankle, ball, heel, bend)


def _arm(name: str, spec: Bend | Reach, shoulder: V) -> Limb:
    if isinstance(spec, Bend):
        elbow = shoulder + _direction(spec.upper) * UPPER_ARM
        wrist = elbow + _direction(spec.lower) * FOREARM
        # An upper arm turns in its socket: an elbow given by directions bends the right way by itself.
        hinge = (elbow - shoulder).cross(wrist - elbow)
    else:
        elbow = _middle(name, spec, shoulder, UPPER_ARM, FOREARM, forwards=True)
        wrist, hinge = spec.to, spec.hinge
    bend = _bend(elbow - shoulder, wrist - elbow, hinge, forwards=True)
    if not -1 <= bend <= MOST_ELBOW:
        raise PoseError(f"{name}: the elbow is bent by {bend:.0f} degrees")
    hand = _direction(spec.end) if spec.end is not None else (wrist - elbow).unit()
    return Limb(shoulder, elbow, wrist, wrist + hand * (HAND - 2), None, bend)


@dataclass(frozen=True, slots=True)
class Ink:
    """The three tones of one material: on the near side, on the far side, and around it."""

    near: str
    far: str
    line: str


# Each tone has a contrast of 3 to 1 or more both on white and on #14181d: see tests/test_pictures.py.
SKIN = Ink("#c47f52", "#a5673f", "#8f5735")
SHIRT = Ink("#189a9a", "#137f81", "#107477")
SHORTS = Ink("#6f7fd0", "#5c6ab8", "#5463b0")
SHOES = Ink("#c2603a", "#a95030", "#a04b2d")
HAIR = "#776257"
ARROW = "#d6336c"
GROUND = "#75839a"
WOOD = "#938470"
NUMBER = "#66727f"

_LINE = 0.75  # width of the line around a part
_SEEN_EYE, _SEEN_EAR = 0.12, 0.2  # how far towards the viewer a part of the face points to be seen


@dataclass(frozen=True, slots=True, kw_only=True)
class Camera:
    """Turns points into places on the canvas.

    What is nearer to the viewer is moved to the left, as in an oblique drawing: the floor stays level and lengths in
    the x-y plane stay true, and yet the limbs of both sides are seen.

    Attributes:
        scale: canvas units for one per cent of the figure's height.
        origin: where the world's origin is on the canvas, x to the right and y down.
        slant: how far a point moves to the left for each step towards the viewer.
        pitch: degrees by which the viewer looks down.
    """

    scale: float = 1.0
    origin: tuple[float, float] = (0.0, 0.0)
    slant: float = 0.3
    pitch: float = 9.0

    def depth(self, way: V) -> float:
        """Return how far a direction points towards the viewer, from -1 to 1."""
        pitch = math.radians(self.pitch)
        view = V(self.slant * math.cos(pitch), math.sin(pitch), math.cos(pitch)).unit()
        return way.unit().dot(view)

    def at(self, point: V) -> tuple[float, float]:
        """Return a point's place on the canvas."""
        pitch = math.radians(self.pitch)
        across = point.x - self.slant * point.z
        up = point.y * math.cos(pitch) - point.z * math.sin(pitch)
        return self.origin[0] + across * self.scale, self.origin[1] - up * self.scale


@dataclass(slots=True)
class Canvas:
    """Collects shapes, and remembers how far they reach."""

    camera: Camera
    shapes: list[str] = field(default_factory=list)
    left: float = math.inf
    right: float = -math.inf
    top: float = math.inf
    bottom: float = -math.inf

    def reach(self, places: Iterable[tuple[float, float]], margin: float) -> None:
        """Remember that something is drawn around these places."""
        for x, y in places:
            self.left, self.right = min(self.left, x - margin), max(self.right, x + margin)
            self.top, self.bottom = min(self.top, y - margin), max(self.bottom, y + margin)

    def line(self, points: Sequence[V], width: float, colour: str, *, smooth: bool = False, fill: bool = False) -> None:
        """Draw a round-ended line through points; `fill` closes it and fills what it goes round."""
        places = [self.camera.at(point) for point in points]
        wide = width * self.camera.scale
        self.reach(places, wide / 2)
        path = curve(places) if smooth else "M" + "L".join(_place(place) for place in places)
        inside = f' fill="{colour}"' if fill else ""
        self.shapes.append(
            f'<path d="{path}{"Z" if fill else ""}" stroke="{colour}" stroke-width="{number(wide)}"{inside}/>'
        )

    def dot(self, point: V, radius: float, colour: str) -> None:
        """Draw a filled circle."""
        x, y = self.camera.at(point)
        size = radius * self.camera.scale
        self.reach([(x, y)], size)
        self.shapes.append(f'<circle cx="{number(x)}" cy="{number(y)}" r="{number(size)}" fill="{colour}"/>')

    def area(self, places: Sequence[tuple[float, float]], colour: str, *, opacity: float = 1, line: float = 0) -> None:
        """Draw a filled shape, with a line of some width around it or none."""
        wide = line * self.camera.scale
        self.reach(places, wide / 2)
        path = "M" + "L".join(_place(place) for place in places)
        thin = f' fill-opacity="{opacity:.2g}"' if opacity < 1 else ""
        edge = f' stroke="{colour}" stroke-width="{number(wide)}"' if line else ""
        self.shapes.append(f'<path d="{path}Z" fill="{colour}"{thin}{edge}/>')


def number(value: float) -> str:
    """Return a number as short as a tenth allows."""
    text = f"{value:.1f}".removesuffix(".0")
    return "0" if text == "-0" else text


def _place(place: tuple[float, float]) -> str:
    return f"{number(place[0])} {number(place[1])}"


def curve(places: Sequence[tuple[float, float]]) -> str:
    """Return the path of a smooth curve through all places (Catmull-Rom)."""
    path = f"M{_place(places[0])}"
    for index in range(len(places) - 1):
        before, start, end, after = (places[max(0, min(len(places) - 1, each))] for each in range(index - 1, index + 3))
        first = (start[0] + (end[0] - before[0]) / 6, start[1] + (end[1] - before[1]) / 6)
        second = (end[0] - (after[0] - start[0]) / 6, end[1] - (after[1] - start[1]) / 6)
        path += f"C{_place(first)} {_place(second)} {_place(end)}"
    return path


def draw_body(canvas: Canvas, pose: Pose, *, shoes: bool) -> Skeleton:
    """Draw a figure, from the farthest part to the nearest."""
    body = solve(pose)
    for name in pose.behind:
        _draw_limb(canvas, body, name, shoes=shoes, far=name.startswith("far"))
    # The chin is in front of the neck, and the trunk in front of both unless the face looks at the viewer.
    _draw_trunk(canvas, body)
    _draw_head(canvas, body)
    for name in pose.before:
        half = name in pose.behind
        _draw_limb(canvas, body, name, shoes=shoes, far=name.startswith("far"), half=half)
    return body


def _draw_trunk(canvas: Canvas, body: Skeleton) -> None:
    around = [*_edge(body, 1), *reversed(_edge(body, -1))]
    hips = [
        body.spine[0] + body.sides[0],
        body.spine[0] - body.sides[0],
        _between(body.spine[0], body.spine[1], 0.45) - body.sides[1],
        _between(body.spine[0], body.spine[1], 0.45) + body.sides[1],
    ]
    canvas.line(hips, TRUNK_WIDTH + 2 * _LINE, SHORTS.line, fill=True)
    canvas.line([body.neck, body.head], 5.0 + 2 * _LINE, SKIN.line)
    canvas.line([body.neck, body.head], 5.0, SKIN.near)
    canvas.line(around, TRUNK_WIDTH + 2 * _LINE, SHIRT.line, smooth=True, fill=True)
    canvas.line(around, TRUNK_WIDTH, SHIRT.near, smooth=True, fill=True)
    canvas.line(hips, TRUNK_WIDTH, SHORTS.near, fill=True)


def _edge(body: Skeleton, side: int) -> list[V]:
    """Return the points of one edge of the trunk, waist to shoulder, from just above the hips."""
    spine = [_between(body.spine[0], body.spine[1], 0.6), *body.spine[1:]]
    return [point + half * side for point, half in zip(spine, body.sides, strict=True)]


def _between(start: V, end: V, share: float) -> V:
    return start + (end - start) * share


def _draw_limb(canvas: Canvas, body: Skeleton, name: str, *, shoes: bool, far: bool, half: bool = False) -> None:
    limb = body.limbs[name]
    if name.endswith("leg"):
        _draw_leg(canvas, limb, shoes=shoes, far=far)
    else:
        _draw_arm(canvas, limb, far=far, half=half)


def _draw_leg(canvas: Canvas, limb: Limb, *, shoes: bool, far: bool) -> None:
    skin, cloth, shoe = (ink.far if far else ink.near for ink in (SKIN, SHORTS, SHOES))
    foot = SHOES if shoes else SKIN
    heel = limb.heel or limb.joint
    sole = [_between(limb.joint, heel, 0.35), heel, limb.tip]
    hem = _between(limb.root, limb.middle, 0.58)
    wide = LEG_WIDTH + 1.8
    canvas.line([limb.root, limb.middle, limb.joint], LEG_WIDTH + 2 * _LINE, SKIN.line)
    canvas.line(sole, 4.0 + 2 * _LINE, foot.line, fill=True)
    canvas.line([limb.root, limb.middle, limb.joint], LEG_WIDTH, skin)
    canvas.line(sole, 4.0, shoe if shoes else skin, fill=True)
    canvas.line([limb.root, hem], wide + 2 * _LINE, SHORTS.line)
    canvas.line([limb.root, hem], wide, cloth)
    if not far:
        canvas.dot(limb.root, wide / 2 + _LINE + 0.1, cloth)


def _draw_arm(canvas: Canvas, limb: Limb, *, far: bool, half: bool) -> None:
    skin, cloth = (ink.far if far else ink.near for ink in (SKIN, SHIRT))
    cuff = _between(limb.root, limb.middle, 0.5)
    wide = ARM_WIDTH + 1.8
    for colour, extra in ((SKIN.line, 2 * _LINE), (skin, 0.0)):
        if half:
            canvas.line([limb.root, limb.middle], ARM_WIDTH + extra, colour)
            continue
        canvas.line([limb.root, limb.middle, limb.joint], ARM_WIDTH + extra, colour)
        canvas.line([limb.joint, limb.tip], ARM_WIDTH + 0.5 + extra, colour)
    canvas.line([limb.root, cuff], wide + 2 * _LINE, SHIRT.line)
    canvas.line([limb.root, cuff], wide, cloth)
    if not far:
        canvas.dot(limb.root, wide / 2 + _LINE + 0.1, cloth)


def _draw_head(canvas: Canvas, body: Skeleton) -> None:
    radius, face, crown = HEAD / 2, body.face, body.crown
    right = face.cross(crown).unit()

    def on_head(forward: float, up: float, aside: float) -> V:
        return body.head + (face * forward + crown * up + right * aside).unit() * radius

    ears = [on_head(-0.12, -0.12, side) for side in (-1, 1)]
    canvas.dot(on_head(-0.62, 0.92, 0) + crown * 1.2, 2.7, HAIR)
    for ear in ears:
        _draw_ear(canvas, ear)
    canvas.dot(body.head, radius, HAIR)
    canvas.dot(on_head(1, -0.12, 0), 1.2, SKIN.near)
    canvas.area(_cap(canvas.camera, body.head, (face * 0.88 - crown * 0.48).unit(), radius * 0.99, 68), SKIN.near)
    for ear in ears:
        if canvas.camera.depth(ear - body.head) > _SEEN_EAR:
            _draw_ear(canvas, ear)
    for side in (-1, 1):
        eye = on_head(0.84, 0.1, side * 0.46)
        if canvas.camera.depth(eye - body.head) > _SEEN_EYE:
            canvas.dot(eye, 0.85, HAIR)
    smile = [on_head(0.85, up, aside) for up, aside in ((-0.36, -0.34), (-0.5, 0), (-0.36, 0.34))]
    seen = [_between(body.head, point, 0.93) for point in smile if canvas.camera.depth(point - body.head) > -_SEEN_EYE]
    if len(seen) > 1:
        canvas.line(seen, 0.8, SKIN.line, smooth=True)


def _draw_ear(canvas: Canvas, ear: V) -> None:
    canvas.dot(ear, 1.8, SKIN.line)
    canvas.dot(ear, 1.3, SKIN.near)


def _cap(camera: Camera, centre: V, way: V, radius: float, degrees: float) -> list[tuple[float, float]]:
    """Return the outline of the visible part of a cap on a ball."""
    first = way.cross(V(0.3, 0.5, 0.8)).unit()
    second = way.cross(first)
    middle = camera.at(centre)
    size = radius * camera.scale
    outline = []
    for step in range(28):
        turn, open_ = 2 * math.pi * step / 28, math.radians(degrees)
        rim = way * math.cos(open_) + (first * math.cos(turn) + second * math.sin(turn)) * math.sin(open_)
        x, y = camera.at(centre + rim * radius)
        if camera.depth(rim) < 0:  # behind: the ball's edge is where the cap ends
            far = math.hypot(x - middle[0], y - middle[1])
            x, y = middle[0] + (x - middle[0]) * size / far, middle[1] + (y - middle[1]) * size / far
        outline.append((x, y))
    return outline
