"""How long shoppers stood in a queue, out of where everybody was."""

from collections.abc import Sequence
from math import hypot

from vision_workers.simulator.figures import Pose
from vision_workers.simulator.plans import Place
from vision_workers.simulator.truth import Wait

AT_SPOT_M = 0.3
"""So near a place of a queue one stands at it."""
MOST_SPOTS = 12


def waits(place: Place, times: Sequence[tuple[float, Pose]]) -> list[Wait]:
    """Who stands at a queue's places waits there, until they stand at the first of them."""
    stood = [(at, _spot_at(place, pose)) for at, pose in times if pose.action == "stand"]
    standing = [(at, spot) for at, spot in stood if spot is not None]
    if not standing:
        return []
    (joined_s, _), (left_s, _) = standing[0], standing[-1]
    turn_s = next((at for at, spot in standing if spot == 0), left_s)
    return [
        Wait(
            place_id=place.id,
            joined_s=round(joined_s, 2),
            wait_s=round(turn_s - joined_s, 2),
            left_s=round(left_s, 2),
        )
    ]


def _spot_at(place: Place, pose: Pose) -> int | None:
    """Return at which place of a queue somebody is, counted from 0."""
    across, along = place.queue or (0.0, 0.0)
    spots = ((place.at[0] + across * spot, place.at[1] + along * spot) for spot in range(MOST_SPOTS))
    return next((spot for spot, (x, y) in enumerate(spots) if hypot(pose.x - x, pose.y - y) <= AT_SPOT_M), None)
