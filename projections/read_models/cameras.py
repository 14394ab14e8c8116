"""Cameras: whether each works, and how much of the time it watched."""

from collections.abc import Sequence
from datetime import datetime
from typing import Any, ClassVar, Literal

import msgspec
from sqlalchemy import Column, ColumnElement, DateTime, Integer, Table, Text, case, func, select
from sqlalchemy.ext.asyncio import AsyncConnection

from event_store.envelope import RecordedEvent
from event_store.events.cameras import CameraDark, CameraOnline, CameraRestored
from event_store.events.clock import MinutePassed
from projections.folding.projection import EventClasses, Projection, Row, Rows
from projections.read_models.stores import places
from projections.read_models.watches import SILENT, STOPPED, WATCHES, unknown_since
from projections.scope import Page, StoreKey
from projections.tables.read_model import read_model

Status = Literal["online", "dark", "unseen"]
"""Delivers frames; has stopped; has never delivered one."""

StatusNow = Literal["online", "dark", "unseen", "ended", "unknown"]
"""Also: plays a recording that is over; nobody says how it is."""

CAMERAS = read_model(
    "cameras",
    2,
    Column("camera_id", Text, primary_key=True),
    Column("status", Text, nullable=False),
    Column("since", DateTime(timezone=True)),
    Column("last_frame_at", DateTime(timezone=True)),
    Column("model", Text),
    Column("width_px", Integer),
    Column("height_px", Integer),
    Column("cause", Text),
)


class CameraRow(Row, frozen=True, kw_only=True):
    """What a camera's latest facts, by their own time, say of it."""

    status: Status = "unseen"
    since: datetime | None = None
    last_frame_at: datetime | None = None
    model: str | None = None
    width_px: int | None = None
    height_px: int | None = None
    cause: str | None = None
    """Why it is dark."""


class Cameras(Projection[CameraRow]):
    """One row for each camera that was ever heard of; of two facts about its status the later one stands."""

    table: ClassVar[Table] = CAMERAS
    facts: ClassVar[EventClasses] = frozenset({CameraOnline, CameraDark, CameraRestored, MinutePassed})
    row = CameraRow

    def fold(self, rows: Rows[CameraRow], recorded: RecordedEvent) -> None:
        """Take what cameras and the store's clock say."""
        match recorded.event:
            case CameraOnline(camera_id=camera, time=at, model=model, width_px=width, height_px=height):
                row = _seen(rows, camera, at)
                if _is_news(row, at):
                    row = msgspec.structs.replace(row, model=model, width_px=width, height_px=height)
                rows[camera] = _turned(row, "online", at)
            case CameraDark(camera_id=camera, time=at, cause=cause, delivered=delivered):
                row = rows.get(camera) or CameraRow()
                if delivered and row.last_frame_at is not None:
                    row = _seen(rows, camera, at)
                rows[camera] = _turned(row, "dark", at, cause)
            case CameraRestored(camera_id=camera, time=at):
                rows[camera] = _turned(_seen(rows, camera, at), "online", at)
            case MinutePassed(cameras=cameras):
                for minute in cameras:
                    rows[minute.camera_id] = _seen(rows, minute.camera_id, minute.last_frame_at)


def _seen(rows: Rows[CameraRow], camera: str, at: datetime) -> CameraRow:
    row = rows.get(camera) or CameraRow()
    latest = at if row.last_frame_at is None else max(at, row.last_frame_at)
    return msgspec.structs.replace(row, last_frame_at=latest)


def _is_news(row: CameraRow, at: datetime) -> bool:
    return row.since is None or at >= row.since


def _turned(row: CameraRow, status: Status, at: datetime, cause: str | None = None) -> CameraRow:
    return msgspec.structs.replace(row, status=status, since=at, cause=cause) if _is_news(row, at) else row


class Camera(msgspec.Struct, frozen=True, kw_only=True):
    """A camera as an answer; `name` is null once the layout has dropped it."""

    camera_id: str
    name: str | None
    status: StatusNow
    since: datetime | None
    last_frame_at: datetime | None
    model: str | None
    width_px: int | None
    height_px: int | None
    cause: str | None


def status_now(watches: Any, known: Any) -> tuple[ColumnElement[Any], ColumnElement[Any], ColumnElement[Any]]:
    """Return status, since when, and why: as the camera's facts say, unless its worker cannot say so any more."""
    ended, unknown = watches.c.ended_at.is_not(None), unknown_since(watches)
    silence = case((watches.c.stopped_at.is_not(None), STOPPED), else_=SILENT)
    return (
        case((ended, "ended"), (unknown.is_not(None), "unknown"), else_=func.coalesce(known.c.status, "unseen")),
        case((ended, watches.c.ended_at), (unknown.is_not(None), unknown), else_=known.c.since),
        case((ended, None), (unknown.is_not(None), silence), else_=known.c.cause),
    )


async def find_cameras(connection: AsyncConnection, store: StoreKey, page: Page[tuple[str]]) -> Sequence[Camera]:
    """Return each camera of the layout, and each that was ever heard of."""
    known = select(CAMERAS).where(store.of(CAMERAS)).subquery()
    watches = select(WATCHES).where(store.of(WATCHES)).subquery()
    listed = places(store, "camera")
    heard = listed.join(known, listed.c.id == known.c.camera_id, full=True)
    camera_id = func.coalesce(listed.c.id, known.c.camera_id)
    status, since, cause = status_now(watches, known)
    statement = select(
        camera_id.label("camera_id"),
        func.coalesce(listed.c.name, listed.c.id).label("name"),
        status.label("status"),
        since.label("since"),
        func.greatest(known.c.last_frame_at, watches.c.last_frame_at).label("last_frame_at"),
        *(known.c[name] for name in ("model", "width_px", "height_px")),
        cause.label("cause"),
    ).select_from(heard.outerjoin(watches, watches.c.camera_id == camera_id))
    rows = await connection.execute(page.cut(statement, camera_id))
    return [Camera(**row) for row in rows.mappings()]
