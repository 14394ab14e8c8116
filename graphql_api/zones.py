"""Zones of a store, and what the stays in them come to."""

from collections.abc import Mapping, Sequence
from datetime import datetime, timedelta
from typing import Self

import strawberry

from event_store.layout import model
from event_store.layout.homography import fit
from graphql_api.arguments import Every
from graphql_api.cameras import Camera, camera_of
from graphql_api.context import Asked
from graphql_api.fields import field
from graphql_api.figures_scope import Asking, FiguresScope
from graphql_api.ids import id_of
from graphql_api.nodes import Place
from graphql_api.quality import Quality
from graphql_api.ranges import Stretch
from graphql_api.rules import needs
from graphql_api.shapes import Point, polygon
from graphql_api.store_scope import Scope
from graphql_api.tokens import Permission
from graphql_api.words import ZoneKind
from projections.read_models import zones


@strawberry.type(description="Where one camera sees a zone.", directives=needs(Permission.READ))
class ZoneView:
    """Where one camera sees a zone."""

    scope: strawberry.Private[Scope]
    camera_key: strawberry.Private[str]
    polygon: list[Point] = strawberry.field(description="Where the zone is in the camera's picture.")

    @field("The camera.")
    async def camera(self, info: Asked) -> Camera | None:
        """Return the camera."""
        return await camera_of(info, self.scope, self.camera_key)

    @field("Where that is on the floor, in metres; null where the camera is not calibrated.")
    def floor_polygon(self) -> list[Point] | None:
        """Return the polygon, carried to the floor."""
        cameras = self.scope.store.layout.camera
        points = next((each.floor_points for each in cameras if each.id == self.camera_key), None)
        view = fit(points) if points else None
        return polygon(None if view is None else view.floor_polygon([(each.x, each.y) for each in self.polygon]))


@strawberry.type(description="A place in a store where people stay.", directives=needs(Permission.READ))
class Zone(Place):
    """A zone of a store."""

    kind: ZoneKind | None = strawberry.field(description="What it is for; null once the layout has dropped it.")
    views: list[ZoneView] = strawberry.field(description="Where cameras see it; at most 100.")
    floor_polygon: list[Point] | None = strawberry.field(description="Where it is on the floor, in metres.")
    min_dwell: timedelta | None = strawberry.field(name="minDwellMs", description="A shorter stay is passing by.")
    camera_keys: strawberry.Private[Sequence[str]]

    @classmethod
    def of(cls, scope: Scope, key: str) -> Self:
        """Shape the zone of a key, whether or not the layout still has it."""
        return scope.once("zone", key, lambda zone: cls._of(scope, key, zone))

    @classmethod
    def _of(cls, scope: Scope, key: str, zone: model.Zone | None) -> Self:
        views = [] if zone is None else _views(scope, zone)
        return cls(
            scope=scope,
            id=id_of(scope.key, "zone", key),
            key=key,
            name=key if zone is None else zone.name,
            kind=None if zone is None else ZoneKind(zone.kind),
            views=views,
            floor_polygon=polygon(None if zone is None else zone.floor_polygon),
            min_dwell=None if zone is None else timedelta(seconds=zone.min_dwell_s),
            camera_keys=sorted({view.camera_key for view in views}) or _calibrated(scope, zone),
        )


def _views(scope: Scope, zone: model.Zone) -> list[ZoneView]:
    first = [(zone.camera, zone.polygon)] if zone.camera and zone.polygon else []
    seen = [*first, *((view.camera, view.polygon) for view in zone.view)]
    return [ZoneView(scope=scope, camera_key=camera, polygon=[*map(Point.of, corners)]) for camera, corners in seen]


def _calibrated(scope: Scope, zone: model.Zone | None) -> Sequence[str]:
    """Return the cameras that see a zone of the floor."""
    if zone is None or zone.floor_polygon is None:
        return ()
    return sorted(camera.id for camera in scope.store.layout.camera if camera.floor_points)


@strawberry.type(
    description="How long people stayed; stays that go on are not in it.", directives=needs(Permission.READ)
)
class Dwell:
    """How long people stayed."""

    count: int = strawberry.field(description="Stays that have ended.")
    median: timedelta | None = strawberry.field(
        name="medianMs", description="Half of the stays were shorter; null without any."
    )
    p90: timedelta | None = strawberry.field(
        name="p90Ms", description="Nine in ten stays were shorter; null without any."
    )

    @classmethod
    def of(cls, stays: zones.ZoneStays) -> Self:
        """Shape the answer."""
        return cls(count=stays.ended, median=_length(stays.median_ms), p90=_length(stays.p90_ms))


def _length(milliseconds: float | None) -> timedelta | None:
    return None if milliseconds is None else timedelta(milliseconds=milliseconds)


