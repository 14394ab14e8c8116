"""Who asks: what their token may do, where, and until when."""

from datetime import datetime

import strawberry

from graphql_api.context import Asked
from graphql_api.fields import field
from graphql_api.organisations import Organisation
from graphql_api.rules import needs
from graphql_api.tokens import EVERY_ORGANISATION, Permission


@strawberry.type(description="Who asks.", directives=needs(Permission.READ))
class Viewer:
    """Who asks."""

    name: str = strawberry.field(description="What the token is called.")
    role: str | None = strawberry.field(
        description="The role that it was made for; null for the administrator of the machine."
    )
    permissions: list[Permission] = strawberry.field(description="What it may do, by name.")
    sees_everything: bool = strawberry.field(description="Whether it may see all organisations.")
    organisations: list[Organisation] = strawberry.field(
        description="Those that it may see, by id; empty where it may see all."
    )
    store_ids: list[strawberry.ID] | None = strawberry.field(
        description="The stores of them that it may see, by id; null where it may see all."
    )
    expires_at: datetime | None = strawberry.field(description="From then on it is refused; null where it never is.")


@strawberry.type(description="Questions about who asks.")
class ViewerQuery:
    """Questions about who asks."""

    @field("Who asks.", Permission.READ)
    def viewer(self, info: Asked) -> Viewer:
        """Return what the token stands for."""
        claims = info.context.claims
        everything = EVERY_ORGANISATION in claims.organisations
        return Viewer(
            name=claims.name,
            role=claims.role,
            permissions=sorted(claims.permissions, key=lambda each: each.name),
            sees_everything=everything,
            organisations=[] if everything else [Organisation.of(each) for each in sorted(claims.organisations)],
            store_ids=None if claims.stores is None else [strawberry.ID(each) for each in sorted(claims.stores)],
            expires_at=claims.expires_at,
        )
