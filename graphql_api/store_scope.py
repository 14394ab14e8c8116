"""What every subject's fields of a store know: whose they are, and what its layout says."""

from collections.abc import Callable, Mapping, Sequence
from datetime import UTC, datetime
from functools import cached_property
from typing import Any, TypeVar
from zoneinfo import ZoneInfo, ZoneInfoNotFoundError

import strawberry

from graphql_api.context import Asked
from graphql_api.errors import UnusableArgument
from graphql_api.ids import key_of
from projections.read_models.stores import Store, find_store, was_placed
from projections.scope import StoreKey

T = TypeVar("T")


class Scope:
    """A store as one operation sees it: its layout in force, and one moment that is now for all of its answers."""

    def __init__(self, store: Store) -> None:
        self.store = store
        self.key: StoreKey = store.key
        self.now = datetime.now(UTC)
        self.made: dict[tuple[str, str], Any] = {}
        """Entities of the store that were shaped before, by kind and key."""

    @cached_property
    def zone(self) -> ZoneInfo:
        """The store's time zone."""
        try:
            return ZoneInfo(self.store.time_zone)
        except (ZoneInfoNotFoundError, ValueError):
            return ZoneInfo("UTC")

    @cached_property
    def places(self) -> Mapping[tuple[str, str], Any]:
        """The layout's places, by kind and id."""
        layout = self.store.layout
        kinds: Mapping[str, Sequence[Any]] = {
            "camera": layout.camera,
            "door": layout.door,
            "line": layout.line,
            "zone": layout.zone,
            "fixture": layout.fixture,
            "shelf": layout.shelf,
        }
        found: dict[tuple[str, str], Any] = {(kind, each.id): each for kind, all_ in kinds.items() for each in all_}
        return found | {("product", each.sku): each for each in layout.product}

    def once(self, kind: str, key: str, make: Callable[[Any], T]) -> T:
        """Return the entity of a place, shaped once: `make` takes what the layout says of it, None where nothing."""
        if (kind, key) not in self.made:
            self.made[kind, key] = make(self.places.get((kind, key)))
        found: T = self.made[kind, key]
        return found


@strawberry.type
class StoreScope:
    """The store that a field is asked of; each subject derives its fields from it, and `Store` from all of them."""

    scope: strawberry.Private[Scope]


async def find_scope(info: Asked, store: StoreKey) -> Scope | None:
    """Return a store as this operation sees it; None where the token sees none."""
    return await info.context.scope(store, _find)


async def _find(context: Any, store: StoreKey) -> Scope | None:
    if not context.claims.may_see(store.organisation, store.store):
        return None
    found = await context.ask(find_store, store)
    return None if found is None else Scope(found)


async def is_place(info: Asked, scope: Scope, kind: str, key: str) -> bool:
    """Tell whether the layout in force has a place, or one before it had."""
    return (kind, key) in scope.places or await info.context.ask_once(was_placed, scope.key, kind, key)


async def demand_place(info: Asked, scope: Scope, kind: str, place_id: str) -> str:
    """Return the key of a place by its id; refuses an id of something else, and one of no place."""
    key = key_of(place_id, scope.key, kind)
    if not await is_place(info, scope, kind, key):
        raise UnusableArgument(f"there is no {kind} {place_id!r}, and there never was")
    return key
