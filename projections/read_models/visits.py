"""Visits: one person from door to door."""

from collections.abc import Sequence
from datetime import datetime, timedelta
from typing import Any, ClassVar

import msgspec
from sqlalchemy import Column, DateTime, Index, Select, Table, Text, func, or_, select, text
from sqlalchemy.ext.asyncio import AsyncConnection

from event_store.envelope import RecordedEvent
from event_store.events.event import Reason
from event_store.events.visits import Role, ShopperEntered, ShopperExited
from projections.folding.projection import EventClasses, Projection, Row, Rows
from projections.read_models.watches import WATCHES, unconfirmed_since, watched_by
from projections.scope import Page, Range, StoreKey
from projections.tables.read_model import NAMES, read_model

VISITS = read_model(
    "visits",
    3,
    Column("visit_id", Text, primary_key=True, info={NAMES: "visit"}),
    Column("entered_at", DateTime(timezone=True)),
    Column("stepped_in_at", DateTime(timezone=True)),
    Column("entry_door", Text),
    Column("exited_at", DateTime(timezone=True)),
    Column("stepped_out_at", DateTime(timezone=True)),
    Column("exit_door", Text),
    Column("reason", Text),
    Column("role", Text, nullable=False),
    Column("camera_id", Text),
    Index("visits_by_entry", "organisation", "store", "entered_at", "visit_id"),
    Index(
        "visits_going_on", "organisation", "store", "entered_at", "visit_id", postgresql_where=text("exited_at IS NULL")
    ),
)


class VisitRow(Row, frozen=True, kw_only=True):
    """A visit as far as it is known; either end may still be missing."""

    entered_at: datetime | None = None
    stepped_in_at: datetime | None = None
    entry_door: str | None = None
    exited_at: datetime | None = None
    stepped_out_at: datetime | None = None
    exit_door: str | None = None
    reason: Reason | None = None
    role: Role = "unknown"
    camera_id: str | None = None
    """The camera that saw it last."""


class Visits(Projection[VisitRow]):
    """One row for each visit; either end may be recorded first, and a role that the exit knows stands."""

    table: ClassVar[Table] = VISITS
    facts: ClassVar[EventClasses] = frozenset({ShopperEntered, ShopperExited})
    row = VisitRow

    def fold(self, rows: Rows[VisitRow], recorded: RecordedEvent) -> None:
        """Take the comings and goings of people whose visit is known."""
        match recorded.event:
            case ShopperEntered(visit_id=str(visit), time=at, role=role, camera_id=camera) as entered:
                row = rows.get(visit) or VisitRow()
                known = role if row.role == "unknown" else row.role
                seen_by = row.camera_id or camera
                rows[visit] = msgspec.structs.replace(
                    row,
                    entered_at=at,
                    stepped_in_at=entered.stepped_in_at,
                    entry_door=entered.door_id,
                    role=known,
                    camera_id=seen_by,
                )
            case ShopperExited(visit_id=str(visit), time=at, reason=reason, role=role) as exited:
                row = rows.get(visit) or VisitRow()
                known = row.role if role == "unknown" else role
                rows[visit] = msgspec.structs.replace(
                    row,
                    exited_at=at,
                    stepped_out_at=exited.stepped_out_at,
                    exit_door=exited.door_id,
                    reason=reason,
                    role=known,
                    camera_id=exited.camera_id,
                )


class Visit(msgspec.Struct, frozen=True, kw_only=True):
    """A visit as an answer: someone came in; when and why it ended is null while it goes on."""

    visit_id: str
    entered_at: datetime
    stepped_in_at: datetime | None
    entry_door: str
    exited_at: datetime | None
    stepped_out_at: datetime | None
    exit_door: str | None
    reason: Reason | None
    role: Role
    unconfirmed_since: datetime | None
    """Since when nobody knows whether it still goes on; null while that is known."""

    @property
    def duration(self) -> timedelta | None:
        """How long they were on the store's floor, or in sight where nobody can tell; null while it goes on."""
        if self.exited_at is None:
            return None
        return (self.stepped_out_at or self.exited_at) - (self.stepped_in_at or self.entered_at)


VisitKey = tuple[datetime, str]
"""When a visit began, and its id: the order of visits."""


