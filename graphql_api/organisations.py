"""Organisations, which stores belong to."""

from typing import TYPE_CHECKING, Annotated, Self

import strawberry

from graphql_api.arguments import After, First
from graphql_api.connections import FIRST, Connection
from graphql_api.context import Asked
from graphql_api.fields import field
from graphql_api.nodes import Node
from graphql_api.rules import needs
from graphql_api.tokens import Permission

if TYPE_CHECKING:
    from graphql_api.stores import Store


@strawberry.type(description="Whom stores belong to.", directives=needs(Permission.READ))
class Organisation(Node):
    """An organisation."""

    key: str = strawberry.field(description="Its name in the record, the first part of every id of it.")

    @field("Its stores that the token may see, by id.")
    async def stores(
        self, info: Asked, first: First = FIRST, after: After = None
    ) -> Connection[Annotated["Store", strawberry.lazy("graphql_api.stores")]] | None:
        """Return the organisation's stores."""
        from graphql_api.stores import page_of_stores  # noqa: PLC0415  # a store belongs to an organisation

        return await page_of_stores(info, first, after, self.key)

    @classmethod
    def of(cls, key: str) -> Self:
        """Shape the answer."""
        return cls(id=strawberry.ID(key), key=key)
