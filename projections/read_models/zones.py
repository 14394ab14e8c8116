"""Zones: who stayed in which, and for how long."""

from collections.abc import Sequence
from datetime import datetime
from typing import Any, ClassVar

import msgspec
from sqlalchemy import BigInteger, Column, DateTime, Index, Table, Text, case, func, select, text
from sqlalchemy.ext.asyncio import AsyncConnection

from event_store.envelope import RecordedEvent
from event_store.events.event import Reason
from event_store.events.zones import ZoneEntered, ZoneExited
from event_store.layout.model import Zone
from projections.folding.projection import EventClasses, Projection, Row, Rows
from projections.read_models.stores import places
from projections.scope import Page, Range, StoreKey
from projections.tables.read_model import NAMES, read_model

ZONES = read_model(
    "zones",
    2,
    Column("zone_id", Text, primary_key=True),
    Column("entered_at", DateTime(timezone=True), primary_key=True),
    Column("track_id", Text, primary_key=True, info={NAMES: "track"}),
    Column("visit_id", Text, info={NAMES: "visit"}),
    Column("zone_name", Text, nullable=False),
    Column("exited_at", DateTime(timezone=True)),
    Column("dwell_ms", BigInteger),
    Column("reason", Text),
    Index("zones_by_entry", "organisation", "store", "entered_at", "zone_id", "track_id"),
    Index(
        "zones_going_on",
        "organisation",
        "store",
        "entered_at",
        "zone_id",
        "track_id",
        postgresql_where=text("exited_at IS NULL"),
    ),
    Index("zones_by_visit", "organisation", "store", "visit_id"),
)


class StayRow(Row, frozen=True, kw_only=True):
    """A stay in a zone as far as it is known."""

    visit_id: str | None
    zone_name: str
    exited_at: datetime | None = None
    dwell_ms: int | None = None
    reason: Reason | None = None


class Zones(Projection[StayRow]):
    """One row for each stay in a zone, open until its end is recorded; either end may be recorded first."""

    table: ClassVar[Table] = ZONES
    facts: ClassVar[EventClasses] = frozenset({ZoneEntered, ZoneExited})
    row = StayRow

    def fold(self, rows: Rows[StayRow], recorded: RecordedEvent) -> None:
        """Open a stay, or close it; its end knows all that its beginning did."""
        match recorded.event:
            case ZoneEntered(zone_id=zone, zone_name=name, time=at, track_id=track, visit_id=visit):
                if rows.get((zone, at, track)) is None:
                    rows[zone, at, track] = StayRow(visit_id=visit, zone_name=name)
            case ZoneExited() as exited:
                rows[exited.zone_id, exited.entered_at, exited.track_id] = StayRow(
                    visit_id=exited.visit_id,
                    zone_name=exited.zone_name,
                    exited_at=exited.time,
                    dwell_ms=exited.dwell_ms,
                    reason=exited.reason,
                )


class Stay(msgspec.Struct, frozen=True, kw_only=True):
    """One person's stay in a zone as an answer; how it ended is null while it goes on."""

    zone_id: str
    entered_at: datetime
    track_id: str
    visit_id: str | None
    zone_name: str
    exited_at: datetime | None
    dwell_ms: int | None
    reason: Reason | None


StayKey = tuple[datetime, str, str]
"""When a stay began, its zone and track: the order of stays."""


async def find_stays(
    connection: AsyncConnection,
    store: StoreKey,
    within: Range,
    page: Page[StayKey],
    *,
    zone_id: str | None = None,
    ended: bool | None = None,
) -> Sequence[Stay]:
    """Return stays that began in the range, the earliest first; `ended` asks for those that did or did not end."""
    statement = select(*(ZONES.c[name] for name in Stay.__struct_fields__)).where(store.of(ZONES))
    statement = statement.where(within.holds(ZONES.c.entered_at))
    if zone_id is not None:
        statement = statement.where(ZONES.c.zone_id == zone_id)
    if ended is not None:
        statement = statement.where(ZONES.c.exited_at.is_not(None) if ended else ZONES.c.exited_at.is_(None))
    rows = await connection.execute(page.cut(statement, ZONES.c.entered_at, ZONES.c.zone_id, ZONES.c.track_id))
    return [Stay(**row) for row in rows.mappings()]


class ZoneVisits(msgspec.Struct, frozen=True, kw_only=True):
    """What stays that began in a range come to, for one zone; dwell counts those that have ended."""

    zone_id: str
    name: str
    kind: str | None
    """Null once the layout has dropped the zone."""
    visitors: int
    """Different people, as far as they are known to be."""
    stays: int
    ended: int
    median_ms: float | None
    p90_ms: float | None


async def find_zone_visits(
    connection: AsyncConnection, store: StoreKey, within: Range, page: Page[tuple[str]]
) -> Sequence[ZoneVisits]:
    """Return each zone of the layout, and each that anybody stayed in, with the stays that began in the range."""
    stays = _summary(store, within)
    listed = places(store, "zone")
    zone_id = func.coalesce(listed.c.id, stays.c.zone_id)
    statement = select(
        zone_id.label("zone_id"),
        func.coalesce(listed.c.name, stays.c.name).label("name"),
        case((listed.c.id.is_not(None), func.coalesce(listed.c.kind, DEFAULT_KIND))).label("kind"),
        *(func.coalesce(stays.c[count], 0).label(count) for count in ("visitors", "stays", "ended")),
        stays.c.median_ms,
        stays.c.p90_ms,
    ).select_from(listed.join(stays, listed.c.id == stays.c.zone_id, full=True))
    rows = await connection.execute(page.cut(statement, zone_id))
    return [ZoneVisits(**row) for row in rows.mappings()]


DEFAULT_KIND = next(field.default for field in msgspec.structs.fields(Zone) if field.name == "kind")
"""What a zone is whose layout does not say it."""


def _summary(store: StoreKey, within: Range) -> Any:
    def share(part: float) -> Any:
        return func.percentile_cont(part).within_group(ZONES.c.dwell_ms)

    person = func.coalesce(ZONES.c.visit_id, ZONES.c.track_id)
    return (
        select(
            ZONES.c.zone_id,
            func.max(ZONES.c.zone_name).label("name"),
            func.count(person.distinct()).label("visitors"),
            func.count().label("stays"),
            func.count(ZONES.c.exited_at).label("ended"),
            share(0.5).label("median_ms"),
            share(0.9).label("p90_ms"),
        )
        .where(store.of(ZONES), within.holds(ZONES.c.entered_at))
        .group_by(ZONES.c.zone_id)
        .subquery()
    )