class VisitsWanted(msgspec.Struct, frozen=True, kw_only=True):
    """Which visits: those of which all that is given is true."""

    ended: bool | None = None
    entry_door: str | None = None
    exit_door: str | None = None
    reason: Reason | None = None
    role: Role | None = None

    def of(self, statement: Select[Any], store: StoreKey, within: Range) -> Select[Any]:
        """Return the statement for the visits of a store that are wanted and began in a range."""
        columns = {name: getattr(self, name) for name in ("entry_door", "exit_door", "reason", "role")}
        wanted = [VISITS.c[name] == value for name, value in columns.items() if value is not None]
        if self.ended is not None:
            wanted.append(VISITS.c.exited_at.is_not(None) if self.ended else VISITS.c.exited_at.is_(None))
        known = (store.of(VISITS), VISITS.c.entered_at.is_not(None), within.holds(VISITS.c.entered_at))
        return statement.where(*known, *wanted)


ALL = VisitsWanted()
QUESTION = select(
    *(VISITS.c[name] for name in Visit.__struct_fields__[:-1]),
    unconfirmed_since(WATCHES, VISITS.c.entered_at, VISITS.c.exited_at).label("unconfirmed_since"),
).select_from(VISITS.outerjoin(WATCHES, watched_by(VISITS)))
"""Asks for what a visit's answer has, of all visits."""


async def find_visits(
    connection: AsyncConnection, store: StoreKey, within: Range, page: Page[VisitKey], wanted: VisitsWanted = ALL
) -> Sequence[Visit]:
    """Return visits that began in the range, by when they began."""
    statement = wanted.of(QUESTION, store, within)
    rows = await connection.execute(page.cut(statement, VISITS.c.entered_at, VISITS.c.visit_id))
    return [Visit(**row) for row in rows.mappings()]


async def count_visits(
    connection: AsyncConnection, store: StoreKey, within: Range, wanted: VisitsWanted, most: int
) -> int:
    """Return how many visits began in the range; counts no further than `most`."""
    counted = wanted.of(select(VISITS.c.visit_id), store, within).limit(most).subquery()
    return (await connection.execute(select(func.count()).select_from(counted))).scalar_one()


async def find_visits_by_id(connection: AsyncConnection, store: StoreKey, ids: Sequence[str]) -> Sequence[Visit]:
    """Return the visits of these ids whose coming is known."""
    statement = QUESTION.where(store.of(VISITS), VISITS.c.entered_at.is_not(None), VISITS.c.visit_id.in_(ids))
    return [Visit(**row) for row in (await connection.execute(statement)).mappings()]


async def count_open_visits(connection: AsyncConnection, store: StoreKey, since: datetime, moment: datetime) -> int:
    """Return how many visits that began since a time went on at a moment, by the steps on the store's floor."""
    began = func.coalesce(VISITS.c.stepped_in_at, VISITS.c.entered_at)
    ended = func.coalesce(VISITS.c.stepped_out_at, VISITS.c.exited_at)
    statement = select(func.count()).where(
        store.of(VISITS), VISITS.c.entered_at >= since, began <= moment, or_(ended.is_(None), ended > moment)
    )
    return (await connection.execute(statement)).scalar_one()


class VisitLengths(msgspec.Struct, frozen=True, kw_only=True):
    """How long the visits lasted that began in a range and ended at a door."""

    visits: int
    median_ms: float | None


async def find_visit_lengths(connection: AsyncConnection, store: StoreKey, within: Range) -> VisitLengths:
    """Return the median length of the visits that began in the range and were seen to leave; null without any."""
    began = func.coalesce(VISITS.c.stepped_in_at, VISITS.c.entered_at)
    ended = func.coalesce(VISITS.c.stepped_out_at, VISITS.c.exited_at)
    length_ms = func.extract("epoch", ended - began) * 1000
    statement = select(func.count(), func.percentile_cont(0.5).within_group(length_ms)).where(
        store.of(VISITS), within.holds(VISITS.c.entered_at), VISITS.c.exited_at.is_not(None), VISITS.c.reason == "left"
    )
    visits, median_ms = (await connection.execute(statement)).one()
    return VisitLengths(visits=visits, median_ms=None if median_ms is None else float(median_ms))
