"""Who is who in position samples, which name tracks and, where it is known, visits."""

from collections.abc import Sequence
from datetime import datetime

import msgspec

from vision_workers.samples import Sample


class Trail(msgspec.Struct):
    """What is known of a track while its samples are read."""

    person: str
    visit: str | None
    until: datetime
    stays: frozenset[tuple[str, datetime]]


def persons(samples: Sequence[Sample]) -> list[str]:
    """Return the person of each sample of one camera, in the samples' order by time.

    A visit is one person. A track without a visit is one too, unless it goes on with a stay that began before the track
    did: then it is the person who began that stay and has not been sampled since.
    """
    visits = _visits(samples)
    trails: dict[tuple[str, str | None], Trail] = {}
    found: list[str] = []
    for sample, visit in zip(samples, visits, strict=True):
        at = (sample.track_id, visit)
        if at not in trails:
            trails[at] = Trail(visit or _earlier(sample, trails) or sample.track_id, visit, sample.time, frozenset())
        trail = trails[at]
        trail.until, trail.stays = sample.time, _stays(sample)
        found.append(trail.person)
    return found


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


def _earlier(sample: Sample, trails: dict[tuple[str, str | None], Trail]) -> str | None:
    """Return the person without a visit whose stay goes on here under a new track."""
    stays = {each for each in _stays(sample) if each[1] < sample.time}
    known = (trail for trail in trails.values() if trail.visit is None and trail.until < sample.time)
    return next((trail.person for trail in known if trail.stays & stays), None)


def _stays(sample: Sample) -> frozenset[tuple[str, datetime]]:
    return frozenset((stay.zone_id, stay.entered_at) for stay in sample.zones)
