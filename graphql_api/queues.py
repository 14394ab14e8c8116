"""Queues of a store: how long they are, and how long people wait in them."""

from collections.abc import Sequence
from datetime import datetime, timedelta
from typing import Self

import strawberry

from graphql_api.arguments import Every
from graphql_api.context import Asked
from graphql_api.fields import field
from graphql_api.figures_scope import Asking, FiguresScope
from graphql_api.quality import Quality
from graphql_api.ranges import Stretch
from graphql_api.rules import needs
from graphql_api.store_scope import Scope, StoreScope
from graphql_api.tokens import Permission
from graphql_api.zones import Zone
from projections.read_models import queues
from projections.scope import Range

CHECKOUT = "checkout"


@strawberry.type(description="How long a line is now.", directives=needs(Permission.READ))
class Queue:
    """How long a line is now."""

    zone: Zone = strawberry.field(description="The checkout zone.")
    length: int | None = strawberry.field(
        description="People who stand in line; null where nobody knows, because nobody watches its camera any more."
    )
    since: datetime | None = strawberry.field(
        description="Since when it is so long; null where nobody ever stood there."
    )

    @classmethod
    def of(cls, scope: Scope, zone: str, row: queues.QueueNow | None) -> Self:
        """Shape the answer."""
        known = row is None or row.unconfirmed_since is None
        return cls(
            zone=Zone.of(scope, zone),
            length=None if not known else 0 if row is None else row.length,
            since=None if row is None else row.since,
        )


@strawberry.type(description="What the waits come to that ended in one period.", directives=needs(Permission.READ))
class QueuePeriod:
    """What the waits come to that ended in one period."""

    start: datetime = strawberry.field(description="Where the period begins.")
    end: datetime = strawberry.field(description="Where the next one begins.")
    served: int | None = strawberry.field(
        description="People who left as the first in line; null where nobody could know."
    )
    given_up: int | None = strawberry.field(
        description="People who left from behind others; null where nobody could know."
    )
    unknown: int | None = strawberry.field(
        description="People whom nobody saw leave, as who was lost from sight; null where nobody could know."
    )
    wait_median: timedelta | None = strawberry.field(
        name="waitMedianMs", description="Half of those served waited less until they were first; null without any."
    )
    wait_p90: timedelta | None = strawberry.field(
        name="waitP90Ms", description="Nine in ten of those served waited less; null without any."
    )
    coverage: float | None = strawberry.field(description="As in `quality`, of this period.")

    @classmethod
    def of(cls, waits: queues.Waits, coverage: float | None, *, seen: bool) -> Self:
        """Shape the answer; nothing counted by a camera that saw nothing is unknown, and no zero."""
        known = seen or waits.served + waits.given_up + waits.unknown > 0
        return cls(
            start=waits.start,
            end=waits.end,
            served=waits.served if known else None,
            given_up=waits.given_up if known else None,
            unknown=waits.unknown if known else None,
            wait_median=_length(waits.median_ms),
            wait_p90=_length(waits.p90_ms),
            coverage=coverage,
        )


def _length(milliseconds: float | None) -> timedelta | None:
    return None if milliseconds is None else timedelta(milliseconds=milliseconds)


@strawberry.type(
    description="What the waits come to that ended in one line in a stretch of time.", directives=needs(Permission.READ)
)
class QueueFigures:
    """What the waits come to that ended in one line in a stretch of time."""

    stretch: strawberry.Private[Stretch]
    zone: Zone = strawberry.field(description="The checkout zone.")
    total: QueuePeriod = strawberry.field(description="All of the range.")
    longest: int | None = strawberry.field(
        description="The most people that stood in line, of those times at which that changed; null without any."
    )
    quality: Quality = strawberry.field(description="How far these figures can be trusted.")

    @field("The range cut into periods, empty ones included; at most 1,500.")
    async def series(self, info: Asked, every: Every) -> list[QueuePeriod] | None:
        """Return what the waits of each period come to."""
        return await _counted(info, Asking(self.zone.scope, self.stretch, every), self.zone)


async def _counted(info: Asked, asking: Asking, zone: Zone) -> list[QueuePeriod]:
    found = await info.context.ask_once(queues.find_waits, asking.scope.key, asking.cuts)
    watched, cameras = await asking.watched(info), zone.camera_keys
    nobody = [queues.Waits(start=start, end=end) for start, end in zip(asking.cuts, asking.cuts[1:], strict=False)]
    rows = zip(found.get(zone.key, nobody), watched.coverage(cameras), watched.was_seen(cameras), strict=True)
    return [QueuePeriod.of(waits, coverage, seen=seen) for waits, coverage, seen in rows]


def _checkouts(scope: Scope) -> Sequence[str]:
    return sorted(each.id for each in scope.store.layout.zone if each.kind == CHECKOUT)


@strawberry.type
class QueuesOfStore(StoreScope):
    """What one may ask of a store's lines."""

    @field("How long the line in each checkout zone of its layout is now, by the zones' keys.")
    async def queues(self, info: Asked) -> list[Queue] | None:
        """Return lines."""
        found = await info.context.ask_once(queues.find_queues_now, self.scope.key)
        return [Queue.of(self.scope, zone, found.get(zone)) for zone in _checkouts(self.scope)]


@strawberry.type
class QueuesOfFigures(FiguresScope):
    """What one may ask of who stood in a store's lines."""

    @field("The waits that ended in each checkout zone of the layout, by the zones' keys.")
    async def queues(self, info: Asked) -> list[QueueFigures] | None:
        """Return what the waits in each line come to."""
        asking = Asking(self.scope, self.stretch)
        within = Range(self.stretch.start, self.stretch.end)
        longest = await info.context.ask_once(queues.find_longest, self.scope.key, within)
        figures = []
        for zone in (Zone.of(self.scope, key) for key in _checkouts(self.scope)):
            (total,) = await _counted(info, asking, zone)
            figures.append(
                QueueFigures(
                    stretch=self.stretch,
                    zone=zone,
                    total=total,
                    longest=longest.get(zone.key),
                    quality=asking.quality(info, total.coverage),
                )
            )
        return figures
