"""Who is there: tracks of one camera, joined where a person was hidden for longer than the tracker waits."""

from collections.abc import Iterator, Sequence
from datetime import datetime, timedelta

import msgspec

from event_store.events.event import Box, Reason
from event_store.layout.model import Door
from vision_workers.clothing import OTHER_CLOTHES, colours_apart
from vision_workers.frames import Observation, Track, foot
from vision_workers.tracking.pace import Pace
from vision_workers.watchers.floors import StoreFloor
from vision_workers.watchers.known import AT_EDGE, Known
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
OUT_OF_SIGHT = timedelta(seconds=0.5)
"""Who came in, went to a door and is not seen for so long has left; who is seen in the door next has come in …"""
OUT_OF_SIGHT_FRAMES = 3
"""… if they were missed in so many frames, too: at a few frames a second, missing one takes long. A camera that sends
fewer while nobody is there has missed them in one frame, if it would have sent so many at its usual pace."""


class Person(msgspec.Struct, frozen=True, kw_only=True):
    """Somebody whom the camera sees in this frame."""

    key: str
    """Id of their first track; it stays when a later track continues it."""
    track: Track
    arrived: bool
    """Nobody knew of them before this frame."""
    has_come_in: bool = False
    """They were seen to move across a door: away from it, or well into it as soon as they appeared."""
    stepped_in_at: datetime | None = None
    """Since when they are on the store's floor; null where they are not, or nobody can tell."""


class Departure(msgspec.Struct, frozen=True, kw_only=True):
    """Somebody whom the camera will not find again."""

    key: str
    track: Track
    reason: Reason
    door_id: str | None
    """The door in which they were last seen; null unless they left."""
    stepped_out_at: datetime | None = None
    """When they were last on the store's floor; null where nobody can tell."""


class Scene(msgspec.Struct, frozen=True, kw_only=True):
    """The people of one frame."""

    observation: Observation
    people: tuple[Person, ...]
    departures: tuple[Departure, ...]


