"""Facts as they are projected."""

from collections.abc import AsyncIterator
from datetime import datetime
from typing import Annotated, Any, Self

import msgspec
import strawberry

from event_store.envelope import Position
from event_store.events import FACTS
from event_store.serialization import data_of, decode
from graphql_api.context import Asked
from graphql_api.errors import Forbidden, UnusableArgument
from graphql_api.fields import subscription
from graphql_api.ids import store_key
from graphql_api.rules import needs
from graphql_api.scalars import Json
from graphql_api.tokens import Permission
from projections.facts import Fact

Types = Annotated[
    list[str] | None,
    strawberry.argument(description="Only facts of these types, such as `shopfloor.ShopperEntered.v1`; all if absent."),
]
StoreId = Annotated[strawberry.ID, strawberry.argument(description="`organisation/store`.")]
After = Annotated[
    Position | None,
    strawberry.argument(description="Begin behind this position, which an event before gave; from now on if absent."),
]


class _Wire(msgspec.Struct):
    data: Any


_DECODER = msgspec.json.Decoder(_Wire)


def _data(value: bytes) -> Any:
    """Return a fact's data as it was written, or what is known of it where somebody added what no number holds."""
    try:
        return _DECODER.decode(value).data
    except msgspec.MsgspecError:
        return data_of(decode(value).event)


@strawberry.type(description="A fact that the read models hold now.", directives=needs(Permission.LISTEN))
class Event:
    """A fact that the read models hold now."""

    position: Position = strawberry.field(description="Its place in the record: the cursor to resume behind.")
    id: strawberry.ID = strawberry.field(description="Its CloudEvents id.")
    type: str = strawberry.field(description="What became true, such as `shopfloor.ShopperEntered.v1`.")
    subject: str = strawberry.field(description="What it is about, such as `visit/…`.")
    time: datetime = strawberry.field(description="When it became true.")
    recorded_at: datetime = strawberry.field(description="When the record took it.")
    data: Json = strawberry.field(description="The fact itself.")

    @classmethod
    def of(cls, fact: Fact) -> Self:
        """Shape the answer."""
        return cls(
            position=fact.position,
            id=strawberry.ID(fact.event_id),
            type=fact.type,
            subject=fact.subject,
            time=fact.time,
            recorded_at=fact.recorded_at,
            data=Json(_data(fact.value)),
        )


@strawberry.type(description="What a client may be told as it happens.")
class Subscription:
    """What a client may be told as it happens."""

    @subscription(
        "A store's facts as they are projected, in the order of the record, each once. Nothing is dropped: "
        "a client that reads slowly is read for slowly, and one that comes back goes on behind its last position.",
        Permission.LISTEN,
    )
    async def events(
        self, info: Asked, store: StoreId, types: Types = None, after: After = None
    ) -> AsyncIterator[Event]:
        """Yield a store's facts for ever."""
        claims, key, services = info.context.claims, store_key(store), info.context.services
        if not claims.may_see(key.organisation):
            raise Forbidden(f"the store {store}")
        if unknown := sorted(set(types or ()) - set(FACTS)):
            raise UnusableArgument(f"there is no event type {unknown[0]!r}")
        with services.metrics.subscriptions.track_inprogress():
            async for fact in services.live.follow(key, claims, after=after, types=frozenset(types or ())):
                yield Event.of(fact)
