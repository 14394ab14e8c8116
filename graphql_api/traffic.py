"""How many people came and went."""

from datetime import datetime
from typing import Self
from zoneinfo import ZoneInfo

import strawberry

from graphql_api.context import Asked
from graphql_api.fields import field
from graphql_api.ranges import Period, cuts
from graphql_api.rules import needs
from graphql_api.staleness import MayBeStale
from graphql_api.tokens import Permission
from projections.read_models import traffic
from projections.scope import Range, StoreKey


@strawberry.type(description="How many people came and went in one period.", directives=needs(Permission.READ))
class TrafficPeriod:
    """How many people came and went in one period."""

    start: datetime = strawberry.field(description="Where the period begins.")
    end: datetime = strawberry.field(description="Where the next one begins.")
    entered: int = strawberry.field(description="People who came in by a door.")
    left: int = strawberry.field(description="People who left by a door.")

    @classmethod
    def of(cls, passage: traffic.Passage) -> Self:
        """Shape the answer."""
        return cls(start=passage.start, end=passage.end, entered=passage.entered, left=passage.left)


@strawberry.type(
    description="How many people came and went in the range that was asked for.", directives=needs(Permission.READ)
)
class Traffic(MayBeStale):
    """How many people came and went in a range."""

    store: strawberry.Private[StoreKey]
    zone: strawberry.Private[ZoneInfo]
    within: strawberry.Private[Range]
    entered: int = strawberry.field(description="People who came in by a door.")
    left: int = strawberry.field(
        description="People who left by a door, those whose coming nobody saw included; who was lost has not left."
    )

    @field("The minute in which most people came in, the first of several; null without any.")
    async def busiest_minute(self, info: Asked) -> TrafficPeriod | None:
        """Return the busiest minute."""
        passage = await info.context.ask(traffic.find_busiest_minute, self.store, self.within)
        return None if passage is None else TrafficPeriod.of(passage)

    @field("The range cut into periods, empty ones included; at most 1,500.")
    async def periods(self, info: Asked, period: Period) -> list[TrafficPeriod]:
        """Return the counts of each period."""
        bounds = cuts(period, self.within, self.zone)
        return [TrafficPeriod.of(each) for each in await info.context.ask(traffic.find_passages, self.store, bounds)]
