"""How likely it is that somebody whom a camera sees is a person whom another one sees, or saw last."""

from datetime import datetime, timedelta
from math import dist

import msgspec

from event_store.layout.geometry import XY
from vision_workers.clothing import OTHER_CLOTHES, colours_apart
from vision_workers.frames import Clothing, Track

REACH_M = 1.5
"""How far apart two cameras may see the same feet: calibration, cut boxes and hidden legs together."""
WALK_M_PER_S = 1.5
"""Nobody is expected farther off, where no camera looks."""
WAITING_M_PER_S = 0.1
"""Of two who may have come, the one who was out of sight for so much less is worth a metre."""
CLOTHES_M = 0.1
"""A metre is worth colours of clothes that are ten apart."""
MEETINGS = 5
"""So many sights of somebody by two cameras at once make a mean distance."""
IN_SIGHT = timedelta(seconds=0.5)
PATIENCE = timedelta(seconds=60)
"""Whom no camera has found again after so long is lost."""
IMPOSSIBLE = float("inf")


class Sight(msgspec.Struct, frozen=True, kw_only=True):
    """Where and when one camera saw somebody last."""

    camera_id: str
    floor: XY
    time: datetime
    clothing: Clothing | None
    in_door: bool = False

    def is_now(self, time: datetime) -> bool:
        """Say whether they are in sight at that time."""
        return abs(time - self.time) <= IN_SIGHT


class Newcomer(msgspec.Struct, frozen=True, kw_only=True):
    """Somebody whom a camera sees without a visit."""

    camera_id: str
    track: Track
    floor: XY
    came_from: XY | None
    """Where they were seen first."""

    def colours_apart(self, last: Sight) -> float:
        """Return how different their clothes are."""
        return colours_apart(last.clothing, self.track.clothing)

    def may_be(self, last: Sight) -> bool:
        """Say whether they may be somebody at all who was seen last there: nobody leaves and is in the store."""
        return not last.in_door and self.colours_apart(last) < OTHER_CLOTHES

    def apart_in_turn(self, last: Sight) -> float:
        """Return how far somebody has walked unseen, and some more for how long they took."""
        waited_s = (self.track.first_seen - last.time).total_seconds()
        if self.came_from is None or waited_s <= 0 or self.track.last_seen - last.time > PATIENCE:
            return IMPOSSIBLE
        apart = dist(self.came_from, last.floor)
        return apart + WAITING_M_PER_S * waited_s if apart <= REACH_M + WALK_M_PER_S * waited_s else IMPOSSIBLE


class Meetings:
    """The mean distances of people whom two cameras see at once."""

    def __init__(self) -> None:
        self._met: dict[str, dict[tuple[str, str], tuple[float, int]]] = {}
        """By visit, and then by the newcomer's camera and track."""

    def forget(self, visit: str) -> None:
        """Forget a visit that has ended."""
        self._met.pop(visit, None)

    def apart(self, visit: str, last: Sight, newcomer: Newcomer) -> float:
        """Take both places; return the mean distance, which is impossible while it is of too few sights."""
        met, key = self._met.setdefault(visit, {}), (newcomer.camera_id, newcomer.track.id)
        mean, times = met.get(key, (0.0, 0))
        mean = (mean * times + dist(newcomer.floor, last.floor)) / (times + 1)
        met[key] = mean, times + 1
        return mean if mean <= REACH_M and times + 1 >= MEETINGS else IMPOSSIBLE
