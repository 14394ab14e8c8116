"""Restocks of a store: the tasks to fill its empty facings."""

from collections.abc import Sequence
from datetime import datetime, timedelta
from functools import partial
from typing import Annotated, Self

import strawberry

from graphql_api.arguments import After, Before, Began, First, Last, OrderBy
from graphql_api.connections import FIRST, MOST_COUNTED, Connection, SortKey
from graphql_api.context import Asked
from graphql_api.fields import field
from graphql_api.ranges import range_of
from graphql_api.rules import needs
from graphql_api.shelves import Product, Shelf
from graphql_api.staleness import MayBeStale, Staleness
from graphql_api.store_scope import Scope, StoreScope, demand_place
from graphql_api.tokens import Permission
from graphql_api.words import TimeOrder
from projections.read_models import restocks

RESTOCKS: SortKey[restocks.RestockKey] = SortKey("restocks", restocks.RestockKey, "empty_since", "shelf_id", "slot")


@strawberry.type(description="A task to fill an empty facing.", directives=needs(Permission.READ))
class Restock(MayBeStale):
    """A task to fill an empty facing."""

    shelf: Shelf = strawberry.field(description="The shelf.")
    slot: int = strawberry.field(description="The facing's number on the shelf.")
    product: Product | None = strawberry.field(description="What belongs there.")
    empty_since: datetime = strawberry.field(description="When the gap began.")
    requested_at: datetime = strawberry.field(description="When it had lasted for the layout's patience.")
    completed_at: datetime | None = strawberry.field(
        description="When the camera saw product again; null while the task is open."
    )
    empty: timedelta | None = strawberry.field(
        name="emptyMs", description="How long the facing was empty; null while the task is open."
    )
    people: int | None = strawberry.field(
        description="Different people seen at the empty facing; null while the task is open, and where nobody knows."
    )

    @classmethod
    def shape(cls, info: Asked, scope: Scope, rows: Sequence[restocks.Restock]) -> list[Self]:
        """Shape the tasks of a page."""
        stale = Staleness(info.context, scope.key, map(_subject, rows))
        return [
            cls(
                staleness=stale,
                about=_subject(row),
                shelf=Shelf.of(scope, row.shelf_id),
                slot=row.slot,
                product=None if row.sku is None else Product.of(scope, row.sku),
                empty_since=row.empty_since,
                requested_at=row.requested_at,
                completed_at=row.completed_at,
                empty=None if row.empty_ms is None else timedelta(milliseconds=row.empty_ms),
                people=row.people,
            )
            for row in rows
        ]


def _subject(row: restocks.Restock) -> str:
    return f"facing/{row.shelf_id}/{row.slot}"


@strawberry.input(description="Which tasks: those of which all that is given is true.")
class RestockFilter:
    """Which tasks."""

    completed: bool | None = strawberry.field(default=None, description="Those that are done, or those that are open.")
    shelf: strawberry.ID | None = strawberry.field(default=None, description="Those of this shelf.")

    async def read(self, info: Asked, scope: Scope) -> restocks.RestocksWanted:
        """Return what it means; refuses a shelf that is not there."""
        shelf_id = self.shelf and await demand_place(info, scope, "shelf", self.shelf)
        return restocks.RestocksWanted(completed=self.completed, shelf_id=shelf_id)


Tasks = Annotated[RestockFilter | None, strawberry.argument(name="where", description="Which tasks; all if absent.")]


@strawberry.type
class RestocksOfStore(StoreScope):
    """What one may ask of a store's restocks."""

    @field("Tasks to fill its empty facings, by when the gaps began. Open ones are `where: {completed: false}`.")
    async def restocks(  # noqa: PLR0913, PLR0917 a field's arguments are what one may ask
        self,
        info: Asked,
        where: Tasks = None,
        began: Began = None,
        order_by: OrderBy = TimeOrder.EARLIEST_FIRST,
        first: First = FIRST,
        after: After = None,
        last: Last = None,
        before: Before = None,
    ) -> Connection[Restock] | None:
        """Return tasks by when their gaps began."""
        request = RESTOCKS.request(first, after, last, before, order_by)
        scope, within = self.scope, range_of(began, self.scope.zone, self.scope.now)
        wanted = await (where or RestockFilter()).read(info, scope)
        rows = await info.context.ask(restocks.find_restocks, scope.key, within, request.page, wanted)
        count = partial(info.context.ask, restocks.count_restocks, scope.key, within, wanted, MOST_COUNTED + 1)
        return Connection[Restock].of(rows, request, partial(Restock.shape, info, scope), count)
