"""Lines of a store, and who crossed them."""

from datetime import datetime
from typing import Self

import strawberry

from graphql_api.rules import needs
from graphql_api.staleness import MayBeStale, Staleness
from graphql_api.tokens import Permission
from projections.read_models import lines


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
