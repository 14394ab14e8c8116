"""Zones: who stayed in which, and for how long."""

from collections.abc import Mapping, Sequence
from datetime import datetime
from itertools import pairwise
from typing import Any, ClassVar

import msgspec
from sqlalchemy import BigInteger, Column, DateTime, Index, Select, Table, Text, func, select, text, tuple_
from sqlalchemy.ext.asyncio import AsyncConnection

from event_store.envelope import RecordedEvent
from event_store.events.event import Reason
from event_store.events.zones import ZoneEntered, ZoneExited
from projections.folding.projection import EventClasses, Projection, Row, Rows
from projections.read_models.periods import buckets_of
from projections.read_models.watches import WATCHES, unconfirmed_since, watched_by
from projections.scope import Page, Range, StoreKey
from projections.tables.read_model import NAMES, read_model

ZONES = read_model(
    "zones",
    3,
    Column("zone_id", Text, primary_key=True),
    Column("entered_at", DateTime(timezone=True), primary_key=True),
    Column("track_id", Text, primary_key=True, info={NAMES: "track"}),
    Column("visit_id", Text, info={NAMES: "visit"}),
    Column("zone_name", Text, nullable=False),
    Column("exited_at", DateTime(timezone=True)),
    Column("dwell_ms", BigInteger),
    Column("reason", Text),
    Column("camera_id", Text, nullable=False),
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
    camera_id: str


class Zones(Projection[StayRow]):
    """One row for each stay in a zone, open until its end is recorded; either end may be recorded first."""

    table: ClassVar[Table] = ZONES
    facts: ClassVar[EventClasses] = frozenset({ZoneEntered, ZoneExited})
    row = StayRow

    def fold(self, rows: Rows[StayRow], recorded: RecordedEvent) -> None:
        """Open a stay, or close it; its end knows all that its beginning did."""
        match recorded.event:
            case ZoneEntered(zone_id=zone, time=at, track_id=track) as entered:
                if rows.get((zone, at, track)) is None:
                    rows[zone, at, track] = StayRow(
                        visit_id=entered.visit_id, zone_name=entered.zone_name, camera_id=entered.camera_id
                    )
            case ZoneExited() as exited:
                rows[exited.zone_id, exited.entered_at, exited.track_id] = StayRow(
                    visit_id=exited.visit_id,
                    zone_name=exited.zone_name,
                    exited_at=exited.time,
                    dwell_ms=exited.dwell_ms,
                    reason=exited.reason,
                    camera_id=exited.camera_id,
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
    unconfirmed_since: datetime | None
    """Since when nobody knows whether it still goes on; null while that is known."""


StayKey = tuple[datetime, str, str]
"""When a stay began, its zone and track: the order of stays."""


class StaysWanted(msgspec.Struct, frozen=True, kw_only=True):
    """Which stays: those of which all that is given is true."""

    zone_id: str | None = None
    ended: bool | None = None
    reason: Reason | None = None

    def of(self, statement: Select[Any], store: StoreKey, within: Range) -> Select[Any]:
        """Return the statement for the stays in a store that are wanted and began in a range."""
        columns = {name: getattr(self, name) for name in ("zone_id", "reason")}
        wanted = [ZONES.c[name] == value for name, value in columns.items() if value is not None]
        if self.ended is not None:
            wanted.append(ZONES.c.exited_at.is_not(None) if self.ended else ZONES.c.exited_at.is_(None))
        return statement.where(store.of(ZONES), within.holds(ZONES.c.entered_at), *wanted)


ALL = StaysWanted()
UNCONFIRMED = unconfirmed_since(WATCHES, ZONES.c.entered_at, ZONES.c.exited_at)
WITH_WATCHES = ZONES.outerjoin(WATCHES, watched_by(ZONES))
QUESTION = select(
    *(ZONES.c[name] for name in Stay.__struct_fields__[:-1]), UNCONFIRMED.label("unconfirmed_since")
).select_from(WITH_WATCHES)
"""Asks for what a stay's answer has, of all stays."""
KEY = (ZONES.c.entered_at, ZONES.c.zone_id, ZONES.c.track_id)


async def find_stays(
    connection: AsyncConnection, store: StoreKey, within: Range, page: Page[StayKey], wanted: StaysWanted = ALL
) -> Sequence[Stay]:
    """Return stays that began in the range, by when they began."""
    rows = await connection.execute(page.cut(wanted.of(QUESTION, store, within), *KEY))
    return [Stay(**row) for row in rows.mappings()]


async def count_stays(
    connection: AsyncConnection, store: StoreKey, within: Range, wanted: StaysWanted, most: int
) -> int:
    """Return how many stays began in the range; counts no further than `most`."""
    counted = wanted.of(select(ZONES.c.zone_id), store, within).limit(most).subquery()
    return (await connection.execute(select(func.count()).select_from(counted))).scalar_one()


async def find_stays_of_visits(
    connection: AsyncConnection, store: StoreKey, visits: Sequence[str], most: int
) -> Sequence[Stay]:
    """Return the stays of these visits, the earliest first."""
    statement = QUESTION.where(store.of(ZONES), ZONES.c.visit_id.in_(visits)).order_by(*KEY).limit(most)
    return [Stay(**row) for row in (await connection.execute(statement)).mappings()]


async def find_stay(connection: AsyncConnection, store: StoreKey, key: StayKey) -> Stay | None:
    """Return the stay of this key."""
    statement = QUESTION.where(store.of(ZONES), tuple_(*KEY) == tuple_(*key))
    row = (await connection.execute(statement)).mappings().one_or_none()
    return None if row is None else Stay(**row)


class ZoneStays(msgspec.Struct, frozen=True, kw_only=True):
    """What the stays come to that began in one zone from `start` up to `end`; dwell counts those that have ended."""

    start: datetime
    end: datetime
    visitors: int = 0
    """Different people, as far as they are known to be."""
    stays: int = 0
    ended: int = 0
    unconfirmed: int = 0
    """Open ones of which nobody knows whether they still go on."""
    median_ms: float | None = None
    p90_ms: float | None = None


async def find_zone_stays(
    connection: AsyncConnection, store: StoreKey, cuts: Sequence[datetime]
) -> Mapping[str, Sequence[ZoneStays]]:
    """Return for each zone that anybody stayed in what the stays come to that began between each two of the cuts."""
    bucket = buckets_of(ZONES.c.entered_at, cuts)
    statement = (
        select(
            ZONES.c.zone_id,
            bucket.label("bucket"),
            func.count(_PERSON.distinct()).label("visitors"),
            func.count().label("stays"),
            func.count(ZONES.c.exited_at).label("ended"),
            func.count(UNCONFIRMED).label("unconfirmed"),
            func.percentile_cont(0.5).within_group(ZONES.c.dwell_ms).label("median_ms"),
            func.percentile_cont(0.9).within_group(ZONES.c.dwell_ms).label("p90_ms"),
        )
        .select_from(WITH_WATCHES)
        .where(store.of(ZONES), Range(cuts[0], cuts[-1]).holds(ZONES.c.entered_at))
        .group_by(ZONES.c.zone_id, bucket)
    )
    found: dict[str, list[ZoneStays]] = {}
    for zone, number, *counts in await connection.execute(statement):
        rows = found.setdefault(zone, [ZoneStays(start=start, end=end) for start, end in pairwise(cuts)])
        start, end = cuts[number - 1], cuts[number]
        rows[number - 1] = ZoneStays(start=start, end=end, **dict(zip(_COUNTS, counts, strict=True)))
    return found


_PERSON = func.coalesce(ZONES.c.visit_id, ZONES.c.track_id)
_COUNTS = ("visitors", "stays", "ended", "unconfirmed", "median_ms", "p90_ms")
