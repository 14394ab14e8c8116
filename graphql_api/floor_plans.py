"""The layout of a store that is in force: everything that a floor plan shows."""

from datetime import datetime

import strawberry

from graphql_api.cameras import Camera, camera_of
from graphql_api.context import Asked
from graphql_api.doors import Door
from graphql_api.fields import field
from graphql_api.fixtures import Fixture
from graphql_api.lines import Line, lines_of
from graphql_api.rules import needs
from graphql_api.shelves import Product, Shelf
from graphql_api.store_scope import StoreScope
from graphql_api.tokens import Permission
from graphql_api.words import Checkout
from graphql_api.zones import Zone, zones_of


@strawberry.type(description="How large a floor is.", directives=needs(Permission.READ))
class FloorSize:
    """How large a floor is."""

    width_m: float = strawberry.field(description="In metres.")
    depth_m: float = strawberry.field(description="In metres.")


@strawberry.type(
    description="The layout of a store that is in force. The digest is its version.", directives=needs(Permission.READ)
)
class Layout(StoreScope):
    """The layout of a store that is in force."""

    digest: str = strawberry.field(description="SHA-256 of the layout.")
    valid_from: datetime = strawberry.field(description="When it came into force.")
    published_at: datetime = strawberry.field(description="When it was published.")
    floor: FloorSize | None = strawberry.field(description="How large the floor is; null where nobody said.")
    checkout: Checkout = strawberry.field(description="How people pay.")

    @field("Its cameras, by their keys.")
    async def cameras(self, info: Asked) -> list[Camera] | None:
        """Return the cameras that the layout names."""
        keys = sorted(each.id for each in self.scope.store.layout.camera)
        found = [await camera_of(info, self.scope, key) for key in keys]
        return [each for each in found if each is not None]

    @field("Its doors, by their keys.")
    def doors(self) -> list[Door]:
        """Return the doors."""
        return [Door.of(self.scope, key) for key in sorted(each.id for each in self.scope.store.layout.door)]

    @field("Its lines, by their keys.")
    def lines(self) -> list[Line]:
        """Return the lines."""
        return lines_of(self.scope)

    @field("Its zones, by their keys.")
    def zones(self) -> list[Zone]:
        """Return the zones."""
        return zones_of(self.scope)

    @field("Its furniture, by key.")
    def fixtures(self) -> list[Fixture]:
        """Return the furniture."""
        return [Fixture.of(self.scope, key) for key in sorted(each.id for each in self.scope.store.layout.fixture)]

    @field("Its shelves, by their keys.")
    def shelves(self) -> list[Shelf]:
        """Return the shelves."""
        return [Shelf.of(self.scope, key) for key in sorted(each.id for each in self.scope.store.layout.shelf)]

    @field("Its products, by stock-keeping unit.")
    def products(self) -> list[Product]:
        """Return the products."""
        return [Product.of(self.scope, key) for key in sorted(each.sku for each in self.scope.store.layout.product)]


@strawberry.type
class LayoutOfStore(StoreScope):
    """What one may ask of how a store is laid out."""

    @field("Its layout that is in force.")
    def layout(self) -> Layout:
        """Return the layout."""
        store = self.scope.store
        floor = store.layout.store.floor
        return Layout(
            scope=self.scope,
            digest=store.layout_digest,
            valid_from=store.valid_from,
            published_at=store.published_at,
            floor=None if floor is None else FloorSize(width_m=floor[0], depth_m=floor[1]),
            checkout=Checkout(store.layout.store.checkout),
        )
