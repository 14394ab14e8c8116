"""A shopper's body in a pose: tapered limbs around a skeleton, with a gait that keeps the lower foot on the floor.

Proportions of the segments are Drillis and Contini's (1966), as fractions of the height.
"""

from typing import Literal

import msgspec
import numpy as np
from numpy.typing import NDArray

from vision_workers.simulator.looks import Colour, Fabric, Look

Array = NDArray[np.float64]
Action = Literal["walk", "stand", "reach", "browse"]

THIGH, SHIN, ANKLE = 0.245, 0.246, 0.039
HIP, SHOULDER = 0.53, 0.815
UPPER_ARM, FOREARM, HAND = 0.186, 0.146, 0.07


class Part(msgspec.Struct, frozen=True, eq=False):
    """One shape of a figure: where `mesh` goes (4 x 4, column vectors, metres in the shop) and what covers it."""

    mesh: str
    matrix: Array
    colour: Colour
    fabric: Fabric = "plain"


class Pose(msgspec.Struct, frozen=True, kw_only=True):
    """Where a shopper stands (metres), which way they face (radians, 0 along x) and what they do."""

    x: float
    y: float
    heading: float
    action: Action
    phase: float
    """Of the gait, radians."""
    pace: float
    """0 stands, 1 walks at full stride."""
    reach_m: float | None = None
    """How high above the floor the right hand reaches; by the phase if absent."""
    stretch: float = 1.0
    """How far the arm is stretched to there, 0 to 1."""


class Skeleton(msgspec.Struct, frozen=True, eq=False):
    """Joints of one pose in the body's own axes: x to the right, y forward, z up; left side first."""

    hips: Array
    knees: Array
    ankles: Array
    shoulders: Array
    elbows: Array
    hands: Array
    lean: float


def figure(look: Look, pose: Pose) -> list[Part]:
    """Return the parts of a shopper, placed in the shop."""
    joints = _skeleton(look, pose)
    parts = [part for dress in (_legs, _trunk, _arms, _head, _bag) for part in dress(look, joints)]
    place = _place(pose)
    return [msgspec.structs.replace(part, matrix=place @ part.matrix) for part in parts]


def held(look: Look, pose: Pose, size: tuple[float, float, float]) -> Array:
    """Return the matrix that stretches a unit box to a thing of that size in the right hand."""
    joints = _skeleton(look, pose)
    hand, elbow = joints.hands[1], joints.elbows[1]
    fingers = hand + (hand - elbow) / FOREARM * HAND
    matrix = np.diag([*size, 1.0])
    matrix[:3, 3] = fingers - np.array([0.0, 0.0, 0.6 * size[2]])
    return np.asarray(_place(pose) @ matrix)


def _place(pose: Pose) -> Array:
    """The matrix that takes the body's own axes to the shop's."""
    cos, sin = np.cos(pose.heading - np.pi / 2), np.sin(pose.heading - np.pi / 2)
    return np.array([[cos, -sin, 0, pose.x], [sin, cos, 0, pose.y], [0, 0, 1, 0], [0, 0, 0, 1.0]])


def _skeleton(look: Look, pose: Pose) -> Skeleton:
    h, side = look.height_m, np.array([-1.0, 1.0])
    phase = pose.phase + np.array([0.0, np.pi])
    thigh = 0.46 * pose.pace * np.sin(phase) + 0.02
    knee = 0.06 + 0.16 * pose.pace + 0.75 * pose.pace * np.maximum(0.0, np.cos(phase))
    lean = 0.05 * pose.pace + (0.12 if pose.action == "browse" else 0.0)
    hips = np.column_stack([side * 0.052 * h * look.build, np.zeros(2), np.zeros(2)])
    knees = hips + THIGH * h * _swing(thigh)
    ankles = knees + SHIN * h * _swing(thigh - knee)
    lift = ANKLE * h - ankles[:, 2].min()
    for joint in (hips, knees, ankles):
        joint[:, 2] += lift
    pelvis = hips[:, 2].mean()
    up = (SHOULDER - HIP) * h
    wide = side * 0.112 * h * (0.6 + 0.4 * look.build)
    shoulders = np.column_stack([wide, np.full(2, up * np.sin(lean)), np.full(2, pelvis + up * np.cos(lean))])
    upper, fore = _arm_angles(look, pose, thigh)
    elbows = shoulders + UPPER_ARM * h * _swing(upper)
    elbows[:, 0] += side * 0.02 * h * look.build
    hands = elbows + FOREARM * h * _swing(fore)
    return Skeleton(hips, knees, ankles, shoulders, elbows, hands, lean)


