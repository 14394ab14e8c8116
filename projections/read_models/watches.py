"""Watches: which worker watches a camera, when it last said so, and since when nobody says how the camera is."""

from collections.abc import Sequence
from datetime import datetime, timedelta
from typing import Any, ClassVar

import msgspec
from sqlalchemy import BigInteger, Boolean, Column, ColumnElement, DateTime, Table, Text, and_, case, func, select
from sqlalchemy.ext.asyncio import AsyncConnection

from event_store.envelope import RecordedEvent
from event_store.events.workers import CameraState, WorkerReported, WorkerStopped
from projections.folding.projection import EventClasses, Projection, Row, Rows
from projections.read_models.stores import in_force, places
from projections.scope import StoreKey
from projections.tables.read_model import read_model

WATCHES = read_model(
    "watches",
    1,
    Column("camera_id", Text, primary_key=True),
    Column("worker", Text, nullable=False),
    Column("live", Boolean, nullable=False),
    Column("state", Text, nullable=False),
    Column("began_at", DateTime(timezone=True), nullable=False),
    Column("said_at", DateTime(timezone=True), nullable=False),
    Column("recorded_at", DateTime(timezone=True), nullable=False),
    Column("holds_ms", BigInteger, nullable=False),
    Column("last_frame_at", DateTime(timezone=True)),
    Column("ended_at", DateTime(timezone=True)),
    Column("stopped_at", DateTime(timezone=True)),
)


class WatchRow(Row, frozen=True, kw_only=True):
    """What a camera's worker said of it last."""

    worker: str
    live: bool
    state: CameraState
    began_at: datetime
    """When the worker started."""
    said_at: datetime
    recorded_at: datetime
    """When the record took it, by the broker's clock: from then on it is judged whether the worker is silent."""
    holds_ms: int
    last_frame_at: datetime | None = None
    ended_at: datetime | None = None
    """Since when the recording that it plays is known to be over."""
    stopped_at: datetime | None = None
    """Since when nobody watches it, as its worker said."""


class Watches(Projection[WatchRow]):
    """One row for each camera that a worker spoke of; of two workers the one stands that spoke later."""

    table: ClassVar[Table] = WATCHES
    facts: ClassVar[EventClasses] = frozenset({WorkerReported, WorkerStopped})
    row = WatchRow

    def fold(self, rows: Rows[WatchRow], recorded: RecordedEvent) -> None:
        """Take what workers say of themselves."""
        match recorded.event:
            case WorkerReported(time=at, cameras=cameras) as report:
                for camera in cameras:
                    before = rows.get(camera.camera_id)
                    if before is not None and before.said_at > at:
                        continue
                    over = at if before is None or before.ended_at is None else before.ended_at
                    rows[camera.camera_id] = WatchRow(
                        worker=report.worker,
                        live=camera.live,
                        state=camera.state,
                        began_at=report.started_at,
                        said_at=at,
                        recorded_at=recorded.recorded_at,
                        holds_ms=report.holds_ms,
                        last_frame_at=camera.last_frame_at,
                        ended_at=over if camera.state == "ended" else None,
                    )
            case WorkerStopped(time=at, worker=worker, cameras=cameras):
                for camera_id in cameras:
                    row = rows.get(camera_id)
                    if row is not None and row.worker == worker and row.said_at <= at:
                        rows[camera_id] = msgspec.structs.replace(row, said_at=at, stopped_at=at)


STOPPED = "its worker has stopped"
SILENT = "nothing is heard of its worker"


def watched_by(table: Table) -> ColumnElement[bool]:
    """Return the condition that a watch is of the camera that a row names."""
    return and_(*(table.c[name] == WATCHES.c[name] for name in ("organisation", "store", "camera_id")))


def unknown_since(watches: Any) -> ColumnElement[datetime | None]:
    """Return since when nobody says how a camera is; null where its worker does, and once its recording is over."""
    silent_from = watches.c.recorded_at + watches.c.holds_ms * timedelta(milliseconds=1)
    return case(
        (watches.c.ended_at.is_not(None), None),
        (watches.c.stopped_at.is_not(None), watches.c.stopped_at),
        (func.now() > silent_from, watches.c.said_at),
    )


def unconfirmed_since(watches: Any, began_at: Any, ended_at: Any) -> ColumnElement[datetime | None]:
    """Return since when nobody knows whether what a camera saw begin, and nobody saw end, still goes on."""
    return case(
        (ended_at.is_not(None), None),
        (watches.c.ended_at.is_not(None), watches.c.ended_at),
        (unknown_since(watches).is_not(None), unknown_since(watches)),
        (watches.c.live & (watches.c.began_at > began_at), watches.c.began_at),
    )


class Silence(msgspec.Struct, frozen=True, kw_only=True):
    """A camera of a layout of which nobody says how it is."""

    organisation: str
    store: str
    camera_id: str
    worker: str
    since: datetime
    stopped: bool
    """Whether its worker said that it stops."""


async def find_silences(connection: AsyncConnection) -> Sequence[Silence]:
    """Return the cameras that nobody watches any more, of all stores that the connection may see."""
    since, layouts = unknown_since(WATCHES), in_force().subquery()
    named = func.jsonb_build_array(func.jsonb_build_object("id", WATCHES.c.camera_id))
    statement = (
        select(
            *(WATCHES.c[name] for name in ("organisation", "store", "camera_id", "worker")),
            since.label("since"),
            WATCHES.c.stopped_at.is_not(None).label("stopped"),
        )
        .join(layouts, and_(*(layouts.c[name] == WATCHES.c[name] for name in ("organisation", "store"))))
        .where(since.is_not(None), layouts.c.layout["camera"].contains(named))
        .order_by(WATCHES.c.organisation, WATCHES.c.store, WATCHES.c.camera_id)
    )
    return [Silence(**row) for row in (await connection.execute(statement)).mappings()]


async def find_doors_unknown_since(connection: AsyncConnection, store: StoreKey) -> datetime | None:
    """Return since when nobody counts at one of a store's doors; None while somebody does at each."""
    doors = places(store, "door")
    watched = select(WATCHES).where(store.of(WATCHES)).subquery()
    statement = select(func.min(unknown_since(watched))).select_from(
        doors.join(watched, doors.c.camera == watched.c.camera_id)
    )
    found: datetime | None = (await connection.execute(statement)).scalar_one()
    return found
