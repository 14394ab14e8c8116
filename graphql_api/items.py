"""Items of a store: what was taken from its facings and put back."""

from collections.abc import Sequence
from datetime import datetime
from enum import Enum
from functools import partial
from typing import Annotated, Self

import strawberry

from graphql_api.arguments import After, Before, First, Last
from graphql_api.connections import FIRST, MOST_COUNTED, Connection, SortKey
from graphql_api.context import Asked
from graphql_api.fields import field
from graphql_api.ids import key_of
from graphql_api.ranges import RangeInput, range_of
from graphql_api.rules import needs
from graphql_api.shelves import Product, Shelf
from graphql_api.staleness import MayBeStale, Staleness
from graphql_api.store_scope import Scope, StoreScope, demand_place
from graphql_api.tokens import Permission
from graphql_api.visits import Visit, visit_of
from graphql_api.words import TimeOrder, word
from projections.read_models import items

ITEMS: SortKey[items.ItemKey] = SortKey("items", items.ItemKey, "moved_at", "shelf_id", "slot", "movement")


@strawberry.enum(description="Whether an item was taken or put back.")
class Movement(Enum):
    """Whether an item was taken or put back."""

    PICKED = strawberry.enum_value("picked", description="It was taken from the facing.")
    RETURNED = strawberry.enum_value("returned", description="It was taken before, and came to the facing.")


@strawberry.type(
    description="An item that was taken from a facing, or put back into one.", directives=needs(Permission.READ)
)
class ItemMovement(MayBeStale):
    """An item that was taken or put back."""

    scope: strawberry.Private[Scope]
    page: strawberry.Private[tuple[str, ...]]
    """The visits of the page that it is on: they are asked for together."""
    visit_id: strawberry.Private[str | None]
    movement: Movement = strawberry.field(description="Whether it was taken or put back.")
    moved_at: datetime = strawberry.field(description="When it was first seen to be gone, or there.")
    shelf: Shelf = strawberry.field(description="The shelf.")
    slot: int = strawberry.field(description="The facing's number on the shelf.")
    product: Product | None = strawberry.field(description="What it is held to be: what belongs where it was taken.")
    track_id: str | None = strawberry.field(
        description="The person as one camera followed them; null where nobody, or more than one, was at the facing."
    )
    count: int | None = strawberry.field(description="Pieces in sight after it; null where they cannot be told apart.")
    misplaced: bool = strawberry.field(description="Whether it came to another facing than it was taken from.")
    confidence: float = strawberry.field(description="How sure that is, 0 to 1.")

    @field("The visit; null where it is not known.")
    async def visit(self, info: Asked) -> Visit | None:
        """Return the visit of who moved it."""
        return None if self.visit_id is None else await visit_of(info, self.scope, self.visit_id, self.page)

    @classmethod
    def shape(cls, info: Asked, scope: Scope, rows: Sequence[items.Item]) -> list[Self]:
        """Shape the items of a page."""
        page = tuple(sorted({row.visit_id for row in rows if row.visit_id is not None}))
        stale = Staleness(info.context, scope.key, map(_subject, rows))
        return [cls._of(scope, row, page, stale) for row in rows]

    @classmethod
    def _of(cls, scope: Scope, row: items.Item, page: tuple[str, ...], stale: Staleness) -> Self:
        return cls(
            scope=scope,
            page=page,
            visit_id=row.visit_id,
            staleness=stale,
            about=_subject(row),
            movement=Movement(row.movement),
            moved_at=row.moved_at,
            shelf=Shelf.of(scope, row.shelf_id),
            slot=row.slot,
            product=None if row.sku is None else Product.of(scope, row.sku),
            track_id=row.track_id,
            count=row.count,
            misplaced=row.misplaced,
            confidence=row.confidence,
        )


def _subject(row: items.Item) -> str:
    """Return what the fact about an item is about: the visit, else the track, else the facing."""
    if row.visit_id is not None:
        return f"visit/{row.visit_id}"
    return f"facing/{row.shelf_id}/{row.slot}" if row.track_id is None else f"track/{row.track_id}"


@strawberry.input(description="Which items: those of which all that is given is true.")
class ItemFilter:
    """Which items."""

    movement: Movement | None = strawberry.field(default=None, description="Those taken, or those put back.")
    shelf: strawberry.ID | None = strawberry.field(default=None, description="Those of this shelf.")
    product: strawberry.ID | None = strawberry.field(default=None, description="Those of this product.")
    visit: strawberry.ID | None = strawberry.field(default=None, description="Those that this visit moved.")
    misplaced: bool | None = strawberry.field(default=None, description="Those that are where they do not belong.")

    async def read(self, info: Asked, scope: Scope) -> items.ItemsWanted:
        """Return what it means; refuses places and products that are not there."""
        return items.ItemsWanted(
            movement=word(self.movement),
            shelf_id=self.shelf and await demand_place(info, scope, "shelf", self.shelf),
            sku=self.product and await demand_place(info, scope, "product", self.product),
            visit_id=self.visit and key_of(self.visit, scope.key, "visit"),
            misplaced=self.misplaced,
        )


Items = Annotated[ItemFilter | None, strawberry.argument(name="where", description="Which items; all if absent.")]
Moved = Annotated[
    RangeInput | None,
    strawberry.argument(name="range", description="Only what was moved in it; whatever was recorded if absent."),
]
ByMove = Annotated[TimeOrder, strawberry.argument(description="By when each was moved.")]


@strawberry.type
class ItemsOfStore(StoreScope):
    """What one may ask of a store's items."""

    @field("What was taken from its facings and put back, by when. The newest are `orderBy: LATEST_FIRST`.")
    async def items(  # noqa: PLR0913, PLR0917 a field's arguments are what one may ask
        self,
        info: Asked,
        where: Items = None,
        moved: Moved = None,
        order_by: ByMove = TimeOrder.EARLIEST_FIRST,
        first: First = FIRST,
        after: After = None,
        last: Last = None,
        before: Before = None,
    ) -> Connection[ItemMovement] | None:
        """Return items by when they were moved."""
        request = ITEMS.request(first, after, last, before, order_by)
        scope, within = self.scope, range_of(moved, self.scope.zone, self.scope.now)
        wanted = await (where or ItemFilter()).read(info, scope)
        rows = await info.context.ask(items.find_items, scope.key, within, request.page, wanted)
        count = partial(info.context.ask, items.count_items, scope.key, within, wanted, MOST_COUNTED + 1)
        return Connection[ItemMovement].of(rows, request, partial(ItemMovement.shape, info, scope), count)