def _arm_angles(look: Look, pose: Pose, thigh: Array) -> tuple[Array, Array]:
    upper = -0.75 * thigh
    fore = upper + 0.2 + 0.3 * pose.pace
    if pose.action == "browse":
        upper, fore = np.array([0.35, 0.3]), np.array([1.6, 1.75])
    if pose.action == "reach":
        reach, bent = 1.35 + 0.35 * np.sin(pose.phase), 0.3
        if pose.reach_m is not None:
            reach, bent = pose.stretch * _raised(look, pose.reach_m), 0.3 * (1 - pose.stretch)
        upper, fore = np.array([0.0, reach]), np.array([0.3, reach + bent])
    if look.bag == "basket":
        upper[0], fore[0] = 0.1, 0.75
    return upper, fore


def _raised(look: Look, height_m: float) -> float:
    """How far a straight arm is raised from hanging down, so that the hand is at a height."""
    arm = (UPPER_ARM + FOREARM + HAND) * look.height_m
    return float(np.arccos(np.clip((SHOULDER * look.height_m - height_m) / arm, -0.95, 0.95)))


def _swing(angle: Array) -> Array:
    """Directions of segments that hang down and swing forward by an angle."""
    return np.column_stack([np.zeros_like(angle), np.sin(angle), -np.cos(angle)])


def _between(start: Array, end: Array, width: float, depth: float | None = None) -> Array:
    """The matrix that stretches a mesh from one point to another."""
    along = end - start
    sideways = np.array([1.0, 0.0, 0.0])
    forward = np.cross(along / np.linalg.norm(along), sideways)
    matrix = np.eye(4)
    matrix[:3, 0] = sideways * width
    matrix[:3, 1] = forward * (depth or width)
    matrix[:3, 2] = along
    matrix[:3, 3] = start
    return matrix


def _off(point: Array, forward: float = 0.0, up: float = 0.0) -> Array:
    return np.asarray(point + np.array([0.0, forward, up]))


def _ball(centre: Array, size: tuple[float, float, float]) -> Array:
    matrix = np.diag([*size, 1.0])
    matrix[:3, 3] = centre
    return matrix


def _legs(look: Look, joints: Skeleton) -> list[Part]:
    h, girth = look.height_m, look.height_m * (0.55 + 0.45 * look.build)
    bare = look.legs in {"shorts", "skirt", "dress"}
    shin_colour = look.skin if bare else look.legs_colour
    parts = []
    for hip, knee, ankle in zip(joints.hips, joints.knees, joints.ankles, strict=True):
        toe = ankle + np.array([0.0, 0.5 * 0.152 * h * 0.62, -0.45 * ANKLE * h])
        parts += [
            Part("limb", _between(_off(hip, up=0.02 * h), knee, 0.054 * girth, 0.060 * girth), look.legs_colour),
            Part("limb", _between(_off(knee, up=0.02 * h), ankle, 0.042 * girth), shin_colour),
            Part("ball", _ball(toe, (0.027 * h, 0.076 * h, 0.55 * ANKLE * h)), look.shoe_colour),
        ]
    return parts


def _trunk(look: Look, joints: Skeleton) -> list[Part]:
    h, pelvis, neck = look.height_m, joints.hips.mean(axis=0), joints.shoulders.mean(axis=0)
    low, high = _off(pelvis, up=-0.04 * h), neck + (neck - pelvis) * 0.09
    wide = 0.122 * h * (0.45 + 0.55 * look.build)
    deep = 0.068 * h * look.build
    mesh = "belly" if look.rounded else "torso"
    seat = _ball(_off(pelvis, -0.008 * h, -0.005 * h), (wide * 0.82, deep * 1.02, 0.06 * h))
    parts = [
        Part(mesh, _between(low, high, wide, deep), look.top_colour, look.fabric),
        Part("ball", seat, look.legs_colour),
    ]
    lengths = {"skirt": 0.23, "dress": 0.27, "coat": 0.25}
    if look.legs in lengths:
        hem = np.array([0.0, joints.knees[:, 1].mean(), pelvis[2] - lengths[look.legs] * h])
        colour = look.legs_colour if look.legs == "skirt" else look.top_colour
        stretch = max(1.0, np.ptp(joints.knees[:, 1]) / (0.22 * h))
        matrix = _between(hem, _off(pelvis, up=0.05 * h), wide * 1.08, deep * 1.55 * stretch)
        parts.append(Part("skirt", matrix, colour, look.fabric))
    return parts


