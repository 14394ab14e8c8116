"""A zone's figures made again: by the layouts of then, and by another one."""

from collections import defaultdict
from collections.abc import Callable, Iterable, Iterator, Mapping, Sequence
from datetime import datetime
from itertools import groupby

import msgspec

from event_store.events.restatements import ZoneFigures
from event_store.layout.model import Layout, Zone
from event_store.restating.errors import NothingChanged, OtherCameras, UnknownZone
from event_store.restating.samples import Head, KeptSamples
from event_store.restating.stays import RestatedStay, StayRestater, figures

Stays = Mapping[str, Sequence[RestatedStay]]
"""By zone."""


class ZoneRestated(msgspec.Struct, frozen=True, kw_only=True):
    """One zone's figures side by side, both made from the same samples."""

    zone_id: str
    name: str
    old: ZoneFigures | None
    """Null where no layout of then has the zone."""
    new: ZoneFigures | None
    """Null where the layout that was given has it no more."""


class Restatement:
    """What is made again: the layouts of then, by digest in the order in which they came, and the new one."""

    def __init__(self, old: Mapping[str, Layout], new: Layout, zones: Sequence[str] = ()) -> None:
        """Without zones those are meant that the new layout changes. Raises a `RestatementRefused`."""
        self._old, self._new = old, new
        _demand_same_cameras(list(old.values())[-1], new)
        self.zones = tuple(dict.fromkeys(zones)) or self._changed()
        for zone in self.zones:
            if zone not in self._names():
                raise UnknownZone(zone, self._names())

    def run(
        self, kept: KeptSamples, restater: StayRestater, start: datetime, end: datetime, progress: Callable[[], None]
    ) -> list[ZoneRestated]:
        """Return the figures of stays that began in the range; `progress` is called after each camera's day."""
        old: dict[str, list[RestatedStay]] = defaultdict(list)
        new: dict[str, list[RestatedStay]] = defaultdict(list)
        for samples in kept.days():
            for stay in self._by_layouts_of_then(samples, restater):
                old[stay.zone_id].append(stay)
            for stay in restater(self._new, samples):
                new[stay.zone_id].append(stay)
            progress()
        return [self._restated(zone, old, new, lambda stay: start <= stay.entered_at < end) for zone in self.zones]

    def _by_layouts_of_then(self, samples: Sequence[bytes], restater: StayRestater) -> Iterator[RestatedStay]:
        """Begin anew with each layout, as the worker did."""
        for digest, part in groupby(samples, key=lambda each: msgspec.json.decode(each, type=Head).layout_digest):
            yield from restater(self._old[digest], list(part))

    def _restated(self, zone: str, old: Stays, new: Stays, counts: Callable[[RestatedStay], bool]) -> ZoneRestated:
        def told(layouts: Iterable[Layout], stays: Stays) -> ZoneFigures | None:
            there = any(zone == each.id for layout in layouts for each in layout.zone)
            return figures(list(filter(counts, stays.get(zone, ())))) if there else None

        return ZoneRestated(
            zone_id=zone,
            name=self._names()[zone],
            old=told(self._old.values(), old),
            new=told([self._new], new),
        )

    def _names(self) -> dict[str, str]:
        return {zone.id: zone.name for layout in (*self._old.values(), self._new) for zone in layout.zone}

    def _changed(self) -> tuple[str, ...]:
        """Return the zones that are not the same in every layout, or lie otherwise in a camera's picture."""
        shapes = [_shapes(layout) for layout in (*self._old.values(), self._new)]
        changed = tuple(
            zone for zone in self._names() if any(each.get(zone) != shapes[-1].get(zone) for each in shapes)
        )
        if not changed:
            raise NothingChanged
        return changed


def _shapes(layout: Layout) -> dict[str, tuple[Zone, list[object]]]:
    floors: list[object] = [(camera.id, camera.floor_points) for camera in layout.camera]
    return {
        zone.id: (msgspec.structs.replace(zone, name="", kind=""), floors if zone.floor_polygon else [])
        for zone in layout.zone
    }


def _demand_same_cameras(old: Layout, new: Layout) -> None:
    then, now = ({camera.id for camera in layout.camera} for layout in (old, new))
    if then != now:
        raise OtherCameras(then - now, now - then)
