"""Cameras of a store."""

from datetime import datetime, timedelta
from enum import Enum
from typing import Self

import strawberry

from graphql_api.arguments import After, First, From, To
from graphql_api.connections import FIRST, Connection, Order
from graphql_api.context import Asked
from graphql_api.fields import field
from graphql_api.ranges import between
from graphql_api.rules import needs
from graphql_api.staleness import MayBeStale, Staleness
from graphql_api.store_scope import StoreScope
from graphql_api.tokens import Permission
from projections.read_models import cameras
from projections.read_models.coverage import find_coverage

NEVER = timedelta()
BY_CAMERA: Order[tuple[str]] = Order(tuple[str], "camera_id")


@strawberry.enum(description="Whether a camera works.")
class CameraStatus(Enum):
    """Whether a camera works."""

    ONLINE = strawberry.enum_value("online", description="It delivers frames.")
    DARK = strawberry.enum_value("dark", description="It has delivered no frame for the configured silence.")
    UNSEEN = strawberry.enum_value("unseen", description="The layout names it, and no fact about it was recorded yet.")


@strawberry.type(
    description="A camera of the store's layout, or one that was heard of.", directives=needs(Permission.READ)
)
class Camera(MayBeStale):
    """A camera of a store."""

    id: strawberry.ID = strawberry.field(description="Its id in the layout.")
    name: str | None = strawberry.field(description="Null once the layout has dropped it.")
    status: CameraStatus = strawberry.field(description="Whether it works.")
    since: datetime | None = strawberry.field(description="Since when it has this status.")
    last_frame_at: datetime | None = strawberry.field(description="Time of the last frame that a fact tells of.")
    model: str | None = strawberry.field(description="The detector that watches its picture.")
    width_px: int | None = strawberry.field(description="Width of its picture.")
    height_px: int | None = strawberry.field(description="Height of its picture.")
    cause: str | None = strawberry.field(description="Why it is dark.")
    watched: timedelta = strawberry.field(
        name="watchedMs",
        description="How long it delivered frames in the quarter-hours of the range that was asked for.",
    )

    @classmethod
    def of(cls, camera: cameras.Camera, watched: timedelta, staleness: Staleness) -> Self:
        """Shape the answer."""
        return cls(
            staleness=staleness,
            about=f"camera/{camera.camera_id}",
            id=strawberry.ID(camera.camera_id),
            name=camera.name,
            status=CameraStatus(camera.status),
            since=camera.since,
            last_frame_at=camera.last_frame_at,
            model=camera.model,
            width_px=camera.width_px,
            height_px=camera.height_px,
            cause=camera.cause,
            watched=watched,
        )


@strawberry.type
class CamerasOfStore(StoreScope):
    """What one may ask of a store's cameras."""

    @field("Its cameras by id, with how long each watched in the range.")
    async def cameras(
        self, info: Asked, start: From = None, end: To = None, first: First = FIRST, after: After = None
    ) -> Connection[Camera]:
        """Return the cameras of the layout, and others that were heard of."""
        request = BY_CAMERA.request(first, after)
        rows = await info.context.ask(cameras.find_cameras, self.key, request.page)
        stale = Staleness(info.context, self.key, [f"camera/{row.camera_id}" for row in rows])
        watched = await info.context.ask(find_coverage, self.key, between(start, end))
        return Connection[Camera].of(
            rows, request, lambda row: Camera.of(row, watched.get(row.camera_id, NEVER), stale)
        )
