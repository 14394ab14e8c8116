"""What has an id: the same everywhere in an answer, and good to ask for it again."""

from typing import TYPE_CHECKING, Annotated

import strawberry

from graphql_api.fields import field
from graphql_api.rules import needs
from graphql_api.store_scope import Scope
from graphql_api.tokens import Permission

if TYPE_CHECKING:
    from graphql_api.stores import Store


@strawberry.interface(
    description="Something with an id that nothing else has; no figure of a range is on it.",
    directives=needs(Permission.READ),
)
class Node:
    """Something with an id."""

    id: strawberry.ID = strawberry.field(description="The id, as `node` takes it. Give it back as it came.")


@strawberry.type
class InStore(Node):
    """Something in a store."""

    scope: strawberry.Private[Scope]

    @field("The store that it belongs to.")
    def store(self) -> Annotated["Store", strawberry.lazy("graphql_api.stores")]:
        """Return the store."""
        from graphql_api.stores import Store  # noqa: PLC0415  # a store is made of all subjects, this one among them

        return Store.of(self.scope)


@strawberry.type
class Place(InStore):
    """A place that a layout names."""

    key: str = strawberry.field(description="Its id in the layout, which is its own within the store and kind.")
    name: str = strawberry.field(description="What it is called; its key where the layout names it not, or no more.")
