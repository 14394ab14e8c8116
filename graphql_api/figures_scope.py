"""What every subject's figures know: whose they are, and of which stretch of time."""

from datetime import datetime
from typing import Self

import strawberry

from graphql_api.context import Asked
from graphql_api.quality import Quality, Watched
from graphql_api.ranges import Period, Stretch
from graphql_api.staleness import Staleness
from graphql_api.store_scope import Scope
from projections.read_models.coverage_periods import find_watched


@strawberry.type
class FiguresScope:
    """A store and a stretch of time; each subject derives its figures from it, and `Figures` from all of them."""

    scope: strawberry.Private[Scope]
    stretch: strawberry.Private[Stretch]
    start: datetime = strawberry.field(description="Where the range begins.")
    end: datetime = strawberry.field(description="The first moment after the range.")

    @classmethod
    def of(cls, scope: Scope, stretch: Stretch) -> Self:
        """Return the figures of a stretch; nothing is asked yet."""
        return cls(scope=scope, stretch=stretch, start=stretch.start, end=stretch.end)


class Asking:
    """One store's figures by the periods of a stretch, or by none: each subject's question is asked once."""

    def __init__(self, scope: Scope, stretch: Stretch, period: Period | None = None) -> None:
        self.scope = scope
        self.stretch = stretch
        self.cuts = stretch.cuts(period)

    async def watched(self, info: Asked) -> Watched:
        """Return how long each camera watched in each period; each of those is a row of the answer."""
        info.context.charge(len(self.cuts) - 1)
        cameras = await info.context.ask_once(find_watched, self.scope.key, self.cuts)
        return Watched(self.cuts, cameras, self.scope.now)

    def quality(self, info: Asked, coverage: float | None) -> Quality:
        """Return how far figures of this coverage can be trusted."""
        return Quality(staleness=Staleness(info.context, self.scope.key), coverage=coverage)