class People:
    """Knows who of a camera's tracks is the same person, as far as place and time tell."""

    def __init__(self, doors: Sequence[Door], floor: StoreFloor) -> None:
        self._doors, self._floor = tuple(doors), floor
        self._known: dict[str, Known] = {}
        """By track."""
        self._hidden: dict[str, Known] = {}
        """By person."""
        self._pace = Pace()

    def observe(self, observation: Observation) -> Scene:
        """Take one frame's tracks; return who is there and who is gone for good."""
        departures = [*self._lose(observation), *self._expire(observation), *self._step_out(observation)]
        self._pace.take(observation.time)
        people = tuple(self._recognise(track) for track in observation.tracks)
        return Scene(observation=observation, people=people, departures=tuple(departures))

    def finish(self, observation: Observation, reason: Reason) -> Scene:
        """Give up everybody: who was still in sight in the last frame, and who was hidden, ends for `reason`."""
        ended = [*self._hidden.values(), *self._known.values()]
        departures = tuple(self._gone(known, reason, in_sight_at=observation.frame) for known in ended)
        self._hidden, self._known = {}, {}
        return Scene(observation=observation, people=(), departures=departures)

    def door_at(self, box: Box) -> Door | None:
        """Return the door that a person stands in, the nearest if there are several."""
        return self._nearest_door(box, DOOR_HEIGHTS)

    def _nearest_door(self, box: Box, within_heights: float) -> Door | None:
        near = [(heights_from(door.polygon, foot(box), box), number) for number, door in enumerate(self._doors)]
        distance, number = min(near, default=(within_heights, 0))
        return self._doors[number] if distance < within_heights else None

    def key_of(self, track_id: str) -> str | None:
        """Return the key of the person that a track belongs to, None for one that is gone or unknown."""
        known = self._known.get(track_id)
        return known.key if known else None

    def _recognise(self, track: Track) -> Person:
        known = self._known.get(track.id) or self._found_again(track) or self._new(track.id, track)
        self._known[track.id] = known
        arrived = known.arriving
        known.arriving = False
        known.see(track, in_door=self._is_in_their_door(known, track.box))
        known.footing.stand(track.last_seen, self._floor.depth_m(track.box))
        return Person(
            key=known.key,
            track=known.track,
            arrived=arrived,
            has_come_in=known.has_come_in and known.footing.may_be_inside,
            stepped_in_at=known.footing.inside_since,
        )

    def _is_in_their_door(self, known: Known, box: Box) -> bool:
        """Say whether somebody is in a door; who has gone to another one than they came by is in none of them."""
        door, came_by = self.door_at(box), self.door_at(known.began.first_box)
        return door is not None and (came_by is None or door is came_by)

    def _new(self, key: str, track: Track) -> Known:
        known = Known(key, track)
        known.footing.stand(track.first_seen, self._floor.depth_m(track.first_box))
        return known

    def _step_out(self, observation: Observation) -> Iterator[Departure]:
        """Part who left by a door from who came in by it right after, where the tracker took both for one.

        Who is seen in the street has left, too: whoever their track is next is nobody whom it was.
        """
        for track in observation.tracks:
            known = self._known.get(track.id)
            if known is None:
                continue
            went_out = known.has_come_in and known.footing.is_outside
            if went_out or (known.been_inside and self._came_again(known.track, track)):
                yield self._gone(known, "left")
                began = msgspec.structs.replace(
                    track, first_box=track.box, first_seen=track.last_seen, first_frame=track.last_frame
                )
                self._known[track.id] = self._new(f"{track.id} from frame {track.last_frame}", began)

    def _found_again(self, track: Track) -> Known | None:
        """Return the hidden person who goes on under a new track."""
        if not self._may_be_hidden(track.first_box):
            return None
        shares = {key: _share_of_reach(known.track, track) for key, known in self._hidden.items()}
        key = min(shares, key=lambda each: shares[each], default=None)
        return self._hidden.pop(key) if key is not None and shares[key] <= 1 else None

    def _lose(self, observation: Observation) -> Iterator[Departure]:
        for track in observation.lost:
            known = self._known.pop(track.id, None)
            if known is None:
                continue
            if self._may_be_hidden(track.box):
                self._hidden[known.key] = known
            else:
                yield self._gone(known, "lost")

    def _expire(self, observation: Observation) -> Iterator[Departure]:
        due = [key for key, known in self._hidden.items() if observation.time - known.track.last_seen > RESUME]
        yield from (self._gone(self._hidden.pop(key), "lost") for key in due)

    def _gone(self, known: Known, reason: Reason, in_sight_at: int | None = None) -> Departure:
        door = self._exit_of(known) if known.track.last_frame != in_sight_at else None
        if door is None:
            return Departure(key=known.key, track=known.track, reason=reason, door_id=None)
        return Departure(
            key=known.key,
            track=known.track,
            reason="left",
            door_id=door.id,
            stepped_out_at=known.footing.last_inside,
        )

    def _exit_of(self, known: Known) -> Door | None:
        """Return the door that they stand in, or the nearest one where they are in the street."""
        return self._nearest_door(known.track.box, float("inf") if known.footing.is_outside else DOOR_HEIGHTS)

    def _came_again(self, before: Track, now: Track) -> bool:
        in_door = self.door_at(before.box) is not None and self.door_at(now.box) is not None
        return in_door and self._was_out_of_sight(before, now)

    def _was_out_of_sight(self, before: Track, now: Track) -> bool:
        missed, gap = now.last_frame - before.last_frame - 1, now.last_seen - before.last_seen
        usual_missed = round(gap.total_seconds() / self._pace.usual_s) - 1 if self._pace.usual_s else 0
        enough = missed >= OUT_OF_SIGHT_FRAMES or (missed > 0 and usual_missed >= OUT_OF_SIGHT_FRAMES)
        return gap >= OUT_OF_SIGHT and enough

    def _may_be_hidden(self, box: Box) -> bool:
        at_edge = box.x0 < AT_EDGE or box.x1 > 1 - AT_EDGE or box.y0 < AT_EDGE
        return not at_edge and self.door_at(box) is None


def _share_of_reach(before: Track, after: Track) -> float:
    """Return the distance between two tracks as a share of what is within reach; above 1 is out of it."""
    gap_s = (after.first_seen - before.last_seen).total_seconds()
    heights = sorted(box.y1 - box.y0 for box in (before.box, after.first_box))
    in_other_clothes = colours_apart(before.clothing, after.clothing) >= OTHER_CLOTHES
    if not 0 < gap_s <= RESUME.total_seconds() or heights[0] < LEAST_HEIGHT_RATIO * heights[1] or in_other_clothes:
        return float("inf")
    reach = REACH_HEIGHTS + REACH_HEIGHTS_PER_S * gap_s
    return heights_apart(before.foot, foot(after.first_box), before.box) / reach
