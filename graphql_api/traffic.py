"""How many people came and went."""

from datetime import datetime
from typing import Self
from zoneinfo import ZoneInfo

import strawberry

from graphql_api.arguments import From, To
from graphql_api.context import Asked
from graphql_api.fields import field
from graphql_api.ranges import Period, between, cuts
from graphql_api.rules import needs
from graphql_api.staleness import MayBeStale, Staleness
from graphql_api.store_scope import StoreScope
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


@strawberry.type
class TrafficOfStore(StoreScope):
    """What one may ask of who came to a store and went."""

    @field("How many people came and went in the range, which is cut at whole minutes.")
    async def traffic(self, info: Asked, start: From = None, end: To = None) -> Traffic:
        """Return counts of the doors."""
        within = between(start, end)
        total = await info.context.ask(traffic.find_total, self.key, within)
        return Traffic(
            staleness=Staleness(info.context, self.key),
            about=None,
            store=self.key,
            zone=self.zone,
            within=within,
            entered=total.entered,
            left=total.left,
        )
