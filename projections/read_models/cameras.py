"""Cameras: whether each works, and how much of the time it watched."""

from collections.abc import Sequence
from datetime import datetime
from typing import ClassVar, Literal

import msgspec
from sqlalchemy import Column, DateTime, Integer, Table, Text, func, select
from sqlalchemy.ext.asyncio import AsyncConnection

from event_store.envelope import RecordedEvent
from event_store.events.cameras import CameraDark, CameraOnline, CameraRestored
from event_store.events.clock import MinutePassed
from projections.folding.projection import EventClasses, Projection, Row, Rows
from projections.read_models.stores import places
from projections.scope import Page, StoreKey
from projections.tables.read_model import read_model

Status = Literal["online", "dark", "unseen"]
"""Delivers frames; has stopped; has never delivered one."""

CAMERAS = read_model(
    "cameras",
    1,
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
            case CameraDark(camera_id=camera, time=at, cause=cause):
                rows[camera] = _turned(_seen(rows, camera, at), "dark", at, cause)
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
    status: Status
    since: datetime | None
    last_frame_at: datetime | None
    model: str | None
    width_px: int | None
    height_px: int | None
    cause: str | None


async def find_cameras(connection: AsyncConnection, store: StoreKey, page: Page[tuple[str]]) -> Sequence[Camera]:
    """Return each camera of the layout, and each that was ever heard of."""
    known = select(CAMERAS).where(store.of(CAMERAS)).subquery()
    listed = places(store, "camera")
    camera_id = func.coalesce(listed.c.id, known.c.camera_id)
    statement = select(
        camera_id.label("camera_id"),
        func.coalesce(listed.c.name, listed.c.id).label("name"),
        func.coalesce(known.c.status, "unseen").label("status"),
        *(known.c[name] for name in Camera.__struct_fields__[3:]),
    ).select_from(listed.join(known, listed.c.id == known.c.camera_id, full=True))
    rows = await connection.execute(page.cut(statement, camera_id))
    return [Camera(**row) for row in rows.mappings()]
