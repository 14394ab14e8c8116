"""Which position an answer reflects, and how far behind the record it is."""

from collections.abc import Sequence
from datetime import UTC, datetime, timedelta
from typing import Self

import strawberry

from event_store.envelope import Position
from event_store.log_ends import Ends
from event_store.partitions import partition_of
from graphql_api.context import Asked
from graphql_api.fields import field
from graphql_api.rules import needs
from graphql_api.scalars import Long
from graphql_api.store_scope import StoreScope
from graphql_api.tokens import Permission
from projections.positions import Reached, find_reached, taken_of

NOW = timedelta()


@strawberry.type(
    description="Which position of a partition the answer reflects, and how far behind the record that is.",
    directives=needs(Permission.READ),
)
class Freshness:
    """Which position of a partition the answer reflects."""

    position: Position | None = strawberry.field(
        description="The last fact that the answer reflects; null while the partition has had none."
    )
    next_position: Position = strawberry.field(description="The first position that the answer does not reflect.")
    lag_records: Long | None = strawberry.field(
        description="How many records of the partition wait to be projected; null while Kafka does not say."
    )
    lag: timedelta = strawberry.field(
        name="lagMs",
        description="At most how old what the answer reflects is: 0 when nothing waits, otherwise how long the oldest "
        "record has waited. While Kafka does not answer, how long nobody knows whether anything waits.",
    )
    log_end_seen_at: datetime = strawberry.field(description="When the log's end was known last.")
    stopped: str | None = strawberry.field(description="Why the projector goes no further; null while it does.")

    @classmethod
    def of(cls, reached: Reached, ends: Ends | None, seen_at: datetime | None) -> Self:
        """Compare a partition with its log's end as Kafka tells it; `seen_at` is when it last did."""
        log_end = None if ends is None else ends.offsets.get(reached.partition, reached.log_end)
        waiting = None if log_end is None else max(0, log_end - reached.next_offset)
        known_at = max(reached.updated_at, seen_at or reached.updated_at)
        since = known_at if waiting is None else reached.last_recorded_at or reached.updated_at
        here = Position(topic=reached.topic, partition=reached.partition, offset=reached.next_offset)
        last = Position(topic=here.topic, partition=here.partition, offset=here.offset - 1)
        return cls(
            position=last if here.offset else None,
            next_position=here,
            lag_records=None if waiting is None else Long(waiting),
            lag=NOW if waiting == 0 else max(NOW, datetime.now(UTC) - since),
            log_end_seen_at=known_at if ends is None else ends.at,
            stopped=reached.stopped,
        )


async def freshness(info: Asked, partition: int | None = None) -> Sequence[Freshness]:
    """Return how fresh the operation's snapshot is, by partition."""
    services = info.context.services
    reached = await info.context.ask(find_reached, services.topic, partition)
    ends = await services.log_ends.find(taken_of(reached))
    return [Freshness.of(each, ends, services.log_ends.seen_at) for each in reached]


@strawberry.type(description="Questions about the answers themselves.")
class FreshnessQuery:
    """Questions about the answers themselves."""

    @field(
        "The positions that this operation's answers reflect, one for each partition that was projected.",
        Permission.READ,
    )
    async def freshness(self, info: Asked) -> list[Freshness] | None:
        """Return how fresh the operation's snapshot is."""
        return list(await freshness(info))


@strawberry.type
class FreshnessOfStore(StoreScope):
    """How far the answers about a store have got."""

    @field("The position that answers about this store reflect; null before its first fact.")
    async def freshness(self, info: Asked) -> Freshness | None:
        """Return how fresh the answers are."""
        partition = partition_of(
            f"{self.scope.key.organisation}/{self.scope.key.store}", info.context.services.partitions
        )
        return next(iter(await freshness(info, partition)), None)