def _arms(look: Look, joints: Skeleton) -> list[Part]:
    h, girth = look.height_m, look.height_m * (0.6 + 0.4 * look.build)
    fore_colour = look.top_colour if look.long_sleeves else look.skin
    parts = []
    for shoulder, elbow, hand in zip(joints.shoulders, joints.elbows, joints.hands, strict=True):
        fingers = hand + (hand - elbow) / (FOREARM * h) * HAND * h
        parts += [
            Part("limb", _between(_off(shoulder, up=0.015 * h), elbow, 0.036 * girth), look.top_colour, look.fabric),
            Part("limb", _between(elbow, hand, 0.028 * girth), fore_colour),
            Part("limb", _between(hand, fingers, 0.023 * h, 0.014 * h), look.skin),
        ]
    return parts


def _head(look: Look, joints: Skeleton) -> list[Part]:
    h, neck = look.height_m, joints.shoulders.mean(axis=0)
    centre = neck + np.array([0.0, 0.012 * h + 0.5 * joints.lean * 0.1 * h, 0.118 * h])
    parts = [
        Part("limb", _between(neck, centre, 0.033 * h), look.skin),
        Part("ball", _ball(centre, (0.045 * h, 0.055 * h, 0.068 * h)), look.skin),
        Part("ball", _ball(_off(centre, 0.056 * h, -0.01 * h), (0.009 * h, 0.012 * h, 0.014 * h)), look.skin),
    ]
    return parts + _hair(look, centre)


def _hair(look: Look, head: Array) -> list[Part]:
    if look.hair == "bald":
        return []
    h, back = look.height_m, _off(head, -0.03 * look.height_m)
    colour = look.bag_colour if look.hair in {"cap", "scarf"} else look.hair_colour
    crown = Part("ball", _ball(_off(head, -0.012 * h, 0.014 * h), (0.05 * h, 0.056 * h, 0.062 * h)), colour)
    more: dict[str, tuple[Array, tuple[float, float, float]]] = {
        "bob": (_off(back, up=-0.02 * h), (0.056 * h, 0.045 * h, 0.075 * h)),
        "long": (_off(back, -0.012 * h, -0.07 * h), (0.058 * h, 0.034 * h, 0.135 * h)),
        "bun": (_off(back, -0.03 * h, 0.045 * h), (0.027 * h, 0.027 * h, 0.027 * h)),
        "cap": (_off(head, 0.06 * h, 0.03 * h), (0.04 * h, 0.045 * h, 0.006 * h)),
        "scarf": (_off(back, 0.012 * h, -0.035 * h), (0.06 * h, 0.055 * h, 0.1 * h)),
    }
    return [crown] + ([Part("ball", _ball(*more[look.hair]), colour)] if look.hair in more else [])


def _bag(look: Look, joints: Skeleton) -> list[Part]:
    h, hand, chest = look.height_m, joints.hands[0], joints.shoulders.mean(axis=0)
    if look.bag == "backpack":
        back = chest + np.array([0.0, -0.095 * h * look.build, -0.12 * h])
        return [Part("ball", _ball(back, (0.085 * h, 0.055 * h, 0.125 * h)), look.bag_colour)]
    if look.bag == "tote":
        hip = joints.shoulders[1] * [1.25, 0, 0] + np.array([0.02, 0.0, 0.44 * h])
        return [Part("box", _ball(hip, (0.05 * h, 0.2 * h, 0.17 * h)), look.bag_colour)]
    if look.bag == "basket":
        return [Part("box", _ball(_off(hand, up=-0.15 * h), (0.28, 0.4, 0.2)), look.bag_colour)]
    return []
