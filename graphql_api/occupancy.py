"""How many people are inside a store."""

from datetime import UTC, datetime, timedelta
from typing import Self

import strawberry

from graphql_api.arguments import End, Start
from graphql_api.context import Asked
from graphql_api.fields import field
from graphql_api.ranges import Period, between, cuts
from graphql_api.rules import needs
from graphql_api.store_scope import StoreScope
from graphql_api.tokens import Permission
from projections.read_models import occupancy


@strawberry.type(
    description="How many people were inside during one period, counted by the doors. The count starts at nobody with "
    "each day of the store.",
    directives=needs(Permission.READ),
)
class Occupancy:
    """How many people were inside during one period."""

    start: datetime = strawberry.field(description="Where the period begins.")
    end: datetime = strawberry.field(description="Where the next one begins.")
    inside: int = strawberry.field(description="People inside at the period's end.")
    peak: int = strawberry.field(description="Most people inside at one moment of the period.")

    @classmethod
    def of(cls, inside: occupancy.Inside) -> Self:
        """Shape the answer."""
        return cls(start=inside.start, end=inside.end, inside=inside.inside, peak=inside.peak)


@strawberry.type
class OccupancyOfStore(StoreScope):
    """What one may ask of who is inside a store."""

    @field("How many people were inside, by period; at most 31 days and 1,500 periods.")
    async def occupancy(self, info: Asked, start: Start, end: End, period: Period = Period.MINUTE) -> list[Occupancy]:
        """Return people inside by period."""
        bounds = cuts(period, between(start, end), self.zone)
        return [
            Occupancy.of(each) for each in await info.context.ask(occupancy.find_occupancy, self.key, bounds, self.zone)
        ]

    @field("How many people are inside by the doors' count, now or at a moment.")
    async def inside(self, info: Asked, at: datetime | None = None) -> int:
        """Return people inside at a moment."""
        moment = at or datetime.now(UTC)
        bounds = [moment - timedelta(minutes=1), moment]
        (minute,) = await info.context.ask(occupancy.find_occupancy, self.key, bounds, self.zone)
        return minute.inside
