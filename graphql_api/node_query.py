"""Asking again for whatever has an id."""

from collections.abc import Awaitable, Callable, Mapping
from typing import Annotated

import strawberry

from graphql_api.alerts import find_alert
from graphql_api.arguments import NodeId
from graphql_api.cameras import camera_of
from graphql_api.context import Asked
from graphql_api.doors import Door
from graphql_api.errors import UnusableArgument
from graphql_api.facts import find_event
from graphql_api.fields import field
from graphql_api.fixtures import Fixture
from graphql_api.ids import ORGANISATION, STORE, GlobalId, read_id
from graphql_api.lines import Line
from graphql_api.nodes import Node
from graphql_api.organisations import Organisation
from graphql_api.shelves import Product, Shelf
from graphql_api.store_scope import Scope, find_scope, is_place
from graphql_api.stores import Store
from graphql_api.tokens import Permission
from graphql_api.visits import find_stay, find_visit
from graphql_api.zones import Zone

MOST_NODES = 100

PLACES: Mapping[str, Callable[[Scope, str], Node]] = {
    "door": Door.of,
    "line": Line.of,
    "zone": Zone.of,
    "fixture": Fixture.of,
    "shelf": Shelf.of,
}
"""Kinds of places that a layout names by an id; a new kind is added here."""


async def _camera(info: Asked, scope: Scope, wanted: GlobalId) -> Node | None:
    return await camera_of(info, scope, "/".join(wanted.key))


async def _product(info: Asked, scope: Scope, wanted: GlobalId) -> Node | None:  # noqa: ARG001
    (key,) = wanted.key if len(wanted.key) == 1 else ("",)
    return Product.of(scope, key) if ("product", key) in scope.places else None


OTHERS: Mapping[str, Callable[[Asked, Scope, GlobalId], Awaitable[Node | None]]] = {
    "camera": _camera,
    "product": _product,
    "event": find_event,
    "visit": find_visit,
    "stay": find_stay,
    "alert": find_alert,
}
"""Everything else with an id, by its kind; a new kind is added here."""

Ids = Annotated[list[strawberry.ID], strawberry.argument(description="At most 100 ids as answers gave them.")]


@strawberry.type(description="Questions about whatever has an id.")
class NodeQuery:
    """Questions about whatever has an id."""

    @field("What has this id; null where the token sees nothing of it.", Permission.READ)
    async def node(self, info: Asked, node_id: NodeId) -> Node | None:
        """Return what has an id."""
        return await find_node(info, node_id)

    @field("What has these ids, in their order; null where the token sees nothing.", Permission.READ)
    async def nodes(self, info: Asked, ids: Ids) -> list[Node | None]:
        """Return what has these ids."""
        if len(ids) > MOST_NODES:
            raise UnusableArgument(f"{len(ids)} ids; ask for at most {MOST_NODES} at a time")
        return [await find_node(info, each) for each in ids]


async def find_node(info: Asked, node_id: str) -> Node | None:
    """Return what has an id, or None where there is nothing or the token may not see it."""
    wanted = read_id(node_id)
    if wanted.kind == ORGANISATION:
        seen = info.context.claims.may_see_any(wanted.organisation)
        return Organisation.of(wanted.organisation) if seen else None
    scope = await find_scope(info, wanted.store_key)
    if scope is None or wanted.kind == STORE:
        return None if scope is None else Store.of(scope)
    if wanted.kind in PLACES and len(wanted.key) == 1:
        (key,) = wanted.key
        return PLACES[wanted.kind](scope, key) if await is_place(info, scope, wanted.kind, key) else None
    find = OTHERS.get(wanted.kind)
    return None if find is None else await find(info, scope, wanted)
