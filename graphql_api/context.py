"""What a resolver may use: who asks, and what answers them."""

import asyncio
from collections.abc import Awaitable, Callable
from functools import partial
from typing import Any

import msgspec
from strawberry.types import Info

from event_store.envelope import Position
from event_store.erasure.masters import Masters
from event_store.log_ends import LogEnds
from event_store.webhooks import Reach
from graphql_api.announcements import Announcements
from graphql_api.bounds import Bounds
from graphql_api.changes import Changes
from graphql_api.commands import Commands
from graphql_api.dashboard.sessions import Sessions
from graphql_api.errors import Unauthenticated
from graphql_api.ingest.sales import Till
from graphql_api.live import LiveFacts
from graphql_api.metrics import Metrics
from graphql_api.open_sockets import Sockets
from graphql_api.shared_answers import Sharing
from graphql_api.snapshots import Database, Find, P, Snapshot, T
from graphql_api.tokens import Claims, Tokens
from projections.scope import StoreKey


class WebhookKeys(msgspec.Struct, frozen=True):
    """What subscriptions are made with."""

    masters: Masters
    """What their secrets are encrypted under."""
    reach: Reach
    """Which addresses are taken."""


class Services(msgspec.Struct, frozen=True, kw_only=True):
    """What one server answers with."""

    database: Database
    announcements: Announcements
    bounds: Bounds
    live: LiveFacts
    changes: Changes
    sockets: Sockets
    log_ends: LogEnds
    commands: Commands
    till: Till
    tokens: Tokens
    sessions: Sessions
    metrics: Metrics
    topic: str
    partitions: int
    webhooks: WebhookKeys | None
    """None where the server makes none."""


class Context:
    """One request, or one websocket, and within it one operation after the other."""

    def __init__(self, services: Services, claims: Claims | None, at_least: tuple[Position, ...] = ()) -> None:
        self.services = services
        self.at_least = at_least
        self.connection_params: dict[str, Any] | None = None
        self.operation_name: str | None = None
        self.sharing: Sharing | None = None
        """Of a subscription: all who ask the same share the answers to it."""
        self._claims = claims
        self._snapshot: Snapshot | None = None
        self._known: dict[Any, Any] = {}
        self._turns: dict[Any, asyncio.Lock] = {}

    @property
    def claims(self) -> Claims:
        """What the client may do; raises `Unauthenticated`."""
        if self._claims is None:
            raise Unauthenticated
        return self._claims

    @property
    def is_revoked(self) -> bool:
        """Whether the token that this began with has expired since, or was revoked."""
        return self._claims is not None and not self.services.tokens.hold(self._claims)

    def authenticate(self, claims: Claims | None) -> None:
        """Take the token that came with a websocket's first message."""
        self._claims = claims or self._claims

    def for_operation(self) -> "Context":
        """Return a context for one operation, with a snapshot of its own."""
        context = Context(self.services, self.claims, self.at_least)
        context._snapshot = Snapshot(self.services.database, self.claims)
        return context

    async def ask(self, find: Find[P, T], *args: P.args, **kwargs: P.kwargs) -> T:
        """Ask the read models within the operation's snapshot."""
        return await self._started().ask(find, *args, **kwargs)

    def for_telling(self) -> "Context":
        """Return a context for one answer of a subscription, with a snapshot of its own."""
        context = Context(self.services, self.claims)
        context._snapshot = Snapshot(self.services.live, self.claims)
        return context

    def _started(self) -> Snapshot:
        if self._snapshot is None:
            raise RuntimeError("asked outside an operation")
        return self._snapshot

    async def ask_once(self, find: Find[P, T], *args: P.args, **kwargs: P.kwargs) -> T:
        """Ask, unless this operation has asked the same before; what is given must be hashable."""
        return await self.remember((find, args), partial(self._started().find, find, *args, **kwargs))

    def charge(self, rows: int) -> None:
        """Count rows of the answer that were made of what was asked once; refuses too many."""
        self._started().charge(rows)

    async def scope(self, store: StoreKey, find: Callable[["Context", StoreKey], Awaitable[T]]) -> T:
        """Return what this operation knows of a store."""
        return await self.remember(store, partial(find, self, store))

    async def remember(self, key: Any, find: Callable[[], Awaitable[T]]) -> T:
        """Return what was found under a key in this operation, or find it now."""
        async with self._turns.setdefault(key, asyncio.Lock()):
            if key not in self._known:
                self._known[key] = await find()
            found: T = self._known[key]
            return found

    async def renew(self) -> None:
        """Let what is asked from now on see what was committed by now; for changes, which are seen by who made them."""
        await self.close()
        self._known.clear()
        self._snapshot = Snapshot(self.services.database, self.claims)

    async def close(self) -> None:
        """End the operation."""
        if self._snapshot is not None:
            await self._snapshot.close()


Asked = Info[Context, None]
"""What every resolver is told."""
