"""What is wrong with a change that a client asked for: part of the answer, so that a form can show it."""

from enum import Enum
from typing import TYPE_CHECKING, Annotated

import strawberry

from event_store.envelope import Position
from graphql_api.context import Asked
from graphql_api.fields import field
from graphql_api.rules import needs
from graphql_api.store_scope import find_scope
from graphql_api.tokens import Permission
from projections.scope import StoreKey

if TYPE_CHECKING:
    from graphql_api.stores import Store


@strawberry.enum(description="What kind of mistake it is.")
class UserErrorCode(Enum):
    """What kind of mistake it is."""

    INVALID = strawberry.enum_value("invalid", description="A value that does not fit; the message says what would.")
    NOT_FOUND = strawberry.enum_value("not-found", description="What is to be changed is not there.")
    TOO_LARGE = strawberry.enum_value("too-large", description="More than a record has room for.")
    NOT_CHANGEABLE = strawberry.enum_value("not-changeable", description="It cannot be changed, or no more.")
    IDEMPOTENCY_KEY_REUSED = strawberry.enum_value(
        "key-reused", description="The key stands for another input; make a new one for each change."
    )


@strawberry.interface(
    description="Something that is wrong with a change that was asked for.", directives=needs(Permission.READ)
)
class UserError:
    """Something that is wrong with a change that was asked for."""

    code: UserErrorCode = strawberry.field(description="What kind of mistake it is.")
    message: str = strawberry.field(description="What is wrong, and what would be right.")
    field: list[str] = strawberry.field(description="The way to the input's field; empty where it is none.")


@strawberry.interface(description="What came of a change that was asked for.", directives=needs(Permission.READ))
class ChangePayload:
    """What came of a change that was asked for."""

    changed: strawberry.Private[StoreKey | None]
    event_id: strawberry.ID | None = strawberry.field(
        description="Id of the fact that was recorded; null where none was."
    )
    position: Position | None = strawberry.field(description="Its place; give it as `atLeast` to read what you wrote.")

    @field(
        "The store as it is with the change. It waits until the read models have it; null where nothing was recorded."
    )
    async def store(self, info: Asked) -> Annotated["Store", strawberry.lazy("graphql_api.stores")] | None:
        """Return the changed store."""
        from graphql_api.stores import Store  # noqa: PLC0415  # a store is made of all subjects

        if self.changed is None or self.position is None:
            return None
        await info.context.services.bounds.wait([self.position], info.context.claims)
        await info.context.renew()
        scope = await find_scope(info, self.changed)
        return None if scope is None else Store.of(scope)
