"""Visits begin and end in doors."""

from event_store.events import Event, Reason, ShopperEntered, ShopperExited
from vision_workers.frames import Observation, Track, foot
from vision_workers.runs import Run
from vision_workers.tracking import TrackingLimits
from vision_workers.watchers.evidence import Rule, Witness
from vision_workers.watchers.measures import rounded
from vision_workers.watchers.people import RESUME, People, Scene

BEGINS = Rule("visit-begins-in-door", 1)
ENDS = Rule("visit-ends-unseen", 1)
TRACKING = TrackingLimits()


class VisitWatcher:
    """Opens a visit for who is first seen in a door, and ends it when they are gone."""

    def __init__(self, people: People, witness: Witness, run: Run) -> None:
        self._people, self._witness, self._run = people, witness, run
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
            door = self._people.door_at(foot(person.track.first_box)) if person.arrived else None
            if door is not None:
                self._opened += 1
                visit = self._run.id("visit", self._witness.provenance.camera_id, self._opened)
                self._visits[person.key] = visit, person.track
                limits = [rounded("detected_frames", TRACKING.confirm_hits, len(person.track.frames))]
                track, seen = person.track, scene.observation
                testimony = self._witness.testify(track.first_seen, track, visit, seen, BEGINS, limits)
                entered.append(ShopperEntered(**testimony, door_id=door.id))
            elif person.key in self._visits:
                self._visits[person.key] = self._visits[person.key][0], person.track
        return entered

    def part(self, scene: Scene) -> list[Event]:
        """End the visits of who is gone; to be asked after the other watchers."""
        exited: list[Event] = []
        for gone in scene.departures:
            visit, _ = self._visits.pop(gone.key, (None, None))
            if visit is not None or gone.reason == "left":
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
