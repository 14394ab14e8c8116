"""Lines of a store, and who crossed them."""

from datetime import datetime
from typing import Self

import strawberry

from graphql_api.arguments import After, End, First, From, Start, To
from graphql_api.connections import FIRST, Connection, Order
from graphql_api.context import Asked
from graphql_api.fields import field
from graphql_api.ranges import Period, between, cuts
from graphql_api.rules import needs
from graphql_api.staleness import MayBeStale, Staleness
from graphql_api.store_scope import StoreScope
from graphql_api.tokens import Permission
from projections.read_models import lines

BY_LINE: Order[tuple[str]] = Order(tuple[str], "line_id")


@strawberry.type(
    description="How often a line was crossed in the range that was asked for.", directives=needs(Permission.READ)
)
class Line(MayBeStale):
    """A line and its crossings."""

    id: strawberry.ID = strawberry.field(description="Its id in the layout.")
    name: str | None = strawberry.field(description="Null once the layout has dropped it.")
    camera_id: strawberry.ID | None = strawberry.field(description="The camera that sees it.")
    inward: int = strawberry.field(name="in", description="Crossings to the side that the layout calls inside.")
    outward: int = strawberry.field(name="out", description="Crossings the other way.")

    @classmethod
    def of(cls, line: lines.LineCount, staleness: Staleness) -> Self:
        """Shape the answer."""
        return cls(
            staleness=staleness,
            about=None,
            id=strawberry.ID(line.line_id),
            name=line.name,
            camera_id=None if line.camera_id is None else strawberry.ID(line.camera_id),
            inward=line.inward,
            outward=line.outward,
        )


@strawberry.type(description="How often a line was crossed in one period.", directives=needs(Permission.READ))
class LineCrossings:
    """How often a line was crossed in one period."""

    start: datetime = strawberry.field(description="Where the period begins.")
    end: datetime = strawberry.field(description="Where the next one begins.")
    inward: int = strawberry.field(name="in", description="Crossings to the side that the layout calls inside.")
    outward: int = strawberry.field(name="out", description="Crossings the other way.")

    @classmethod
    def of(cls, crossings: lines.Crossings) -> Self:
        """Shape the answer."""
        return cls(start=crossings.start, end=crossings.end, inward=crossings.inward, outward=crossings.outward)


@strawberry.type
class LinesOfStore(StoreScope):
    """What one may ask of a store's lines."""

    @field("Its lines by id, with their crossings in the range, which is cut at whole minutes.")
    async def lines(
        self, info: Asked, start: From = None, end: To = None, first: First = FIRST, after: After = None
    ) -> Connection[Line]:
        """Return the lines of the layout, and others that were crossed."""
        request = BY_LINE.request(first, after)
        rows = await info.context.ask(lines.find_line_counts, self.key, between(start, end), request.page)
        stale = Staleness(info.context, self.key)
        return Connection[Line].of(rows, request, lambda row: Line.of(row, stale))

    @field("One line's crossings by period, empty ones included; at most 1,500.")
    async def line_crossings(
        self, info: Asked, line: strawberry.ID, start: Start, end: End, period: Period
    ) -> list[LineCrossings]:
        """Return a line's crossings by period."""
        bounds = cuts(period, between(start, end), self.zone)
        rows = await info.context.ask(lines.find_crossings, self.key, str(line), bounds)
        return [LineCrossings.of(row) for row in rows]
