"""What a store's tills sold, and how many of those who came in bought."""

from collections.abc import Iterable, Sequence
from datetime import datetime
from decimal import Decimal
from itertools import groupby
from operator import attrgetter
from typing import Self

import strawberry

from graphql_api.arguments import Every
from graphql_api.context import Asked
from graphql_api.doors import cameras_of_doors
from graphql_api.fields import field
from graphql_api.figures_scope import Asking, FiguresScope
from graphql_api.quality import Quality
from graphql_api.ranges import Stretch
from graphql_api.rules import needs
from graphql_api.store_scope import Scope
from graphql_api.tokens import Permission
from graphql_api.words import SaleChannel
from projections.read_models import traffic
from projections.read_models.sales import SalesPeriod as PeriodSold
from projections.read_models.sales import Sold, find_sales

SALES = "Sales that were closed, those that were taken back since included."
REFUNDS = "Sales of a negative total that take no other one back."
VOIDS = "Sales that take another one back."
TOTALS = "What they came to, by currency; what refunds and voids gave back is taken off."


@strawberry.type(description="What sales came to in one currency.", directives=needs(Permission.READ))
class SalesTotal:
    """What sales came to in one currency."""

    currency: str = strawberry.field(description="ISO 4217 code.")
    amount: str = strawberry.field(description="An exact decimal.")


@strawberry.type(description="What was sold in one channel.", directives=needs(Permission.READ))
class ChannelSales:
    """What was sold in one channel."""

    channel: SaleChannel = strawberry.field(description="Where it was paid.")
    sales: int = strawberry.field(description=SALES)
    refunds: int = strawberry.field(description=REFUNDS)
    voids: int = strawberry.field(description=VOIDS)
    totals: list[SalesTotal] = strawberry.field(description=TOTALS)

    @classmethod
    def of(cls, channel: str, sold: Sequence[Sold]) -> Self:
        """Shape the answer."""
        return cls(
            channel=SaleChannel(channel),
            sales=sum(each.sales for each in sold),
            refunds=sum(each.refunds for each in sold),
            voids=sum(each.voids for each in sold),
            totals=_totals(sold),
        )


@strawberry.type(
    description="What was sold in one period. Null where no till spoke: none sold in it, nor before and after it on "
    "the same day of the store.",
    directives=needs(Permission.READ),
)
class SalesPeriod:
    """What was sold in one period."""

    start: datetime = strawberry.field(description="Where the period begins.")
    end: datetime = strawberry.field(description="Where the next one begins.")
    sales: int | None = strawberry.field(description=SALES)
    refunds: int | None = strawberry.field(description=REFUNDS)
    voids: int | None = strawberry.field(description=VOIDS)
    totals: list[SalesTotal] | None = strawberry.field(description=TOTALS)

    @classmethod
    def of(cls, period: PeriodSold) -> Self:
        """Shape the answer."""
        known = period.is_known
        return cls(
            start=period.start,
            end=period.end,
            sales=sum(each.sales for each in period.sold) if known else None,
            refunds=sum(each.refunds for each in period.sold) if known else None,
            voids=sum(each.voids for each in period.sold) if known else None,
            totals=_totals(period.sold) if known else None,
        )


@strawberry.type(
    description="What a store's tills sold. A sale counts when it was closed, however late it was told, and once "
    "however often. Null where no till spoke.",
    directives=needs(Permission.READ),
)
class Sales:
    """What a store's tills sold in a stretch of time."""

    scope: strawberry.Private[Scope]
    stretch: strawberry.Private[Stretch]
    sales: int | None = strawberry.field(description=SALES)
    refunds: int | None = strawberry.field(description=REFUNDS)
    voids: int | None = strawberry.field(description=VOIDS)
    totals: list[SalesTotal] | None = strawberry.field(description=TOTALS)
    channels: list[ChannelSales] = strawberry.field(description="The same by where it was paid; those with sales.")
    quality: Quality = strawberry.field(description="How far these figures can be trusted; no camera makes them.")

    @field("The range cut into periods; at most 1,500.")
    async def series(self, info: Asked, every: Every) -> list[SalesPeriod] | None:
        """Return what was sold in each period."""
        asking = Asking(self.scope, self.stretch, every)
        found = await _found(info, asking)
        return [SalesPeriod.of(each) for each in found]


