"""How many people came and went."""

from datetime import datetime
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
from projections.read_models import traffic
from projections.scope import Range


@strawberry.type(
    description="The minute in which most people came in, the first of several.", directives=needs(Permission.READ)
)
class BusiestMinute:
    """The minute in which most people came in."""

    start: datetime = strawberry.field(description="Where the minute begins.")
    entered: int = strawberry.field(description="People who came in by a door.")
    left: int = strawberry.field(description="People who left by a door.")

    @classmethod
    def of(cls, passage: traffic.Passage) -> Self:
        """Shape the answer."""
        return cls(start=passage.start, entered=passage.entered, left=passage.left)


@strawberry.type(description="How many people came and went in one period.", directives=needs(Permission.READ))
class TrafficPeriod:
    """How many people came and went in one period."""

    start: datetime = strawberry.field(description="Where the period begins.")
    end: datetime = strawberry.field(description="Where the next one begins.")
    entered: int | None = strawberry.field(description="People who came in by a door; null where nobody could know.")
    left: int | None = strawberry.field(description="People who left by a door; null where nobody could know.")
    coverage: float | None = strawberry.field(description="As in `quality`, of this period.")

    @classmethod
    def of(cls, passage: traffic.Passage, coverage: float | None, *, seen: bool) -> Self:
        """Shape the answer; nothing counted by cameras that saw nothing is unknown, and no zero."""
        known = seen or passage.entered or passage.left
        return cls(
            start=passage.start,
            end=passage.end,
            entered=passage.entered if known else None,
            left=passage.left if known else None,
            coverage=coverage,
        )


@strawberry.type(
    description="How many people came and went. Null where no camera that sees a door delivered anything, "
    "as in the future.",
    directives=needs(Permission.READ),
)
class Traffic:
    """How many people came and went in a stretch of time."""

    scope: strawberry.Private[Scope]
    stretch: strawberry.Private[Stretch]
    entered: int | None = strawberry.field(description="People who came in by a door.")
    left: int | None = strawberry.field(
        description="People who left by a door, those whose coming nobody saw included; who was lost has not left."
    )
    quality: Quality = strawberry.field(description="How far these figures can be trusted.")

    @field("The minute in which most people came in, the first of several; null without any.")
    async def busiest_minute(self, info: Asked) -> BusiestMinute | None:
        """Return the busiest minute."""
        within = Range(self.stretch.start, self.stretch.end)
        passage = await info.context.ask_once(traffic.find_busiest_minute, self.scope.key, within)
        return None if passage is None else BusiestMinute.of(passage)

    @field("The range cut into periods, empty ones included; at most 1,500.")
    async def series(self, info: Asked, every: Every) -> list[TrafficPeriod] | None:
        """Return the counts of each period."""
        asking, cameras = Asking(self.scope, self.stretch, every), cameras_of_doors(self.scope)
        passages = await info.context.ask_once(traffic.find_passages, self.scope.key, asking.cuts)
        watched = await asking.watched(info)
        rows = zip(passages, watched.coverage(cameras), watched.was_seen(cameras), strict=True)
        return [TrafficPeriod.of(passage, coverage, seen=seen) for passage, coverage, seen in rows]


@strawberry.type
class TrafficOfFigures(FiguresScope):
    """What one may ask of who came to a store and went."""

    @field("How many people came and went by the doors.")
    async def traffic(self, info: Asked) -> Traffic | None:
        """Return counts of the doors."""
        asking, cameras = Asking(self.scope, self.stretch), cameras_of_doors(self.scope)
        (passage,) = await info.context.ask_once(traffic.find_passages, self.scope.key, asking.cuts)
        watched = await asking.watched(info)
        (coverage,), (seen,) = watched.coverage(cameras), watched.was_seen(cameras)
        counted = TrafficPeriod.of(passage, coverage, seen=seen)
        return Traffic(
            scope=self.scope,
            stretch=self.stretch,
            entered=counted.entered,
            left=counted.left,
            quality=asking.quality(info, coverage),
        )
