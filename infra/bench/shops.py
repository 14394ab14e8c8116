"""Shops that exist on paper only: their layout, and what their shoppers do, drawn from a seed."""

from collections.abc import Iterator
from datetime import UTC, datetime, timedelta
from heapq import heappop, heappush
from random import Random
from typing import Any
from uuid import UUID

from event_store.events.cameras import CameraOnline
from event_store.events.clock import CameraMinute, MinutePassed
from event_store.events.event import Box, Event, Evidence, Limit
from event_store.events.layouts import LayoutPublished
from event_store.events.lines import LineCrossed
from event_store.events.visits import ShopperEntered, ShopperExited
from event_store.events.zones import ZoneEntered, ZoneExited
from event_store.layout import model
from event_store.layout.digest import layout_digest, published

OPENING = datetime(2026, 3, 2, 9, 0, tzinfo=UTC)
MINUTE = timedelta(minutes=1)
CAMERAS = ("entrance", "aisle")
ZONES = {"dairy": "Dairy", "bread": "Bread", "fruit": "Fruit", "wine": "Wine"}
VISITS_A_MINUTE = 3
_SQUARE: list[model.PicturePoint] = [(0.1, 0.1), (0.4, 0.1), (0.4, 0.4), (0.1, 0.4)]


def layout_of(organisation: str, store: str) -> model.Layout:
    """Return the layout that a shop publishes: without where its cameras are."""
    return model.Layout(
        store=model.Store(id=store, organisation=organisation, name=f"Shop {store}", time_zone="Asia/Tokyo"),
        camera=[model.Camera(id=camera) for camera in CAMERAS],
        door=[model.Door(id="main", camera="entrance", polygon=_SQUARE)],
        line=[model.Line(id="till", camera="entrance", start=(0.2, 0.5), end=(0.8, 0.5), inside="right")],
        zone=[model.Zone(id=id_, name=name, camera="aisle", polygon=_SQUARE) for id_, name in ZONES.items()],
    )


class Shop:
    """One shop; `facts` tells what happens in it for ever, in the order of time, the same for the same seed."""

    def __init__(self, organisation: str, store: str, seed: int) -> None:
        self.organisation = organisation
        self.store = store
        self._random = Random(f"{seed}/{organisation}/{store}")  # noqa: S311  # not for secrets
        self._layout = layout_of(organisation, store)
        self._digest = layout_digest(self._layout)
        self._waiting: list[tuple[datetime, int, Event]] = []
        self._count = 0
        self._inside = 0

    def facts(self) -> Iterator[Event]:
        """Yield the layout, the cameras, and then minute by minute what shoppers do."""
        yield LayoutPublished(
            layout=published(self._layout), layout_digest=self._digest, valid_from=OPENING, time=OPENING
        )
        for camera in CAMERAS:
            seen: dict[str, Any] = {"width_px": 1920, "height_px": 1080, "layout_digest": self._digest}
            yield CameraOnline(camera_id=camera, model="people", time=OPENING, **seen)
        begin = OPENING
        while True:
            for _ in range(VISITS_A_MINUTE):
                self._plan_visit(begin + self._seconds(0, 60))
            while self._waiting and self._waiting[0][0] < begin + MINUTE:
                _, _, event = heappop(self._waiting)
                self._inside += isinstance(event, ShopperEntered) - isinstance(event, ShopperExited)
                yield event
            begin += MINUTE
            yield self._minute(begin)

    def id(self) -> str:
        """Draw a UUID."""
        return str(UUID(int=self._random.getrandbits(128), version=4))

    def _plan_visit(self, at: datetime) -> None:
        visit, track = self.id(), self.id()
        self._plan(ShopperEntered(**self._seen("entrance", at), track_id=track, visit_id=visit, door_id="main"))
        for zone in self._random.sample(sorted(ZONES), self._random.randint(1, 3)):
            came = at + self._seconds(2, 40)
            at = came + self._seconds(3, 120)
            stay: dict[str, Any] = {"track_id": track, "visit_id": visit, "zone_id": zone, "zone_name": ZONES[zone]}
            dwell_ms = (at - came) // timedelta(milliseconds=1)
            self._plan(ZoneEntered(**self._seen("aisle", came), **stay))
            self._plan(ZoneExited(**self._seen("aisle", at), **stay, entered_at=came, dwell_ms=dwell_ms, reason="left"))
        at += self._seconds(5, 30)
        who: dict[str, Any] = {"track_id": track, "visit_id": visit}
        self._plan(LineCrossed(**self._seen("entrance", at), **who, line_id="till", direction="out"))
        at += self._seconds(1, 10)
        self._plan(ShopperExited(**self._seen("entrance", at), **who, door_id="main", reason="left"))

    def _plan(self, event: Event) -> None:
        self._count += 1
        heappush(self._waiting, (event.time, self._count, event))

    def _seconds(self, least: int, most: int) -> timedelta:
        return timedelta(milliseconds=self._random.randrange(least * 1000, most * 1000))

    def _minute(self, end: datetime) -> MinutePassed:
        cameras = [
            CameraMinute(camera_id=camera, frames=600, last_frame_at=end, covered_ms=60_000) for camera in CAMERAS
        ]
        return MinutePassed(store_id=self.store, cameras=cameras, occupancy=self._inside, time=end)

    def _seen(self, camera: str, at: datetime) -> dict[str, Any]:
        frame = (at - OPENING) // timedelta(milliseconds=100)
        x, y = self._random.uniform(0.0, 0.8), self._random.uniform(0.0, 0.5)
        evidence = Evidence(
            frame=frame,
            frame_time=at,
            input_digest=self._random.randbytes(32).hex(),
            region=Box(x0=x, y0=y, x1=x + 0.1, y1=y + 0.4),
            model_digest="5e" * 32,
            rule="polygon",
            rule_version=1,
            limits=[Limit(name="min_dwell_s", limit=2.0, measured=2.5)],
            frames=list(range(max(0, frame - 9), frame + 1)),
        )
        return {
            "camera_id": camera,
            "confidence": 0.875,
            "layout_digest": self._digest,
            "model": "people",
            "evidence": evidence,
            "time": at,
        }
