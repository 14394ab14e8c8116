"""Visits begin and end in doors."""

import msgspec

from event_store.events.event import Event, Reason
from event_store.events.visits import ShopperEntered, ShopperExited
from event_store.layout.model import Door
from vision_workers.frames import Observation, Track
from vision_workers.runs import Run
from vision_workers.tracking import TrackingLimits
from vision_workers.watchers.evidence import Rule, Witness
from vision_workers.watchers.fusion import Fusion
from vision_workers.watchers.handovers import PATIENCE
from vision_workers.watchers.known import MOVED_HEIGHTS, heights_moved
from vision_workers.watchers.measures import rounded
from vision_workers.watchers.people import RESUME, Departure, People, Person, Scene

BEGINS = Rule("visit-begins-in-door", 3)
ENDS = Rule("visit-ends-unseen", 3)
TRACKING = TrackingLimits()


class VisitWatcher:
    """Opens a visit for who is first seen in a door and comes in, and ends it when they are gone."""

    def __init__(self, people: People, witness: Witness, run: Run, fusion: Fusion) -> None:
        self._people, self._witness, self._run, self._fusion = people, witness, run, fusion
        self._camera_id = witness.provenance.camera_id
        self._at_door: dict[str, Door] = {}
        """By person: the door in which they were first seen, while they have not come in."""
        self._visits: dict[str, tuple[str, Track]] = {}
        """By person: the visit, and the track as last seen."""
        self._awaited: dict[str, Track] = {}
        """By visit: whom this camera has lost and another one may find."""
        self._opened = 0

    def visit_of(self, key: str | None) -> str | None:
        """Return a person's visit, None where nobody saw them come."""
        visit = self._visits.get(key) if key else None
        return visit[0] if visit and self._fusion.is_open(visit[0]) else None

    def welcome(self, scene: Scene) -> list[Event]:
        """Open visits for who came in; to be asked before the other watchers, so that their facts name the visit."""
        entered: list[Event] = []
        for person in scene.people:
            door = self._people.door_at(person.track.first_box) if person.arrived else None
            if door is not None:
                self._at_door[person.key] = door
            if person.key in self._at_door and person.has_come_in:
                entered.append(self._entered(person, self._at_door.pop(person.key), scene.observation))
            elif person.key in self._at_door:
                self._fusion.notice(self._camera_id, person.track)
            else:
                self._follow(person)
        return entered

    def _follow(self, person: Person) -> None:
        """Keep whose visit it is, or find out."""
        visit, _ = self._visits.get(person.key, (None, None))
        if visit is None or not self._fusion.is_open(visit):
            taken = {each for each, _ in self._visits.values()}
            visit = self._fusion.find(self._camera_id, person.track, taken)
        if visit is None:
            self._fusion.notice(self._camera_id, person.track)
        else:
            self._visits[person.key] = visit, person.track
            in_door = self._people.door_at(person.track.box) is not None
            self._fusion.see(visit, self._camera_id, person.track, in_door=in_door)

    def _entered(self, person: Person, door: Door, observation: Observation) -> ShopperEntered:
        self._opened += 1
        visit = self._run.id("visit", self._camera_id, self._opened)
        track = person.track
        self._fusion.open(visit)
        self._visits[person.key] = visit, track
        self._fusion.see(visit, self._camera_id, track, in_door=False)
        limits = [
            rounded("detected_frames", TRACKING.confirm_hits, len(track.frames)),
            rounded("moved_heights", MOVED_HEIGHTS, heights_moved(track)),
        ]
        testimony = self._witness.testify(track.first_seen, track, visit, observation, BEGINS, limits)
        return ShopperEntered(**testimony, door_id=door.id, stepped_in_at=person.stepped_in_at)

    def part(self, scene: Scene) -> list[Event]:
        """End the visits of who is gone; to be asked after the other watchers."""
        exited: list[Event] = []
        for gone in scene.departures:
            visit, _ = self._visits.pop(gone.key, (None, None))
            if self._at_door.pop(gone.key, None) is not None:
                continue  # they looked in at the door, or were never there
            if visit is not None:
                exited += self._gone(gone, visit, scene.observation)
            elif gone.reason == "left" and heights_moved(gone.track) >= MOVED_HEIGHTS:
                exited.append(self._left(gone, None, scene.observation))
        return [*exited, *self._give_up(scene.observation)]

    def finish(self, observation: Observation) -> list[Event]:
        """Give up whom this camera has lost and no other one has found."""
        return self._give_up(observation, at_once=True)

    def _gone(self, gone: Departure, visit: str, observation: Observation) -> list[Event]:
        if gone.reason != "left" and self._fusion.hands_over(self._camera_id):
            self._awaited[visit] = gone.track
            if gone.reason == "lost" or self._is_followed_elsewhere(visit, gone.track):
                return []
            del self._awaited[visit]
        if not self._fusion.close(visit):
            return []
        return [self._left(gone, visit, observation)]

    def _left(self, gone: Departure, visit: str | None, observation: Observation) -> ShopperExited:
        exited = self._exited(gone.track, visit, observation, gone.reason, gone.door_id)
        return msgspec.structs.replace(exited, stepped_out_at=gone.stepped_out_at)

    def _give_up(self, observation: Observation, *, at_once: bool = False) -> list[Event]:
        """End the visits of whom nobody has found; who is followed elsewhere is no concern of this camera any more."""
        exited: list[Event] = []
        for visit, track in list(self._awaited.items()):
            elsewhere = self._is_followed_elsewhere(visit, track)
            if elsewhere or at_once or observation.time - track.last_seen > PATIENCE:
                del self._awaited[visit]
                if not elsewhere and self._fusion.close(visit):
                    exited.append(self._exited(track, visit, observation, "lost", None))
        return exited

    def _is_followed_elsewhere(self, visit: str, track: Track) -> bool:
        last = self._fusion.last_seen(visit)
        return not self._fusion.is_open(visit) or (last is not None and last > track.last_seen)

    def end_day(self, observation: Observation) -> list[Event]:
        """End every open visit, because the store's day is over; who is still there has no visit any more."""
        open_visits = [*self._visits.values(), *self._awaited.items()]
        self._visits, self._awaited = {}, {}
        ended = [(visit, track) for visit, track in open_visits if self._fusion.close(visit)]
        return [self._exited(track, visit, observation, "day_end", None) for visit, track in ended]

    def _exited(
        self, track: Track, visit: str | None, observation: Observation, reason: Reason, door_id: str | None
    ) -> ShopperExited:
        lost_s = (PATIENCE if self._fusion.hands_over(self._camera_id) else RESUME).total_seconds()
        patience_s = lost_s if reason == "lost" else TRACKING.lost_s
        unseen_ms = (observation.time - track.last_seen).total_seconds() * 1000
        ended_by_us = reason in {"left", "lost"}
        limits = [rounded("unseen_ms", patience_s * 1000, unseen_ms)] if ended_by_us else []
        testimony = self._witness.testify(track.last_seen, track, visit, observation, ENDS, limits)
        return ShopperExited(**testimony, door_id=door_id, reason=reason)
