"""How many people are inside a store."""

from datetime import datetime
from typing import Self

import strawberry

from graphql_api.rules import needs
from graphql_api.tokens import Permission
from projections.read_models import occupancy


@strawberry.type(
    description="How many people were inside during one period, counted by the doors. The count starts at nobody with "
    "each day of the store.",
    directives=needs(Permission.READ),
)
class Occupancy:
    """How many people were inside during one period."""

    start: datetime = strawberry.field(description="Where the period begins.")
    end: datetime = strawberry.field(description="Where the next one begins.")
    inside: int = strawberry.field(description="People inside at the period's end.")
    peak: int = strawberry.field(description="Most people inside at one moment of the period.")

    @classmethod
    def of(cls, inside: occupancy.Inside) -> Self:
        """Shape the answer."""
        return cls(start=inside.start, end=inside.end, inside=inside.inside, peak=inside.peak)
