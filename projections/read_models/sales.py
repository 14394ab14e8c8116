"""Sales: how many there were, what they came to, and where they were paid."""

from collections.abc import Sequence
from datetime import datetime
from decimal import Decimal
from itertools import pairwise
from typing import ClassVar
from zoneinfo import ZoneInfo

import msgspec
from sqlalchemy import Column, DateTime, Integer, Numeric, Table, Text, func, select
from sqlalchemy.ext.asyncio import AsyncConnection

from event_store.envelope import RecordedEvent
from event_store.events.sales import SaleRecorded
from projections.folding.projection import EventClasses, Projection, Row, Rows
from projections.read_models.periods import DAY, MINUTE, QUARTER, Grain, buckets_of, grain_of, starts_of_days
from projections.scope import Range, StoreKey
from projections.tables.read_model import read_model

SALES = read_model(
    "sales",
    1,
    Column("grain", Text, primary_key=True),
    Column("start", DateTime(timezone=True), primary_key=True),
    Column("channel", Text, primary_key=True),
    Column("currency", Text, primary_key=True),
    Column("sales", Integer, nullable=False),
    Column("refunds", Integer, nullable=False),
    Column("voids", Integer, nullable=False),
    Column("ten_thousandths", Numeric(38, 0), nullable=False),
)

PARTS = 10_000
"""An amount has at most four decimals, so it is a whole number of these parts: sums are exact."""


MOST_SOLD = 20_000
"""Channels and currencies of all periods together, beyond which no answer is given."""


class SalesRow(Row, frozen=True, kw_only=True):
    """What was sold; what refunds and voids gave back is taken from the total."""

    sales: int = 0
    refunds: int = 0
    voids: int = 0
    ten_thousandths: int = 0


class Sales(Projection[SalesRow]):
    """One row for each minute, and one for each quarter-hour, in UTC, by channel and currency, in which a till sold.

    A sale counts when it was closed, however late it is recorded. Counts add up, so facts may come in any order.
    """

    table: ClassVar[Table] = SALES
    facts: ClassVar[EventClasses] = frozenset({SaleRecorded})
    row = SalesRow

    def fold(self, rows: Rows[SalesRow], recorded: RecordedEvent) -> None:
        """Count a sale, a refund or what takes a sale back."""
        match recorded.event:
            case SaleRecorded() as sale:
                parts = int(Decimal(sale.total) * PARTS)
                is_void = sale.voided_sale_id is not None
                is_refund = not is_void and parts < 0
                for grain in Grain:
                    key = (grain, grain.start(sale.time), sale.channel, sale.currency)
                    row = rows.get(key) or SalesRow()
                    rows[key] = SalesRow(
                        sales=row.sales + (not is_void and not is_refund),
                        refunds=row.refunds + is_refund,
                        voids=row.voids + is_void,
                        ten_thousandths=row.ten_thousandths + parts,
                    )


class Sold(msgspec.Struct, frozen=True, kw_only=True):
    """What was sold in one period by one channel and in one currency."""

    channel: str
    currency: str
    sales: int
    refunds: int
    voids: int
    total: Decimal


class SalesPeriod(msgspec.Struct, frozen=True, kw_only=True):
    """What was sold from `start` up to `end`."""

    start: datetime
    end: datetime
    sold: Sequence[Sold]
    is_known: bool
    """Whether a till spoke: it sold in the period, or before and after it on one day of the store."""


async def find_sales(
    connection: AsyncConnection, store: StoreKey, cuts: Sequence[datetime], zone: ZoneInfo
) -> Sequence[SalesPeriod]:
    """Return what was sold between each two of the cuts, which are whole minutes in ascending order."""
    bucket, columns = buckets_of(SALES.c.start, cuts), SALES.c
    counts = [func.sum(columns[name]) for name in SalesRow.__struct_fields__]
    statement = (
        select(bucket, columns.channel, columns.currency, *counts)
        .where(store.of(SALES), columns.grain == grain_of(cuts), Range(cuts[0], cuts[-1]).holds(columns.start))
        .group_by(bucket, columns.channel, columns.currency)
        .order_by(bucket, columns.channel, columns.currency)
        .limit(MOST_SOLD + 1)
    )
    found: dict[int, list[Sold]] = {}
    for number, channel, currency, sales, refunds, voids, parts in await connection.execute(statement):
        total = Decimal(int(parts)).scaleb(-4)
        found.setdefault(number, []).append(
            Sold(channel=channel, currency=currency, sales=sales, refunds=refunds, voids=voids, total=total)
        )
    spans = await _spans(connection, store, cuts, zone) if len(found) < len(cuts) - 1 else []
    return [
        SalesPeriod(
            start=start,
            end=end,
            sold=found.get(number, ()),
            is_known=number in found or any(first < start and end <= last for first, last in spans),
        )
        for number, (start, end) in enumerate(pairwise(cuts), start=1)
    ]


async def _spans(
    connection: AsyncConnection, store: StoreKey, cuts: Sequence[datetime], zone: ZoneInfo
) -> list[tuple[datetime, datetime]]:
    """Return from when to when tills sold on each day of the store that the cuts touch."""
    grain = grain_of(cuts)
    days = starts_of_days(cuts[0], cuts[-1] + DAY + DAY, zone)
    bucket, length = buckets_of(SALES.c.start, days), QUARTER if grain is Grain.QUARTER else MINUTE
    statement = (
        select(func.min(SALES.c.start), func.max(SALES.c.start))
        .where(store.of(SALES), SALES.c.grain == grain, Range(days[0], days[-1]).holds(SALES.c.start))
        .group_by(bucket)
    )
    return [(first, last + length) for first, last in await connection.execute(statement)]
