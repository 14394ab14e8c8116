"""Points and polygons of the layout."""

from collections.abc import Sequence
from typing import Self

import strawberry

from graphql_api.rules import needs
from graphql_api.tokens import Permission


@strawberry.type(
    description="A point: fractions of a picture's width and height from its top left corner, or metres on the floor.",
    directives=needs(Permission.READ),
)
class Point:
    """A point in a picture or on the floor."""

    x: float = strawberry.field(description="To the right.")
    y: float = strawberry.field(description="Down the picture, or into the depth of the floor.")

    @classmethod
    def of(cls, point: tuple[float, float]) -> Self:
        """Shape the answer."""
        return cls(x=point[0], y=point[1])


def polygon(points: Sequence[tuple[float, float]] | None) -> list[Point] | None:
    """Return the corners of a polygon, null where there is none."""
    return None if points is None else [Point.of(each) for each in points]
