"""Who is there: tracks of one camera, joined where a person was hidden for longer than the tracker waits."""

from collections.abc import Sequence
from datetime import timedelta

import msgspec

from event_store.events import Box, Reason
from event_store.layout.model import Door
from vision_workers.frames import Observation, Track, foot
from vision_workers.watchers.measures import heights_apart, heights_from

RESUME = timedelta(seconds=6)
"""How long after they were last seen a hidden person may go on under a new track: a walk behind a long gondola."""
REACH_HEIGHTS = 0.5
"""How far from where they vanished a hidden person may appear at once, in their own heights …"""
REACH_HEIGHTS_PER_S = 0.5
"""… and for each second that has passed: a stroll of somewhat less than a metre a second."""
LEAST_HEIGHT_RATIO = 0.6
"""Heights of the smaller and the larger box, before and after."""
DOOR_HEIGHTS = 0.25
"""So near a door one is in it: a step, since the first and last boxes of a person are cut by its frame."""
AT_EDGE = 0.01
"""A box this near the picture's left, top or right side is leaving or entering the picture, not hidden in it."""


class Person(msgspec.Struct, frozen=True, kw_only=True):
    """Somebody whom the camera sees in this frame."""

    key: str
    """Id of their first track; it stays when a later track continues it."""
    track: Track
    arrived: bool
    """Nobody knew of them before this frame."""


class Departure(msgspec.Struct, frozen=True, kw_only=True):
    """Somebody whom the camera will not find again."""

    key: str
    track: Track
    reason: Reason
    door_id: str | None
    """The door in which they were last seen; null unless they left."""


class Scene(msgspec.Struct, frozen=True, kw_only=True):
    """The people of one frame."""

    observation: Observation
    people: tuple[Person, ...]
    departures: tuple[Departure, ...]


class People:
    """Knows who of a camera's tracks is the same person, as far as place and time tell."""

    def __init__(self, doors: Sequence[Door]) -> None:
        self._doors = tuple(doors)
        self._keys: dict[str, str] = {}
        self._hidden: dict[str, Track] = {}

    def observe(self, observation: Observation) -> Scene:
        """Take one frame's tracks; return who is there and who is gone for good."""
        departures = [*self._lose(observation.lost), *self._expire(observation)]
        people = tuple(self._recognise(track) for track in observation.tracks)
        return Scene(observation=observation, people=people, departures=tuple(departures))

    def finish(self, observation: Observation, reason: Reason) -> Scene:
        """Give up everybody: who was still in sight in the last frame, and who was hidden, ends for `reason`."""
        departures: list[Departure] = []
        for track in (*self._hidden.values(), *observation.lost):
            key = self._keys.pop(track.id)
            door = None if track.last_frame == observation.frame else self.door_at(track.box)
            departures.append(
                Departure(key=key, track=track, reason="left" if door else reason, door_id=door.id if door else None)
            )
        self._hidden = {}
        return Scene(observation=observation, people=(), departures=tuple(departures))

    def door_at(self, box: Box) -> Door | None:
        """Return the door that a person stands in, the nearest if there are several."""
        near = [(heights_from(door.polygon, foot(box), box), number) for number, door in enumerate(self._doors)]
        distance, number = min(near, default=(DOOR_HEIGHTS, 0))
        return self._doors[number] if distance < DOOR_HEIGHTS else None

    def key_of(self, track_id: str) -> str | None:
        """Return the key of the person that a track belongs to, None for one that is gone or unknown."""
        return self._keys.get(track_id)

    def _recognise(self, track: Track) -> Person:
        if key := self._keys.get(track.id):
            return Person(key=key, track=track, arrived=False)
        hidden_key = self._hidden_near(track) if self._may_be_hidden(track.first_box) else None
        if hidden_key is not None:
            before = self._hidden.pop(hidden_key)
            del self._keys[before.id]
        key = self._keys[track.id] = hidden_key or track.id
        return Person(key=key, track=track, arrived=hidden_key is None)

    def _lose(self, lost: Sequence[Track]) -> list[Departure]:
        departures: list[Departure] = []
        for track in lost:
            key = self._keys.get(track.id)
            if key is None:
                continue
            if self._may_be_hidden(track.box):
                self._hidden[key] = track
                continue
            del self._keys[track.id]
            door = self.door_at(track.box)
            departures.append(
                Departure(key=key, track=track, reason="left" if door else "lost", door_id=door.id if door else None)
            )
        return departures

    def _expire(self, observation: Observation) -> list[Departure]:
        due = [key for key, track in self._hidden.items() if observation.time - track.last_seen > RESUME]
        departures: list[Departure] = []
        for key in due:
            track = self._hidden.pop(key)
            del self._keys[track.id]
            departures.append(Departure(key=key, track=track, reason="lost", door_id=None))
        return departures

    def _may_be_hidden(self, box: Box) -> bool:
        at_edge = box.x0 < AT_EDGE or box.x1 > 1 - AT_EDGE or box.y0 < AT_EDGE
        return not at_edge and self.door_at(box) is None

    def _hidden_near(self, track: Track) -> str | None:
        distances = {key: _share_of_reach(before, track) for key, before in self._hidden.items()}
        near = [key for key, distance in distances.items() if distance <= 1]
        return min(near, key=lambda key: distances[key], default=None)


def _share_of_reach(before: Track, after: Track) -> float:
    """Return the distance between two tracks as a share of what is within reach; above 1 is out of it."""
    gap_s = (after.first_seen - before.last_seen).total_seconds()
    heights = sorted(box.y1 - box.y0 for box in (before.box, after.first_box))
    if not 0 < gap_s <= RESUME.total_seconds() or heights[0] < LEAST_HEIGHT_RATIO * heights[1]:
        return float("inf")
    reach = REACH_HEIGHTS + REACH_HEIGHTS_PER_S * gap_s
    return heights_apart(before.foot, foot(after.first_box), before.box) / reach
