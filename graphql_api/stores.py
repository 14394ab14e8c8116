"""Stores: what one is, and everything that one can ask of it, subject by subject."""

from datetime import datetime
from typing import Self

import strawberry

from graphql_api.arguments import After, AtLeast, First, StoreId
from graphql_api.cameras import CamerasOfStore
from graphql_api.connections import FIRST, Connection, Order
from graphql_api.context import Asked
from graphql_api.dead_letters import DeadLettersOfStore
from graphql_api.fields import field
from graphql_api.freshness import FreshnessOfStore
from graphql_api.lines import LinesOfStore
from graphql_api.occupancy import OccupancyOfStore
from graphql_api.ranges import zone_of
from graphql_api.rules import needs
from graphql_api.staleness import StalenessOfStore
from graphql_api.store_scope import StoreScope, store_key
from graphql_api.tokens import Permission
from graphql_api.traffic import TrafficOfStore
from graphql_api.visits import VisitsOfStore
from graphql_api.zones import ZonesOfStore
from projections.read_models.stores import Store as StoreAnswer
from projections.read_models.stores import find_store, find_stores

BY_STORE: Order[tuple[str, str]] = Order(tuple[str, str], "organisation", "store")


@strawberry.type
class StoreFields(StoreScope):
    """What a store is."""

    id: strawberry.ID = strawberry.field(description="`organisation/store`, the key of all its facts.")
    organisation: str = strawberry.field(description="The organisation that the store belongs to.")
    name: str = strawberry.field(description="What it is called.")
    time_zone: str = strawberry.field(description="Its IANA time zone; hours and days are counted in it.")
    currency: str | None = strawberry.field(description="ISO 4217 code.")
    locale: str | None = strawberry.field(description="Language and country, such as ja_JP.")
    layout_digest: str = strawberry.field(description="SHA-256 of the layout in force.")
    layout_valid_from: datetime = strawberry.field(description="When it came into force.")


@strawberry.type(description="A store, as the layout that is in force describes it.", directives=needs(Permission.READ))
class Store(
    StoreFields,
    FreshnessOfStore,
    StalenessOfStore,
    DeadLettersOfStore,
    CamerasOfStore,
    VisitsOfStore,
    TrafficOfStore,
    OccupancyOfStore,
    LinesOfStore,
    ZonesOfStore,
):
    """A store; a new subject adds its fields here."""

    @classmethod
    def of(cls, store: StoreAnswer) -> Self:
        """Shape the answer."""
        return cls(
            key=store.key,
            zone=zone_of(store.time_zone),
            id=strawberry.ID(f"{store.organisation}/{store.store}"),
            organisation=store.organisation,
            name=store.name,
            time_zone=store.time_zone,
            currency=store.layout.store.currency,
            locale=store.layout.store.locale,
            layout_digest=store.layout_digest,
            layout_valid_from=store.valid_from,
        )


@strawberry.type(description="Questions about stores.")
class StoresQuery:
    """Questions about stores."""

    @field("The store of this id; null where the token sees none.", Permission.READ)
    async def store(self, info: Asked, store_id: StoreId, at_least: AtLeast = None) -> Store | None:  # noqa: ARG002
        """Return a store by its id; what is wanted at least was waited for before."""
        store = await info.context.ask(find_store, store_key(store_id))
        return None if store is None else Store.of(store)

    @field("The stores that the token may see, by id.", Permission.READ)
    async def stores(
        self,
        info: Asked,
        first: First = FIRST,
        after: After = None,
        at_least: AtLeast = None,  # noqa: ARG002
    ) -> Connection[Store]:
        """Return stores by organisation and id; what is wanted at least was waited for before."""
        request = BY_STORE.request(first, after)
        return Connection[Store].of(await info.context.ask(find_stores, request.page), request, Store.of)
