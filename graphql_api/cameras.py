"""Cameras of a store, and how much of the time they watched."""

from datetime import datetime, timedelta
from enum import Enum
from typing import Self

import strawberry

from event_store.layout import model
from graphql_api.arguments import Every
from graphql_api.context import Asked
from graphql_api.fields import field
from graphql_api.figures_scope import Asking, FiguresScope
from graphql_api.ids import id_of
from graphql_api.nodes import Place
from graphql_api.ranges import Stretch
from graphql_api.rules import needs
from graphql_api.shapes import Point
from graphql_api.staleness import MayBeStale, Staleness
from graphql_api.store_scope import Scope, StoreScope
from graphql_api.tokens import Permission
from projections.read_models import cameras
from projections.scope import Page

MOST_CAMERAS = 1_000


@strawberry.enum(description="Whether a camera works.")
class CameraStatus(Enum):
    """Whether a camera works."""

    ONLINE = strawberry.enum_value("online", description="It delivers frames.")
    DARK = strawberry.enum_value("dark", description="It has delivered no frame for the configured silence.")
    UNSEEN = strawberry.enum_value("unseen", description="The layout names it, and no fact about it was recorded yet.")
    ENDED = strawberry.enum_value("ended", description="It played a recording, which is over.")
    UNKNOWN = strawberry.enum_value(
        "unknown", description="Nobody says how it is: its worker has stopped, or nothing is heard of it."
    )


@strawberry.type(
    description="A point of a picture and the point of the floor that is seen there.",
    directives=needs(Permission.READ),
)
class FloorPoint:
    """A point of a picture and the point of the floor that is seen there."""

    picture: Point = strawberry.field(description="In the picture, as fractions.")
    floor: Point = strawberry.field(description="On the floor, in metres.")


@strawberry.type(
    description="A camera of the store's layout, or one that was heard of.", directives=needs(Permission.READ)
)
class Camera(Place, MayBeStale):
    """A camera of a store."""

    status: CameraStatus = strawberry.field(description="Whether it works.")
    since: datetime | None = strawberry.field(description="Since when it has this status.")
    last_frame_at: datetime | None = strawberry.field(description="Time of the last frame that a fact tells of.")
    model: str | None = strawberry.field(description="The detector that watches its picture.")
    width_px: int | None = strawberry.field(description="Width of its picture.")
    height_px: int | None = strawberry.field(description="Height of its picture.")
    cause: str | None = strawberry.field(description="Why it is dark, or why nobody says how it is.")
    floor_points: list[FloorPoint] | None = strawberry.field(
        description="Points by which its picture is laid on the floor; null without calibration."
    )

    @classmethod
    def of(cls, scope: Scope, camera: cameras.Camera, staleness: Staleness) -> Self:
        """Shape the answer."""
        placed: model.Camera | None = scope.places.get(("camera", camera.camera_id))
        return cls(
            scope=scope,
            staleness=staleness,
            about=f"camera/{camera.camera_id}",
            id=id_of(scope.key, "camera", camera.camera_id),
            key=camera.camera_id,
            name=camera.name or camera.camera_id,
            status=CameraStatus(camera.status),
            since=camera.since,
            last_frame_at=camera.last_frame_at,
            model=camera.model,
            width_px=camera.width_px,
            height_px=camera.height_px,
            cause=camera.cause,
            floor_points=_floor_points(placed),
        )


def _floor_points(camera: model.Camera | None) -> list[FloorPoint] | None:
    if camera is None or camera.floor_points is None:
        return None
    return [FloorPoint(picture=Point.of(seen), floor=Point.of(at)) for seen, at in camera.floor_points]


async def cameras_of(info: Asked, scope: Scope) -> list[Camera]:
    """Return the cameras of a store by their keys, at most a thousand."""
    rows = await info.context.ask_once(cameras.find_cameras, scope.key, Page(MOST_CAMERAS))
    stale = Staleness(info.context, scope.key, [f"camera/{row.camera_id}" for row in rows])
    return [Camera.of(scope, row, stale) for row in rows]


async def camera_of(info: Asked, scope: Scope, key: str | None) -> Camera | None:
    """Return a store's camera by its key."""
    return next((each for each in await cameras_of(info, scope) if each.key == key), None) if key else None


@strawberry.type(description="How much of a period a camera watched.", directives=needs(Permission.READ))
class CameraPeriod:
    """How much of a period a camera watched."""

    start: datetime = strawberry.field(description="Where the period begins.")
    end: datetime = strawberry.field(description="Where the next one begins.")
    coverage: float | None = strawberry.field(
        description="Share, 0 to 1, of what has passed of the period in which it was up, by quarter-hours."
    )


@strawberry.type(description="How much of a stretch of time a camera watched.", directives=needs(Permission.READ))
class CameraFigures:
    """How much of a stretch of time a camera watched."""

    stretch: strawberry.Private[Stretch]
    camera: Camera = strawberry.field(description="The camera.")
    watched: timedelta = strawberry.field(
        name="watchedMs", description="How long it delivered frames in the quarter-hours that the range touches."
    )
    coverage: float | None = strawberry.field(
        description="Share, 0 to 1, of what has passed of the range in which it was up; null where none has passed."
    )

    @field("The range cut into periods; at most 1,500.")
    async def series(self, info: Asked, every: Every) -> list[CameraPeriod] | None:
        """Return how much of each period the camera watched."""
        asking = Asking(self.camera.scope, self.stretch, every)
        shares = (await asking.watched(info)).coverage([self.camera.key])
        return [
            CameraPeriod(start=start, end=end, coverage=share)
            for start, end, share in zip(asking.cuts, asking.cuts[1:], shares, strict=False)
        ]


@strawberry.type
class CamerasOfStore(StoreScope):
    """What one may ask of a store's cameras."""

    @field("The cameras of its layout and others that were heard of, by their keys; at most 1,000.")
    async def cameras(self, info: Asked) -> list[Camera] | None:
        """Return the cameras."""
        return await cameras_of(info, self.scope)


@strawberry.type
class CamerasOfFigures(FiguresScope):
    """What one may ask of how much cameras watched."""

    @field("How much each camera watched, by their keys; at most 1,000.")
    async def cameras(self, info: Asked) -> list[CameraFigures] | None:
        """Return how much each camera watched."""
        watched = await Asking(self.scope, self.stretch).watched(info)
        return [
            CameraFigures(
                stretch=self.stretch,
                camera=camera,
                watched=sum(watched.cameras.get(camera.key, ()), timedelta()),
                coverage=watched.coverage([camera.key])[0],
            )
            for camera in await cameras_of(info, self.scope)
        ]
