"""How many people are inside a store."""

from datetime import datetime, timedelta
from typing import Self

import strawberry

from graphql_api.arguments import At, Every
from graphql_api.context import Asked
from graphql_api.doors import cameras_of_doors
from graphql_api.fields import field
from graphql_api.figures_scope import Asking, FiguresScope
from graphql_api.quality import Quality
from graphql_api.ranges import Stretch, stretch_until
from graphql_api.rules import needs
from graphql_api.store_scope import Scope, StoreScope
from graphql_api.tokens import Permission
from projections.read_models import occupancy, traffic, visits
from projections.read_models.periods import start_of_day


@strawberry.type(description="How many people were inside during one period.", directives=needs(Permission.READ))
class OccupancyPeriod:
    """How many people were inside during one period."""

    start: datetime = strawberry.field(description="Where the period begins.")
    end: datetime = strawberry.field(description="Where the next one begins.")
    inside: int | None = strawberry.field(
        description="People inside at the period's end; null where nobody could know."
    )
    peak: int | None = strawberry.field(
        description="Most people inside at one moment of the period; null where nobody could know."
    )
    coverage: float | None = strawberry.field(description="As in `quality`, of this period.")

    @classmethod
    def of(cls, row: occupancy.Inside, coverage: float | None, *, known: bool) -> Self:
        """Shape the answer."""
        return cls(
            start=row.start,
            end=row.end,
            inside=row.inside if known else None,
            peak=row.peak if known else None,
            coverage=coverage,
        )


@strawberry.type(
    description="How many people were inside, counted by the doors. The count starts at nobody with each day of the "
    "store. Null where no camera that sees a door delivered anything, as in the future, and from when on nobody "
    "watches one.",
    directives=needs(Permission.READ),
)
class Occupancy:
    """How many people were inside in a stretch of time."""

    scope: strawberry.Private[Scope]
    stretch: strawberry.Private[Stretch]
    inside: int | None = strawberry.field(description="People inside at its end, or now where it goes on.")
    peak: int | None = strawberry.field(description="Most people inside at one moment.")
    quality: Quality = strawberry.field(description="How far these figures can be trusted.")

    @field("The range cut into periods; at most 31 days and 1,500 periods.")
    async def series(self, info: Asked, every: Every) -> list[OccupancyPeriod] | None:
        """Return people inside by period."""
        return await _counted(info, Asking(self.scope, self.stretch, every))


async def _counted(info: Asked, asking: Asking) -> list[OccupancyPeriod]:
    """Return people inside by period: unknown where the doors' cameras saw nothing and nobody passed."""
    scope, cameras = asking.scope, cameras_of_doors(asking.scope)
    inside = await info.context.ask_once(occupancy.find_occupancy, scope.key, asking.cuts, scope.zone)
    passed = await info.context.ask_once(traffic.find_passages, scope.key, asking.cuts)
    watched = await asking.watched(info)
    rows = zip(inside, passed, watched.coverage(cameras), watched.was_seen(cameras), strict=True)
    return [
        OccupancyPeriod.of(row, coverage, known=seen or bool(there.entered or there.left))
        for row, there, coverage, seen in rows
    ]


@strawberry.type
class OccupancyOfStore(StoreScope):
    """What one may ask of who is inside a store."""

    @field(
        "How many people are inside by the doors' count, now or at a moment. Null where no camera that sees a door "
        "delivered anything on that day until then, where nobody watches one any more, and for moments to come."
    )
    async def inside(self, info: Asked, at: At = None) -> int | None:
        """Return people inside at a moment."""
        moment = at or self.scope.now
        if not await self._is_known(info, moment):
            return None
        cuts = (moment - timedelta(minutes=1), moment)
        (minute,) = await info.context.ask_once(occupancy.find_occupancy, self.scope.key, cuts, self.scope.zone)
        return minute.inside

    @field(
        "How many visits of that day go on, now or at a moment; null where `inside` is. Who is lost from sight ends "
        "their visit and is still `inside`; who came unseen by a door is in neither."
    )
    async def open_visits(self, info: Asked, at: At = None) -> int | None:
        """Return the visits that go on at a moment."""
        moment = at or self.scope.now
        if not await self._is_known(info, moment):
            return None
        since = start_of_day(moment, self.scope.zone)
        return await info.context.ask_once(visits.count_open_visits, self.scope.key, since, moment)

    async def _is_known(self, info: Asked, moment: datetime) -> bool:
        """Say whether anybody could know who was inside then."""
        if moment > self.scope.now:
            return False
        day = Asking(self.scope, stretch_until(moment, self.scope.zone, self.scope.now))
        (known,) = await _counted(info, day)
        return known.inside is not None


@strawberry.type
class OccupancyOfFigures(FiguresScope):
    """What one may ask of how many were inside."""

    @field("How many people were inside by the doors' count; at most 31 days.")
    async def occupancy(self, info: Asked) -> Occupancy | None:
        """Return people inside."""
        asking = Asking(self.scope, self.stretch.until_now())
        (total,) = await _counted(info, asking)
        return Occupancy(
            scope=self.scope,
            stretch=self.stretch,
            inside=total.inside,
            peak=total.peak,
            quality=asking.quality(info, total.coverage),
        )
