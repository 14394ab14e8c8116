"""Stays made again from position samples, by the watcher that makes them from pictures.

A sample is taken at most twice a second. Between two samples of one person the way is taken to be straight, so that a
step over a zone's edge is found to a fraction of that; a person who was hidden for longer is not guessed at.
"""

from collections.abc import Iterable, Iterator, Sequence
from datetime import datetime, timedelta
from itertools import groupby
from zoneinfo import ZoneInfo

import msgspec

from event_store.events.event import Box, Event
from event_store.events.zones import ZoneExited
from event_store.layout.geometry import XY
from event_store.layout.model import Layout
from event_store.restating.stays import RestatedStay
from vision_workers.frames import Observation, Track
from vision_workers.persons import Presence, presences
from vision_workers.samples import INTERVAL, Sample
from vision_workers.watchers.days import next_midnight
from vision_workers.watchers.evidence import Provenance, Witness
from vision_workers.watchers.people import Departure, Person, Scene
from vision_workers.watchers.zones import ZoneWatcher, zone_places

STEP = timedelta(milliseconds=100)
"""So far apart are the places between two samples."""
STRAIGHT = 3 * INTERVAL
"""For longer than this nobody is taken to have walked straight on."""


class Sight(msgspec.Struct, frozen=True):
    """Where a person stood at a moment, by a sample or between two."""

    time: datetime
    presence: Presence
    foot: XY

    @property
    def key(self) -> str:
        """Whose sight it is, as watchers name people."""
        return str(self.presence.number)


class Visits:
    """People are their own visits here: who is who was settled before."""

    def __init__(self, sights: Iterable[Sight]) -> None:
        self._persons = {sight.key: sight.presence.person for sight in sights}

    def visit_of(self, key: str | None) -> str | None:
        """Return the person."""
        return self._persons[key] if key else None


def restate_stays(layout: Layout, samples: Sequence[bytes]) -> list[RestatedStay]:
    """Return the stays that a layout makes of one store's samples, in the order in which they ended."""
    read = [msgspec.json.decode(each, type=Sample) for each in samples]
    read.sort(key=lambda sample: (sample.camera_id, sample.time))
    stays = [
        stay
        for camera, seen in groupby(read, key=lambda sample: sample.camera_id)
        for stay in _stays(layout, camera, list(seen))
    ]
    return sorted(stays, key=lambda stay: (stay.exited_at, stay.entered_at, stay.zone_id, stay.person))


def _stays(layout: Layout, camera_id: str, samples: Sequence[Sample]) -> Iterator[RestatedStay]:
    for event in _watched(layout, camera_id, samples):
        if isinstance(event, ZoneExited) and event.visit_id is not None:
            yield RestatedStay(
                zone_id=event.zone_id, person=event.visit_id, entered_at=event.entered_at, exited_at=event.time
            )


def _watched(layout: Layout, camera_id: str, samples: Sequence[Sample]) -> Iterator[Event]:
    provenance = Provenance(camera_id=camera_id, model="", model_digest="", layout_digest="")
    zone, midnight = ZoneInfo(layout.store.time_zone), None
    first: dict[str, Sight] = {}
    sights = sorted(_sights(samples), key=lambda sight: sight.time)
    watcher = ZoneWatcher(zone_places(layout, camera_id), Visits(sights), Witness(provenance))
    last = {sight.key: place for place, sight in enumerate(sights)}
    for time, group in groupby(enumerate(sights), key=lambda each: each[1].time):
        present = list(group)
        tracks = [_track(sight, first.setdefault(sight.key, sight)) for _, sight in present]
        seen = _observation(camera_id, time)
        if midnight is not None and time >= midnight:
            yield from watcher.end_day(seen)
        if midnight is None or time >= midnight:
            midnight = next_midnight(time, zone)
        people = tuple(
            Person(key=track.id, track=track, arrived=track.first_seen == track.last_seen) for track in tracks
        )
        gone = [track for track, (place, _) in zip(tracks, present, strict=True) if last[track.id] == place]
        yield from watcher.observe(Scene(observation=seen, people=people, departures=()))
        departures = tuple(Departure(key=track.id, track=track, reason="lost", door_id=None) for track in gone)
        yield from watcher.observe(Scene(observation=seen, people=(), departures=departures))


def _sights(samples: Sequence[Sample]) -> Iterator[Sight]:
    """Yield every sample, and the places on the straight way from each to the same person's next one."""
    before: dict[Presence, Sample] = {}
    for sample, presence in zip(samples, presences(samples), strict=True):
        earlier = before.get(presence)
        if earlier is not None and earlier.track_id == sample.track_id:
            yield from _between(earlier, sample, presence)
        before[presence] = sample
        yield Sight(sample.time, presence, sample.foot)


def _between(earlier: Sample, later: Sample, presence: Presence) -> Iterator[Sight]:
    apart = later.time - earlier.time
    if apart > STRAIGHT:
        return
    (x0, y0), (x1, y1) = earlier.foot, later.foot
    for number in range(1, -(-apart // STEP)):
        share = number * STEP / apart
        yield Sight(earlier.time + number * STEP, presence, (x0 + (x1 - x0) * share, y0 + (y1 - y0) * share))


def _track(sight: Sight, first: Sight) -> Track:
    return Track(
        id=sight.key,
        box=_standing(sight.foot),
        confidence=1.0,
        first_box=_standing(first.foot),
        first_seen=first.time,
        first_frame=0,
        last_seen=sight.time,
        last_frame=0,
        frames=(),
    )


def _standing(foot: XY) -> Box:
    return Box(x0=foot[0], y0=foot[1], x1=foot[0], y1=foot[1])


def _observation(camera_id: str, time: datetime) -> Observation:
    return Observation(camera_id=camera_id, frame=0, time=time, tracks=(), lost=(), input_digest=str)
