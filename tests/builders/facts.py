"""Short ways to say what happened in the shop."""

from datetime import datetime
from typing import Any
from zoneinfo import ZoneInfo

import msgspec

from event_store.events.alerts import AnomalyDetected
from event_store.events.clock import CameraMinute, MinutePassed
from event_store.events.event import Reason
from event_store.events.heatmaps import FloorCounted
from event_store.events.items import ItemPicked, ItemReturned
from event_store.events.labels import LabelRead
from event_store.events.layouts import LayoutPublished
from event_store.events.lines import Direction, LineCrossed
from event_store.events.queues import QueueLeft, QueueLengthChanged
from event_store.events.restocks import RestockCompleted, RestockRequested
from event_store.events.sales import Channel, SaleRecorded
from event_store.events.shelves import FacingState, ShelfCounted, ShelfEmpty, ShelfRestocked
from event_store.events.visits import Role, ShopperEntered, ShopperExited
from event_store.events.zones import ZoneEntered, ZoneExited
from event_store.layout.digest import layout_digest
from event_store.layout.model import Camera, Door, Layout, Line, Rule, Store, Zone
from projections.read_models.periods import start_of_day
from tests.builders.records import MINUTE, NOON, SECOND, SEEN

TOKYO = ZoneInfo("Asia/Tokyo")
CORNER: Any = [(0.0, 0.8), (1.0, 0.8), (1.0, 1.0)]


def came(visit: str | None, at: datetime = NOON, *, role: Role = "unknown") -> ShopperEntered:
    """Somebody came in by the main door."""
    return ShopperEntered(**_seen(visit, at), door_id="main", role=role)


def went(visit: str | None, at: datetime = NOON, *, reason: Reason = "left", role: Role = "unknown") -> ShopperExited:
    """Somebody left by the main door, or was lost."""
    return ShopperExited(**_seen(visit, at), door_id="main" if reason == "left" else None, reason=reason, role=role)


def stepped_in(visit: str | None, zone: str, at: datetime = NOON) -> ZoneEntered:
    """Somebody stays in a zone."""
    return ZoneEntered(**_seen(visit, at), zone_id=zone, zone_name=zone.title())


def stepped_out(visit: str | None, zone: str, since: datetime, at: datetime, reason: Reason = "left") -> ZoneExited:
    """Somebody's stay in a zone has ended."""
    dwell_ms = round((at - since).total_seconds() * 1000)
    return ZoneExited(
        **_seen(visit, at), zone_id=zone, zone_name=zone.title(), entered_at=since, dwell_ms=dwell_ms, reason=reason
    )


def crossed(line: str, direction: Direction = "in", at: datetime = NOON) -> LineCrossed:
    """Somebody crossed a line."""
    return LineCrossed(**_seen(None, at), line_id=line, direction=direction)


def counted(slot: int, state: FacingState, at: datetime = NOON, *, count: int | None = None) -> ShelfCounted:
    """A facing of shelf A1 was seen in a state."""
    return ShelfCounted(**_facing(slot, at), state=state, count=count)


def emptied(slot: int, since: datetime, at: datetime) -> ShelfEmpty:
    """A facing of shelf A1 has been empty for its patience."""
    return ShelfEmpty(**_facing(slot, at), empty_since=since)


def restocked(slot: int, since: datetime, at: datetime, *, people: int = 0) -> ShelfRestocked:
    """A facing of shelf A1 is filled again."""
    empty_ms = round((at - since).total_seconds() * 1000)
    return ShelfRestocked(**_facing(slot, at), empty_since=since, empty_ms=empty_ms, people=people, count=None)


def picked(slot: int, visit: str | None, at: datetime = NOON) -> ItemPicked:
    """An item was taken from a facing of shelf A1."""
    return ItemPicked(**_facing(slot, at), **_by(visit), count=0)


def returned(slot: int, visit: str | None, at: datetime = NOON, *, misplaced: bool = False) -> ItemReturned:
    """An item came back to a facing of shelf A1."""
    return ItemReturned(**_facing(slot, at), **_by(visit), count=1, misplaced=misplaced)


def requested(slot: int, since: datetime, at: datetime) -> RestockRequested:
    """A task to fill a facing of shelf A1 was opened."""
    return RestockRequested(**_task(slot, since, at))


def completed(slot: int, since: datetime, requested_at: datetime, at: datetime) -> RestockCompleted:
    """The task to fill a facing of shelf A1 was closed by what its camera saw."""
    empty_ms = round((at - since).total_seconds() * 1000)
    return RestockCompleted(**_task(slot, since, at), requested_at=requested_at, empty_ms=empty_ms, people=2)


def label_read(slot: int, price: str | None, at: datetime = NOON) -> LabelRead:
    """The label of a slot of shelf A1 was read."""
    return LabelRead(
        **_facing(slot, at), price=price, unit_price=None, currency="JPY", text="Milk", readable=price is not None
    )


