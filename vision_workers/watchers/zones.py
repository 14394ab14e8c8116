"""People stay in zones."""

from collections.abc import Sequence
from datetime import datetime, timedelta
from typing import Protocol

import msgspec

from event_store.events.event import Event, Limit, Reason
from event_store.events.zones import ZoneEntered, ZoneExited
from event_store.layout.geometry import contains
from event_store.layout.homography import Homography, fit
from event_store.layout.model import Layout, Zone
from vision_workers.frames import Observation, Point, Track, foot
from vision_workers.watchers.evidence import Rule, Witness
from vision_workers.watchers.measures import rounded
from vision_workers.watchers.people import Person, Scene

BEGINS = Rule("zone-stay-begins", 1)
ENDS = Rule("zone-stay-ends", 1)


class ZoneStay(msgspec.Struct, frozen=True, kw_only=True):
    """A zone that a person is in now, and since when."""

    zone_id: str
    entered_at: datetime


class Place(msgspec.Struct, frozen=True, kw_only=True):
    """A zone as one camera sees it."""

    zone: Zone
    polygon: Sequence[tuple[float, float]]
    view: Homography | None
    """From the picture to the floor, where the polygon is on the floor."""

    def holds(self, point: Point) -> bool:
        """Say whether a foot point is in the zone."""
        place = (point.x, point.y) if self.view is None else self.view.floor((point.x, point.y))
        return place is not None and contains(self.polygon, place)


def zone_places(layout: Layout, camera_id: str) -> tuple[Place, ...]:
    """Return the zones that a camera sees: by its own polygon, by a view, or on the floor if it is calibrated."""
    camera = next(each for each in layout.camera if each.id == camera_id)
    view = fit(camera.floor_points) if camera.floor_points else None
    places: list[Place] = []
    for zone in layout.zone:
        if zone.polygon is not None and zone.camera == camera_id:
            places.append(Place(zone=zone, polygon=zone.polygon, view=None))
        places += [Place(zone=zone, polygon=each.polygon, view=None) for each in zone.view if each.camera == camera_id]
        if zone.floor_polygon is not None and view is not None:
            places.append(Place(zone=zone, polygon=zone.floor_polygon, view=view))
    return tuple(places)


class Stay:
    """One person in one zone, from the first step in."""

    def __init__(self, zone: Zone, since: datetime, track: Track) -> None:
        self._debounce = timedelta(seconds=zone.debounce_s)
        self._least = max(self._debounce, timedelta(seconds=zone.min_dwell_s))
        self.since = self.last_inside = since
        self.track = track
        self.certain = self._debounce == timedelta()
        """They have been inside for the zone's debounce."""
        self.announced: ZoneEntered | None = None
        self._outside_since: datetime | None = None

    def step(self, track: Track, *, inside: bool) -> bool:
        """Take a sighting; return whether the stay goes on."""
        if inside:
            self.last_inside, self.track, self._outside_since = track.last_seen, track, None
            self.certain = self.certain or self.dwell >= self._debounce
            return True
        self._outside_since = self._outside_since or track.last_seen
        return self.certain and track.last_seen - self._outside_since < self._debounce

    @property
    def dwell(self) -> timedelta:
        """From the step in to the last sight inside."""
        return self.last_inside - self.since

    @property
    def counts(self) -> bool:
        """Say whether they have stayed for long enough."""
        return self.certain and self.dwell >= self._least

    @property
    def left(self) -> bool:
        """Say whether they were last seen outside."""
        return self._outside_since is not None


class Visits(Protocol):
    """Knows whose visit it is."""

    def visit_of(self, key: str | None) -> str | None:
        """Return a person's visit, None where nobody saw them come."""


class ZoneWatcher:
    """Reports stays that last for the layout's minimum dwell, and the end of each of them."""

    def __init__(self, places: Sequence[Place], visits: Visits, witness: Witness) -> None:
        self._places, self._visits, self._witness = tuple(places), visits, witness
        self._stays: dict[tuple[str, str], Stay] = {}

    def zones_of(self, key: str | None) -> tuple[ZoneStay, ...]:
        """Return the zones that a person is in now, in the layout's order."""
        here = [(place.zone.id, self._stays.get((key or "", place.zone.id))) for place in self._places]
        return tuple(ZoneStay(zone_id=zone, entered_at=stay.since) for zone, stay in here if stay and stay.certain)

    def observe(self, scene: Scene) -> list[Event]:
        """Take one frame's people; return the stays that have lasted and those that ended."""
        facts: list[Event] = []
        for person in scene.people:
            for place in self._places:
                facts += self._step(place, person, scene.observation)
        for gone in scene.departures:
            for place in self._places:
                stay = self._stays.pop((gone.key, place.zone.id), None)
                if stay is not None:
                    reason = "left" if stay.left else gone.reason
                    facts += self._ended(place.zone, stay, scene.observation, reason)
        return facts

    def end_day(self, observation: Observation) -> list[Event]:
        """End every stay, because the store's day is over; who is still there begins a new one."""
        zones = {place.zone.id: place.zone for place in self._places}
        stays, self._stays = self._stays, {}
        facts: list[Event] = []
        for (_, zone_id), stay in stays.items():
            facts += self._ended(zones[zone_id], stay, observation, "day_end")
        return facts

    def _step(self, place: Place, person: Person, observation: Observation) -> list[Event]:
        track, at = person.track, (person.key, place.zone.id)
        inside = place.holds(track.foot)
        stay = self._stays.get(at)
        if stay is None:
            if not inside:
                return []
            from_first_sight = person.arrived and place.holds(foot(track.first_box))
            stay = Stay(place.zone, track.first_seen if from_first_sight else track.last_seen, track)
            self._stays[at] = stay
        if not stay.step(track, inside=inside):
            del self._stays[at]
            return self._ended(place.zone, stay, observation, "left")
        if not inside or stay.announced or not stay.counts:
            return []
        stay.announced = self._entered(place.zone, stay, person.key, observation)
        return [stay.announced]

    def _entered(self, zone: Zone, stay: Stay, key: str, observation: Observation) -> ZoneEntered:
        visit = self._visits.visit_of(key)
        limits = _limits(zone, stay)
        testimony = self._witness.testify(stay.since, stay.track, visit, observation, BEGINS, limits)
        return ZoneEntered(**testimony, zone_id=zone.id, zone_name=zone.name)

    def _ended(self, zone: Zone, stay: Stay, observation: Observation, reason: Reason) -> list[Event]:
        entered = stay.announced
        if entered is None:
            return []
        # both ends of a stay name it alike, whatever track or visit the person has gone on under
        track = msgspec.structs.replace(stay.track, id=entered.track_id)
        limits = _limits(zone, stay)
        testimony = self._witness.testify(stay.last_inside, track, entered.visit_id, observation, ENDS, limits)
        return [
            ZoneExited(
                **testimony,
                zone_id=zone.id,
                zone_name=zone.name,
                entered_at=stay.since,
                dwell_ms=stay.dwell // timedelta(milliseconds=1),
                reason=reason,
            )
        ]


def _limits(zone: Zone, stay: Stay) -> list[Limit]:
    dwell_ms = stay.dwell.total_seconds() * 1000
    return [
        rounded("min_dwell_ms", zone.min_dwell_s * 1000, dwell_ms),
        rounded("debounce_ms", zone.debounce_s * 1000, dwell_ms),
    ]
