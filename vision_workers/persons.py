"""Who is who in position samples, which name tracks and, where it is known, visits."""

from collections.abc import Iterable, Sequence
from datetime import datetime

import msgspec

from vision_workers.samples import Sample
from vision_workers.watchers.handovers import PATIENCE
from vision_workers.watchers.people import RESUME


class Presence(msgspec.Struct, frozen=True):
    """One person before one camera, until the camera loses them for good."""

    number: int
    person: str
    """Their visit; the first track of somebody without one."""


class Trail(msgspec.Struct):
    """What is known of a track while its samples are read."""

    presence: Presence
    track_id: str
    visit: str | None
    until: datetime
    stays: frozenset[tuple[str, datetime]]

    def goes_on(self, sample: Sample, visit: str | None) -> bool:
        """Say whether the first sample of another track or visit may be of the same person, who never was gone."""
        other_visit = None not in {self.visit, visit} and self.visit != visit
        if self.until >= sample.time or (other_visit and self.track_id != sample.track_id):
            return False
        if self.stays:
            return bool(self.stays & _stays(sample))
        return visit is not None and self.visit == visit and sample.time - self.until <= RESUME


def presences(samples: Sequence[Sample]) -> list[Presence]:
    """Return whose presence each sample of one camera shows, in the samples' order by time.

    A track or a visit that goes on with a stay that began before is the person who began it. So is another track of one
    visit, where the person was in no zone and hidden for no longer than a camera waits.
    """
    trails: dict[tuple[str, str | None], Trail] = {}
    recent: list[Trail] = []
    found: list[Presence] = []
    for sample, visit in zip(samples, _visits(samples), strict=True):
        at = (sample.track_id, visit)
        if at not in trails:
            recent = [each for each in recent if sample.time - each.until <= PATIENCE]
            earlier = _earlier(sample, visit, recent)
            presence = earlier.presence if earlier else Presence(len(trails), visit or sample.track_id)
            trails[at] = Trail(presence, sample.track_id, visit, sample.time, frozenset())
            recent.append(trails[at])
        trail = trails[at]
        trail.until, trail.stays = sample.time, _stays(sample)
        found.append(trail.presence)
    return found


def _earlier(sample: Sample, visit: str | None, trails: Iterable[Trail]) -> Trail | None:
    """Return what goes on here: rather the same track, then the same visit, then who was not seen for longest."""
    known = [each for each in trails if each.goes_on(sample, visit)]
    return min(
        known, key=lambda each: (each.track_id != sample.track_id, each.visit != visit, each.until), default=None
    )


def _visits(samples: Sequence[Sample]) -> list[str | None]:
    """Return each sample's visit; one that is opened while the track goes on holds from the track's beginning."""
    visits: list[str | None] = [sample.visit_id for sample in samples]
    coming: dict[str, str] = {}
    for place in range(len(samples) - 1, -1, -1):
        sample, visit = samples[place], visits[place]
        if visit is not None:
            coming[sample.track_id] = visit
        else:
            visits[place] = coming.get(sample.track_id)
    return visits


def _stays(sample: Sample) -> frozenset[tuple[str, datetime]]:
    return frozenset((stay.zone_id, stay.entered_at) for stay in sample.zones)