def sold(
    number: str,
    total: str = "1",
    at: datetime = NOON,
    *,
    currency: str = "EUR",
    channel: Channel = "till",
    voids: str | None = None,
) -> SaleRecorded:
    """Till 1 closed a sale."""
    return SaleRecorded(
        time=at, till_id="1", sale_id=number, channel=channel, total=total, currency=currency, voided_sale_id=voids
    )


def minute_passed(at: datetime = NOON, *cameras: str, covered_ms: int = 60_000) -> MinutePassed:
    """A minute ended in which these cameras delivered 600 frames each."""
    return MinutePassed(
        time=at,
        store_id="ginza-3",
        cameras=[
            CameraMinute(camera_id=camera, frames=600, last_frame_at=at - MINUTE / 600, covered_ms=covered_ms)
            for camera in cameras
        ],
        occupancy=None,
    )


def floor_counted(
    at: datetime, cells: dict[int, tuple[int, int, int]], *, store: str = "ginza-3", columns: int = 24
) -> FloorCounted:
    """Five minutes of a floor began; of each cell, its visits, milliseconds and stops."""
    return FloorCounted(
        time=at + 5 * MINUTE,
        store_id=store,
        day=start_of_day(at, TOKYO),
        hour=(at - start_of_day(at, TOKYO)) // (60 * MINUTE),
        columns=columns,
        rows=16,
        cell_mm=500,
        cells=list(cells),
        people=[visits for visits, _, _ in cells.values()],
        stay_ms=[stay_ms for _, stay_ms, _ in cells.values()],
        stops=[stops for _, _, stops in cells.values()],
    )


def published(store: str = "acme/ginza-3", *, time_zone: str = "Asia/Tokyo", at: datetime = NOON, **names: str) -> Any:
    """The store's layout is in force: one camera, a door, a line and two zones; `names` rename zones."""
    organisation, store_id = store.split("/")
    layout = Layout(
        store=Store(id=store_id, name=f"Store {store_id}", time_zone=time_zone, organisation=organisation),
        camera=[Camera(id="entrance", name="Entrance")],
        door=[Door(id="main", camera="entrance", polygon=CORNER)],
        line=[Line(id="gate", camera="entrance", start=(0.1, 0.5), end=(0.9, 0.5), inside="right")],
        zone=[
            Zone(id=zone, name=names.get(zone, zone.title()), camera="entrance", polygon=CORNER)
            for zone in ("dairy", "tills")
        ],
    )
    return LayoutPublished(time=at, layout=layout, layout_digest=layout_digest(layout), valid_from=at)


def checkout(at: datetime = NOON, *rules: Rule) -> LayoutPublished:
    """The store's layout is in force; people stand in line at its tills, and rules are watched over."""
    plain = published(at=at)
    zones = [
        msgspec.structs.replace(each, kind="checkout") if each.id == "tills" else each for each in plain.layout.zone
    ]
    layout = msgspec.structs.replace(plain.layout, zone=zones, rule=list(rules))
    return LayoutPublished(time=at, layout=layout, layout_digest=layout_digest(layout), valid_from=at)


def queue_length(length: int, at: datetime = NOON) -> QueueLengthChanged:
    """A line at the tills became so long."""
    return QueueLengthChanged(time=at, zone_id="tills", zone_name="Tills", camera_id="entrance", length=length)


def queue_left(visit: str, joined: datetime, at: datetime, wait_s: float | None = 0.0) -> QueueLeft:
    """Somebody was served at the tills, or was lost from sight where the wait is None."""
    return QueueLeft(
        time=at,
        zone_id="tills",
        zone_name="Tills",
        camera_id="entrance",
        track_id=f"track-{visit}",
        visit_id=visit,
        joined_at=joined,
        served_at=None if wait_s is None else joined + wait_s * SECOND,
        wait_ms=None if wait_s is None else round(wait_s * 1000),
        outcome="unknown" if wait_s is None else "served",
    )


def anomaly(alert: str, at: datetime = NOON) -> AnomalyDetected:
    """A rule found that too many people were at the tills."""
    return AnomalyDetected(
        time=at,
        alert_id=alert,
        rule_id="too-many",
        name="Too many at the tills",
        kind="crowding",
        severity="warning",
        zone_id="tills",
        camera_id=None,
        since=at - 30 * SECOND,
        people=7,
    )


def _task(slot: int, since: datetime, at: datetime) -> dict[str, Any]:
    return {
        "time": at,
        "camera_id": "aisle",
        "shelf_id": "A1",
        "slot": slot,
        "sku": f"sku-{slot}",
        "empty_since": since,
    }


def _facing(slot: int, at: datetime) -> Any:
    return {**SEEN, "shelf_id": "A1", "slot": slot, "sku": f"sku-{slot}", "time": at}


def _by(visit: str | None) -> Any:
    return {"track_id": f"track-{visit}" if visit else None, "visit_id": visit}


def _seen(visit: str | None, at: datetime) -> Any:
    return {**SEEN, "track_id": f"track-{visit}", "visit_id": visit, "time": at}
