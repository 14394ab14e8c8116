"""Visits begin and end in doors."""

from event_store.events.event import Event, Reason
from event_store.events.visits import ShopperEntered, ShopperExited
from event_store.layout.model import Door
from vision_workers.frames import Observation, Track
from vision_workers.runs import Run
from vision_workers.tracking import TrackingLimits
from vision_workers.watchers.evidence import Rule, Witness
from vision_workers.watchers.measures import rounded
from vision_workers.watchers.people import MOVED_HEIGHTS, RESUME, People, Person, Scene, heights_moved

BEGINS = Rule("visit-begins-in-door", 3)
ENDS = Rule("visit-ends-unseen", 3)
TRACKING = TrackingLimits()


class VisitWatcher:
    """Opens a visit for who is first seen in a door and comes in, and ends it when they are gone."""

    def __init__(self, people: People, witness: Witness, run: Run) -> None:
        self._people, self._witness, self._run = people, witness, run
        self._at_door: dict[str, Door] = {}
        """By person: the door in which they were first seen, while they have not come in."""
        self._visits: dict[str, tuple[str, Track]] = {}
        """By person: the visit, and the track as last seen."""
        self._opened = 0

    def visit_of(self, key: str | None) -> str | None:
        """Return a person's visit, None where nobody saw them come."""
        visit = self._visits.get(key) if key else None
        return visit[0] if visit else None

    def welcome(self, scene: Scene) -> list[Event]:
        """Open visits for who came in; to be asked before the other watchers, so that their facts name the visit."""
        entered: list[Event] = []
        for person in scene.people:
            door = self._people.door_at(person.track.first_box) if person.arrived else None
            if door is not None:
                self._at_door[person.key] = door
            if person.key in self._at_door and person.has_come_in:
                entered.append(self._entered(person, self._at_door.pop(person.key), scene.observation))
            elif person.key in self._visits:
                self._visits[person.key] = self._visits[person.key][0], person.track
        return entered

    def _entered(self, person: Person, door: Door, observation: Observation) -> ShopperEntered:
        self._opened += 1
        visit = self._run.id("visit", self._witness.provenance.camera_id, self._opened)
        track = person.track
        self._visits[person.key] = visit, track
        limits = [
            rounded("detected_frames", TRACKING.confirm_hits, len(track.frames)),
            rounded("moved_heights", MOVED_HEIGHTS, heights_moved(track)),
        ]
        testimony = self._witness.testify(track.first_seen, track, visit, observation, BEGINS, limits)
        return ShopperEntered(**testimony, door_id=door.id)

    def part(self, scene: Scene) -> list[Event]:
        """End the visits of who is gone; to be asked after the other watchers."""
        exited: list[Event] = []
        for gone in scene.departures:
            visit, _ = self._visits.pop(gone.key, (None, None))
            if self._at_door.pop(gone.key, None) is not None:
                continue  # they looked in at the door, or were never there
            if visit is not None or (gone.reason == "left" and heights_moved(gone.track) >= MOVED_HEIGHTS):
                exited.append(self._exited(gone.track, visit, scene.observation, gone.reason, gone.door_id))
        return exited

    def end_day(self, observation: Observation) -> list[Event]:
        """End every open visit, because the store's day is over; who is still there has no visit any more."""
        open_visits, self._visits = self._visits, {}
        return [self._exited(track, visit, observation, "day_end", None) for visit, track in open_visits.values()]

    def _exited(
        self, track: Track, visit: str | None, observation: Observation, reason: Reason, door_id: str | None
    ) -> ShopperExited:
        patience_s = RESUME.total_seconds() if reason == "lost" else TRACKING.lost_s
        unseen_ms = (observation.time - track.last_seen).total_seconds() * 1000
        ended_by_us = reason in {"left", "lost"}
        limits = [rounded("unseen_ms", patience_s * 1000, unseen_ms)] if ended_by_us else []
        testimony = self._witness.testify(track.last_seen, track, visit, observation, ENDS, limits)
        return ShopperExited(**testimony, door_id=door_id, reason=reason)
