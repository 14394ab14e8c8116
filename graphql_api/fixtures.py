"""Furniture of a store."""

from typing import Self

import strawberry

from event_store.layout import model
from graphql_api.ids import id_of
from graphql_api.nodes import Place
from graphql_api.rules import needs
from graphql_api.shapes import Point, polygon
from graphql_api.store_scope import Scope
from graphql_api.tokens import Permission


@strawberry.type(description="Furniture on the floor plan.", directives=needs(Permission.READ))
class Fixture(Place):
    """A fixture of a store."""

    kind: str | None = strawberry.field(description="What it is, in the layout's own word: gondola, fridge, counter.")
    floor_polygon: list[Point] | None = strawberry.field(description="Where it is on the floor, in metres.")
    height_m: float | None = strawberry.field(description="How high it is, in metres.")

    @classmethod
    def of(cls, scope: Scope, key: str) -> Self:
        """Shape the fixture of a key, whether or not the layout still has it."""
        return scope.once("fixture", key, lambda fixture: cls._of(scope, key, fixture))

    @classmethod
    def _of(cls, scope: Scope, key: str, fixture: model.Fixture | None) -> Self:
        return cls(
            scope=scope,
            id=id_of(scope.key, "fixture", key),
            key=key,
            name=key if fixture is None else fixture.id,
            kind=None if fixture is None else fixture.kind,
            floor_polygon=polygon(None if fixture is None else fixture.floor_polygon),
            height_m=None if fixture is None else fixture.height_m,
        )
