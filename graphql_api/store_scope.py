"""What every subject's fields of `Store` know: whose they are."""

from zoneinfo import ZoneInfo

import strawberry

from graphql_api.errors import UnusableArgument
from projections.scope import StoreKey


@strawberry.type
class StoreScope:
    """The store that a field is asked of; each subject derives its fields from it, and `Store` from all of them."""

    key: strawberry.Private[StoreKey]
    zone: strawberry.Private[ZoneInfo]
    """The store's time zone."""


def store_key(store_id: str) -> StoreKey:
    """Return the two names in a store's id; refuses one that has not two."""
    organisation, slash, store = store_id.partition("/")
    if not (organisation and slash and store):
        raise UnusableArgument(f"{store_id!r} is no id of a store; write organisation/store")
    return StoreKey(organisation, store)
