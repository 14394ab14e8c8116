"""Shelves of a store, their facings, and the products that belong there."""

from datetime import timedelta
from typing import Self

import strawberry

from event_store.layout import model
from graphql_api.cameras import Camera, camera_of
from graphql_api.context import Asked
from graphql_api.fields import field
from graphql_api.fixtures import Fixture
from graphql_api.ids import id_of
from graphql_api.nodes import Place
from graphql_api.rules import needs
from graphql_api.shapes import Point
from graphql_api.store_scope import Scope
from graphql_api.tokens import Permission


@strawberry.type(description="A product of the store's layout.", directives=needs(Permission.READ))
class Product(Place):
    """A product; its key is its stock-keeping unit."""

    gtin: str | None = strawberry.field(description="Global trade item number.")
    category: str | None = strawberry.field(description="What kind of product it is.")
    price: str | None = strawberry.field(description="What it costs, in the store's currency.")

    @classmethod
    def of(cls, scope: Scope, key: str) -> Self:
        """Shape the product of a stock-keeping unit, whether or not the layout still has it."""
        return scope.once("product", key, lambda product: cls._of(scope, key, product))

    @classmethod
    def _of(cls, scope: Scope, key: str, product: model.Product | None) -> Self:
        return cls(
            scope=scope,
            id=id_of(scope.key, "product", key),
            key=key,
            name=key if product is None else product.name,
            gtin=None if product is None else product.gtin,
            category=None if product is None else product.category,
            price=None if product is None else product.price,
        )


@strawberry.type(description="One place for one product on a shelf.", directives=needs(Permission.READ))
class Facing:
    """One place for one product on a shelf."""

    slot: int = strawberry.field(description="Its number on the shelf.")
    polygon: list[Point] = strawberry.field(description="Where it is in the camera's picture.")
    product: Product | None = strawberry.field(description="What belongs there.")
    capacity: int | None = strawberry.field(description="Pieces that fit.")
    patience: timedelta = strawberry.field(name="patienceMs", description="Empty for longer than this is a fact.")

    @classmethod
    def of(cls, scope: Scope, facing: model.Facing) -> Self:
        """Shape the answer."""
        return cls(
            slot=facing.slot,
            polygon=[*map(Point.of, facing.polygon)],
            product=None if facing.sku is None else Product.of(scope, facing.sku),
            capacity=facing.capacity,
            patience=timedelta(seconds=facing.patience_s),
        )


@strawberry.type(description="Where the price label of a slot is.", directives=needs(Permission.READ))
class ShelfLabel:
    """Where the price label of a slot is."""

    slot: int = strawberry.field(description="The slot that it is for.")
    polygon: list[Point] = strawberry.field(description="Where it is in the camera's picture.")


@strawberry.type(description="One shelf board in one camera's picture.", directives=needs(Permission.READ))
class Shelf(Place):
    """A shelf of a store."""

    fixture: Fixture | None = strawberry.field(description="The furniture that it is in.")
    level: int | None = strawberry.field(description="Which board of the furniture it is.")
    facings: list[Facing] = strawberry.field(description="Its places for products, as the layout lists them.")
    labels: list[ShelfLabel] = strawberry.field(description="Its price labels, as the layout lists them.")
    camera_key: strawberry.Private[str | None]

    @field("The camera that sees it; null once the layout has dropped the shelf.")
    async def camera(self, info: Asked) -> Camera | None:
        """Return the shelf's camera."""
        return await camera_of(info, self.scope, self.camera_key)

    @classmethod
    def of(cls, scope: Scope, key: str) -> Self:
        """Shape the shelf of a key, whether or not the layout still has it."""
        return scope.once("shelf", key, lambda shelf: cls._of(scope, key, shelf))

    @classmethod
    def _of(cls, scope: Scope, key: str, shelf: model.Shelf | None) -> Self:
        labels = [] if shelf is None else shelf.label
        return cls(
            scope=scope,
            id=id_of(scope.key, "shelf", key),
            key=key,
            name=key if shelf is None else shelf.id,
            fixture=Fixture.of(scope, shelf.fixture) if shelf and shelf.fixture else None,
            level=None if shelf is None else shelf.level,
            facings=[] if shelf is None else [Facing.of(scope, each) for each in shelf.facing],
            labels=[ShelfLabel(slot=each.slot, polygon=[*map(Point.of, each.polygon)]) for each in labels],
            camera_key=None if shelf is None else shelf.camera,
        )
