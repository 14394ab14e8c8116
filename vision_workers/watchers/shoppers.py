"""Everything about the people of one camera: visits, lines and zones, in the order in which their facts belong."""

from datetime import datetime
from zoneinfo import ZoneInfo

from event_store.events.event import Event, Reason
from vision_workers.frames import Observation
from vision_workers.observed import ObservedFrame
from vision_workers.targets import PEOPLE, Want
from vision_workers.watchers.days import next_midnight
from vision_workers.watchers.floors import StoreFloor
from vision_workers.watchers.fusion import Fusion
from vision_workers.watchers.lines import LineWatcher
from vision_workers.watchers.people import People, Scene
from vision_workers.watchers.site import Site
from vision_workers.watchers.visits import VisitWatcher
from vision_workers.watchers.zones import ZoneStay, ZoneWatcher, zone_places

WANTS = (Want(target=PEOPLE),)


class ShopperWatcher:
    """Turns what the tracker made of each frame of one camera into facts; pure, knows no clock."""

    def __init__(self, site: Site) -> None:
        layout, camera_id, witness = site.layout, site.camera_id, site.witness(PEOPLE)
        doors = [door for door in layout.door if door.camera == camera_id]
        self._people = People(doors, StoreFloor(layout, camera_id, doors))
        fusion = site.of_store(Fusion) or Fusion(layout, [camera_id])
        self._visits = VisitWatcher(self._people, witness, site.run, fusion)
        lines = [line for line in layout.line if line.camera == camera_id]
        self._lines = LineWatcher(lines, self._visits, witness)
        self._zones = ZoneWatcher(zone_places(layout, camera_id), self._visits, witness)
        self._time_zone = ZoneInfo(layout.store.time_zone)
        self._day_ends: datetime | None = None

    def observe(self, frame: ObservedFrame) -> list[Event]:
        """Take one frame's tracks; return what became true, in the order in which it was decided."""
        people = frame.of(PEOPLE)
        if people is None:
            return []
        observation = people.observation
        return [*self._end_day(observation), *self._facts(self._people.observe(observation))]

    def finish(self, frame: ObservedFrame, reason: Reason) -> list[Event]:
        """End all that is open. The frame is the camera's last, its `lost` the tracker's last tracks."""
        people = frame.of(PEOPLE)
        if people is None:
            return []
        facts = self._facts(self._people.finish(people.observation, reason))
        return [*facts, *self._visits.finish(people.observation)]

    def visit_of(self, track_id: str) -> str | None:
        """Return the visit that a track belongs to, None where it is not known."""
        return self._visits.visit_of(self._people.key_of(track_id))

    def zones_of(self, track_id: str) -> tuple[ZoneStay, ...]:
        """Return the zones that a track is in now, in the layout's order; a stay counts from its debounced step in."""
        return self._zones.zones_of(self._people.key_of(track_id))

    def _facts(self, scene: Scene) -> list[Event]:
        entered = self._visits.welcome(scene)
        crossed = self._lines.observe(scene)
        stayed = self._zones.observe(scene)
        return [*entered, *crossed, *stayed, *self._visits.part(scene)]

    def _end_day(self, observation: Observation) -> list[Event]:
        """End the day at the first frame after the store's midnight."""
        if self._day_ends is not None and observation.time < self._day_ends:
            return []
        begins, self._day_ends = self._day_ends is None, next_midnight(observation.time, self._time_zone)
        if begins:
            return []
        return [*self._zones.end_day(observation), *self._visits.end_day(observation)]