@strawberry.type(
    description="What the stays come to that began in one zone in one period.", directives=needs(Permission.READ)
)
class ZonePeriod:
    """What the stays come to that began in one zone in one period."""

    start: datetime = strawberry.field(description="Where the period begins.")
    end: datetime = strawberry.field(description="Where the next one begins.")
    visitors: int | None = strawberry.field(
        description="Different people, as far as they are known to be; null where nobody could know."
    )
    stays: int | None = strawberry.field(description="Stays, those that go on included; null where nobody could know.")
    open_stays: int | None = strawberry.field(description="Stays that go on; null where nobody could know.")
    unconfirmed_stays: int | None = strawberry.field(
        description="Stays of which nobody knows whether they go on, because nobody watches their camera any more; "
        "null where nobody could know of any."
    )
    dwell: Dwell | None = strawberry.field(description="How long people stayed; null where nobody could know.")
    coverage: float | None = strawberry.field(description="As in `quality`, of this period.")

    @classmethod
    def of(cls, stays: zones.ZoneStays, coverage: float | None, *, seen: bool) -> Self:
        """Shape the answer; nothing counted by cameras that saw nothing is unknown, and no zero."""
        known = seen or stays.stays > 0
        return cls(
            start=stays.start,
            end=stays.end,
            visitors=stays.visitors if known else None,
            stays=stays.stays if known else None,
            open_stays=stays.stays - stays.ended - stays.unconfirmed if known else None,
            unconfirmed_stays=stays.unconfirmed if known else None,
            dwell=Dwell.of(stays) if known else None,
            coverage=coverage,
        )


@strawberry.type(
    description="What the stays come to that began in a zone in a stretch of time. "
    "Null where no camera that sees it delivered anything, as in the future.",
    directives=needs(Permission.READ),
)
class ZoneFigures:
    """What the stays come to that began in a zone in a stretch of time."""

    stretch: strawberry.Private[Stretch]
    zone: Zone = strawberry.field(description="The zone.")
    visitors: int | None = strawberry.field(description="Different people, as far as they are known to be.")
    stays: int | None = strawberry.field(description="Stays, those that go on included.")
    open_stays: int | None = strawberry.field(description="Stays that go on.")
    unconfirmed_stays: int | None = strawberry.field(
        description="Stays of which nobody knows whether they go on, because nobody watches their camera any more."
    )
    dwell: Dwell | None = strawberry.field(description="How long people stayed.")
    quality: Quality = strawberry.field(description="How far these figures can be trusted.")

    @field("The range cut into periods, empty ones included; at most 1,500.")
    async def series(self, info: Asked, every: Every) -> list[ZonePeriod] | None:
        """Return what the stays of each period come to."""
        return (await _counted(info, Asking(self.zone.scope, self.stretch, every), [self.zone]))[self.zone.key]


async def _counted(info: Asked, asking: Asking, wanted: Sequence[Zone]) -> Mapping[str, list[ZonePeriod]]:
    stays = await info.context.ask_once(zones.find_zone_stays, asking.scope.key, asking.cuts)
    watched = await asking.watched(info)
    nobody = [zones.ZoneStays(start=start, end=end) for start, end in zip(asking.cuts, asking.cuts[1:], strict=False)]
    found = {}
    for zone in wanted:
        cameras = zone.camera_keys
        rows = zip(stays.get(zone.key, nobody), watched.coverage(cameras), watched.was_seen(cameras), strict=True)
        found[zone.key] = [ZonePeriod.of(each, coverage, seen=seen) for each, coverage, seen in rows]
    return found


def zones_of(scope: Scope) -> list[Zone]:
    """Return the zones of a store's layout, by their keys."""
    return [Zone.of(scope, key) for key in sorted(each.id for each in scope.store.layout.zone)]


@strawberry.type
class ZonesOfFigures(FiguresScope):
    """What one may ask of who stayed in a store's zones."""

    @field("The stays that began in each zone, by their keys: those of the layout, and others that people stayed in.")
    async def zones(self, info: Asked) -> list[ZoneFigures] | None:
        """Return what the stays in each zone come to."""
        asking = Asking(self.scope, self.stretch)
        stayed = await info.context.ask_once(zones.find_zone_stays, self.scope.key, asking.cuts)
        wanted = [Zone.of(self.scope, key) for key in sorted({*stayed, *(each.key for each in zones_of(self.scope))})]
        counted = await _counted(info, asking, wanted)
        return [
            ZoneFigures(
                stretch=self.stretch,
                zone=zone,
                visitors=total.visitors,
                stays=total.stays,
                open_stays=total.open_stays,
                unconfirmed_stays=total.unconfirmed_stays,
                dwell=total.dwell,
                quality=asking.quality(info, total.coverage),
            )
            for zone in wanted
            for total in counted[zone.key]
        ]
