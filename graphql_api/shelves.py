"""Shelves of a store, their facings, and the products that belong there."""

from datetime import datetime, timedelta
from enum import Enum
from typing import Annotated, Self

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
from graphql_api.staleness import MayBeStale, Staleness
from graphql_api.store_scope import Scope, StoreScope, demand_place
from graphql_api.tokens import Permission
from graphql_api.words import word
from projections.read_models import shelves
from projections.scope import Page

MOST_FACINGS = 2_000


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


@strawberry.enum(description="What is in a facing.")
class FacingState(Enum):
    """What is in a facing."""

    EMPTY = strawberry.enum_value("empty", description="Nothing.")
    LOW = strawberry.enum_value("low", description="Much less than there has been.")
    FULL = strawberry.enum_value("full", description="Product.")
    HIDDEN = strawberry.enum_value("hidden", description="Nobody could see it for a while; that is never a gap.")


@strawberry.type(
    description="What is in the place of one product on a shelf, as it was seen last.",
    directives=needs(Permission.READ),
)
class ShelfState(MayBeStale):
    """What is in a facing."""

    shelf: Shelf = strawberry.field(description="The shelf.")
    slot: int = strawberry.field(description="The facing's number on the shelf.")
    product: Product | None = strawberry.field(description="What belongs there.")
    state: FacingState = strawberry.field(description="What is in it.")
    count: int | None = strawberry.field(description="Pieces in sight; null where they cannot be told apart.")
    confidence: float = strawberry.field(description="How sure that is, 0 to 1.")
    since: datetime = strawberry.field(description="When it came into that state, as far as is known.")
    seen_at: datetime = strawberry.field(description="When that was told last; every ten minutes while it is in sight.")
    empty_since: datetime | None = strawberry.field(
        description="Since when it has been empty, once that has lasted for the layout's patience; null without a gap."
    )

    @classmethod
    def of(cls, scope: Scope, row: shelves.Facing, staleness: Staleness) -> Self:
        """Shape the answer."""
        return cls(
            staleness=staleness,
            about=_subject(row),
            shelf=Shelf.of(scope, row.shelf_id),
            slot=row.slot,
            product=None if row.sku is None else Product.of(scope, row.sku),
            state=FacingState(row.state),
            count=row.count,
            confidence=row.confidence,
            since=row.since,
            seen_at=row.seen_at,
            empty_since=row.empty_since,
        )


def _subject(row: shelves.Facing) -> str:
    return f"facing/{row.shelf_id}/{row.slot}"


InState = Annotated[FacingState | None, strawberry.argument(description="Only facings in this state.")]
OfShelf = Annotated[strawberry.ID | None, strawberry.argument(description="Only facings of this shelf.")]


@strawberry.type
class ShelvesOfStore(StoreScope):
    """What one may ask of a store's shelves."""

    @field("What is in the facings that were ever looked at, by shelf and slot; at most 2,000.")
    async def shelf_states(self, info: Asked, state: InState = None, shelf: OfShelf = None) -> list[ShelfState] | None:
        """Return what is in facings now."""
        shelf_id = shelf and await demand_place(info, self.scope, "shelf", shelf)
        page = Page[shelves.FacingKey](MOST_FACINGS)
        rows = await info.context.ask(shelves.find_facings, self.scope.key, page, state=word(state), shelf_id=shelf_id)
        stale = Staleness(info.context, self.scope.key, map(_subject, rows))
        return [ShelfState.of(self.scope, row, stale) for row in rows]
