"""Facts as they are projected."""

from collections.abc import AsyncGenerator
from contextlib import aclosing
from functools import partial
from typing import Annotated

import strawberry

from event_store.envelope import Position, RecordedEvent
from graphql_api.context import Asked
from graphql_api.errors import Forbidden, UnusableArgument
from graphql_api.facts import Event, EventType, shape_event
from graphql_api.fields import subscription
from graphql_api.ids import store_key
from graphql_api.shared_answers import Answers, Sharing, asked_in
from graphql_api.store_scope import Scope
from graphql_api.stores import Store
from graphql_api.tokens import Permission
from graphql_api.words import word
from projections.scope import StoreKey

Types = Annotated[list[EventType] | None, strawberry.argument(description="Only facts of these kinds; all if absent.")]
StoreId = Annotated[strawberry.ID, strawberry.argument(description="`organisation/store`.")]
After = Annotated[
    Position | None,
    strawberry.argument(description="Begin behind this position, which an event before gave; from now on if absent."),
]

MOST_STORES = 100
StoreIds = Annotated[
    list[strawberry.ID], strawberry.argument(description=f"`organisation/store` of each; at most {MOST_STORES}.")
]


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
    ) -> AsyncGenerator[Event]:
        """Yield a store's facts for ever."""
        services, key = info.context.services, store_key(store)
        await _scope(info, key)
        asked = asked_in(info)
        names = frozenset(word(each) for each in types or ())
        with services.metrics.subscriptions.track_inprogress():
            following = services.live.follow(key, info.context.claims, after=after, types=names)
            async with aclosing(following) as facts:
                async for fact in facts:
                    telling = fact.told(partial(_Telling, await _scope(info, key)))
                    info.context.sharing = Sharing(asked, telling.answers)
                    yield telling.event

    @subscription(
        "Stores as they are now: each at once, and again when something of it was recorded, at most once a second "
        "and at least once a minute. Ask it for what a page shows, and the page needs no other question.",
        Permission.LISTEN,
    )
    async def changed_store(self, info: Asked, stores: StoreIds) -> AsyncGenerator[Store]:
        """Yield some stores for ever."""
        services, keys = info.context.services, [*map(store_key, stores)]
        if not 0 < len(keys) <= MOST_STORES:
            raise UnusableArgument(f"{len(keys)} stores cannot be followed at once; name 1 to {MOST_STORES}")
        for key in keys:
            await _scope(info, key)
        asked = asked_in(info)
        with services.metrics.subscriptions.track_inprogress():
            async with services.changes.follow(keys) as follower:
                while True:
                    moment = await follower.next()
                    info.context.sharing = Sharing(asked, moment.answers)
                    yield Store.of(Scope(moment.store))


class _Telling:
    """A fact as it is told to all who follow it."""

    def __init__(self, scope: Scope, recorded: RecordedEvent) -> None:
        self.event = shape_event(scope, recorded)
        self.answers = Answers()


async def _scope(info: Asked, store: StoreKey) -> Scope:
    """Return a store that the token may see; refuses others and those that are not there."""
    if not info.context.claims.may_see(store.organisation, store.store):
        raise Forbidden(f"the store {store.organisation}/{store.store}")
    found = await info.context.services.live.store(store)
    if found is None:
        raise UnusableArgument(f"there is no store {store.organisation}/{store.store}")
    return Scope(found)
