"""Stores: what one is, and everything that one can ask of it, subject by subject."""

from collections.abc import Sequence
from typing import Self

import strawberry

from graphql_api.alerts import AlertsOfStore
from graphql_api.arguments import After, AtLeast, First, StoreId
from graphql_api.cameras import CamerasOfStore
from graphql_api.connections import FIRST, Connection, SortKey
from graphql_api.context import Asked
from graphql_api.dead_letters import DeadLettersOfStore
from graphql_api.fields import field
from graphql_api.figures import FiguresOfStore
from graphql_api.floor_plans import LayoutOfStore
from graphql_api.freshness import FreshnessOfStore
from graphql_api.ids import store_id, store_key
from graphql_api.items import ItemsOfStore
from graphql_api.labels import LabelsOfStore
from graphql_api.nodes import Node
from graphql_api.occupancy import OccupancyOfStore
from graphql_api.organisations import Organisation
from graphql_api.queues import QueuesOfStore
from graphql_api.restocks import RestocksOfStore
from graphql_api.rules import needs
from graphql_api.shelves import ShelvesOfStore
from graphql_api.staleness import StalenessOfStore
from graphql_api.store_scope import Scope, StoreScope, find_scope
from graphql_api.tokens import Permission
from graphql_api.visits import VisitsOfStore
from projections.read_models.stores import Store as StoreAnswer
from projections.read_models.stores import find_stores

BY_STORE: SortKey[tuple[str, str]] = SortKey("stores", tuple[str, str], "organisation", "store")


@strawberry.type
class StoreFields(Node, StoreScope):
    """What a store is."""

    key: str = strawberry.field(description="Its name in the record, the second part of its id.")
    organisation: Organisation = strawberry.field(description="The organisation that it belongs to.")
    name: str = strawberry.field(description="What it is called.")
    time_zone: str = strawberry.field(description="Its IANA time zone; hours, days and weeks are counted in it.")
    currency: str | None = strawberry.field(description="ISO 4217 code.")
    locale: str | None = strawberry.field(description="Language and country, such as ja_JP.")


@strawberry.type(
    description="A store, as the layout that is in force describes it. Its id is `organisation/store`.",
    directives=needs(Permission.READ),
)
class Store(
    StoreFields,
    LayoutOfStore,
    FreshnessOfStore,
    StalenessOfStore,
    DeadLettersOfStore,
    CamerasOfStore,
    VisitsOfStore,
    OccupancyOfStore,
    QueuesOfStore,
    AlertsOfStore,
    ShelvesOfStore,
    ItemsOfStore,
    LabelsOfStore,
    RestocksOfStore,
    FiguresOfStore,
):
    """A store; a new subject adds its fields here."""

    @classmethod
    def of(cls, scope: Scope) -> Self:
        """Shape the answer."""
        store = scope.store
        return cls(
            scope=scope,
            id=store_id(scope.key),
            key=store.store,
            organisation=Organisation.of(store.organisation),
            name=store.name,
            time_zone=store.time_zone,
            currency=store.layout.store.currency,
            locale=store.layout.store.locale,
        )


@strawberry.type(description="Questions about stores.")
class StoresQuery:
    """Questions about stores."""

    @field("The store of this id; null where the token sees none.", Permission.READ)
    async def store(self, info: Asked, store: StoreId, at_least: AtLeast = None) -> Store | None:  # noqa: ARG002
        """Return a store by its id; what is wanted at least was waited for before."""
        scope = await find_scope(info, store_key(store))
        return None if scope is None else Store.of(scope)

    @field("The stores that the token may see, by id.", Permission.READ)
    async def stores(
        self,
        info: Asked,
        first: First = FIRST,
        after: After = None,
        at_least: AtLeast = None,  # noqa: ARG002
    ) -> Connection[Store] | None:
        """Return stores by organisation and id; what is wanted at least was waited for before."""
        return await page_of_stores(info, first, after)


async def page_of_stores(
    info: Asked, first: int | None, after: str | None, organisation: str | None = None
) -> Connection[Store]:
    """Return stores by organisation and id, of one organisation or of all that the token may see."""
    request = BY_STORE.forwards(first, after)
    rows = await info.context.ask(find_stores, request.page, organisation, info.context.claims.stores)
    return Connection[Store].of(rows, request, _shape)


def _shape(rows: Sequence[StoreAnswer]) -> list[Store]:
    return [Store.of(Scope(row)) for row in rows]