@strawberry.type(
    description="How many of those who came in bought, in one period. Null where no camera saw a door, or no till "
    "spoke.",
    directives=needs(Permission.READ),
)
class ConversionPeriod:
    """How many of those who came in bought, in one period."""

    start: datetime = strawberry.field(description="Where the period begins.")
    end: datetime = strawberry.field(description="Where the next one begins.")
    entered: int | None = strawberry.field(description="People who came in by a door and do not work there.")
    purchases: int | None = strawberry.field(description="Sales less those that were taken back.")
    rate: float | None = strawberry.field(
        description="Purchases for each one who came in. Above 1 where people buy twice, or came in before. Null "
        "where nobody came in."
    )
    coverage: float | None = strawberry.field(description="As in `quality`, of this period.")

    @classmethod
    def of(cls, came: traffic.Passage, sold: PeriodSold, coverage: float | None, *, seen: bool) -> Self:
        """Shape the answer; what is not known of one of both makes no rate."""
        entered = came.entered if seen or came.entered else None
        purchases = sum(each.sales - each.voids for each in sold.sold) if sold.is_known else None
        return cls(
            start=came.start,
            end=came.end,
            entered=entered,
            purchases=purchases,
            rate=purchases / entered if entered and purchases is not None else None,
            coverage=coverage,
        )


@strawberry.type(
    description="How many of those who came in bought. Null where no camera saw a door, or no till spoke.",
    directives=needs(Permission.READ),
)
class Conversion:
    """How many of those who came in bought, in a stretch of time."""

    scope: strawberry.Private[Scope]
    stretch: strawberry.Private[Stretch]
    entered: int | None = strawberry.field(description="People who came in by a door and do not work there.")
    purchases: int | None = strawberry.field(description="Sales less those that were taken back.")
    rate: float | None = strawberry.field(
        description="Purchases for each one who came in; null where nobody did, or one of both is not known."
    )
    quality: Quality = strawberry.field(description="How far these figures can be trusted.")

    @field("The range cut into periods; at most 1,500.")
    async def series(self, info: Asked, every: Every) -> list[ConversionPeriod] | None:
        """Return each period's conversion."""
        return await _conversion(info, Asking(self.scope, self.stretch, every))


async def _found(info: Asked, asking: Asking) -> Sequence[PeriodSold]:
    """Return what was sold in each period; each, and each channel and currency of one, is a row of the answer."""
    scope = asking.scope
    found = await info.context.ask_once(find_sales, scope.key, asking.cuts, scope.zone)
    info.context.charge(len(found) + sum(len(each.sold) for each in found))
    return found


async def _conversion(info: Asked, asking: Asking) -> list[ConversionPeriod]:
    scope, cameras = asking.scope, cameras_of_doors(asking.scope)
    came = await info.context.ask_once(traffic.find_passages, scope.key, asking.cuts, traffic.CUSTOMERS)
    sold = await _found(info, asking)
    watched = await asking.watched(info)
    rows = zip(came, sold, watched.coverage(cameras), watched.was_seen(cameras), strict=True)
    return [ConversionPeriod.of(who, what, coverage, seen=seen) for who, what, coverage, seen in rows]


def _totals(sold: Iterable[Sold]) -> list[SalesTotal]:
    ordered = sorted(sold, key=attrgetter("currency"))
    return [
        SalesTotal(currency=currency, amount=_plain(sum((each.total for each in some), Decimal())))
        for currency, some in groupby(ordered, attrgetter("currency"))
    ]


def _plain(amount: Decimal) -> str:
    """Write an amount whole, or with two decimals, or with as many more as it has."""
    whole, _, decimals = f"{amount:f}".partition(".")
    kept = decimals.rstrip("0")
    return f"{whole}.{kept.ljust(2, '0')}" if kept else whole


@strawberry.type
class SalesOfFigures(FiguresScope):
    """What one may ask of what was sold."""

    @field("What the tills sold.")
    async def sales(self, info: Asked) -> Sales | None:
        """Return what was sold."""
        asking = Asking(self.scope, self.stretch)
        (found,) = await _found(info, asking)
        total = SalesPeriod.of(found)
        by_channel = groupby(found.sold, attrgetter("channel"))
        return Sales(
            scope=self.scope,
            stretch=self.stretch,
            sales=total.sales,
            refunds=total.refunds,
            voids=total.voids,
            totals=total.totals,
            channels=[ChannelSales.of(channel, [*some]) for channel, some in by_channel],
            quality=asking.quality(info, None),
        )

    @field("How many of those who came in bought.")
    async def conversion(self, info: Asked) -> Conversion | None:
        """Return visitors beside purchases."""
        asking = Asking(self.scope, self.stretch)
        (total,) = await _conversion(info, asking)
        return Conversion(
            scope=self.scope,
            stretch=self.stretch,
            entered=total.entered,
            purchases=total.purchases,
            rate=total.rate,
            quality=asking.quality(info, total.coverage),
        )
