"""What a resolver may use: who asks, and what answers them."""

from typing import Any

import msgspec
from strawberry.types import Info

from event_store.envelope import Position
from graphql_api.announcements import Announcements
from graphql_api.bounds import Bounds
from graphql_api.commands import Commands
from graphql_api.errors import Unauthenticated
from graphql_api.live import LiveFacts
from graphql_api.log_ends import LogEnds
from graphql_api.metrics import Metrics
from graphql_api.snapshots import Database, Find, P, Snapshot, T
from graphql_api.tokens import Claims, Tokens


class Services(msgspec.Struct, frozen=True, kw_only=True):
    """What one server answers with."""

    database: Database
    announcements: Announcements
    bounds: Bounds
    live: LiveFacts
    log_ends: LogEnds
    commands: Commands
    tokens: Tokens
    metrics: Metrics
    topic: str
    partitions: int


class Context:
    """One request, or one websocket, and within it one operation after the other."""

    def __init__(self, services: Services, claims: Claims | None, at_least: tuple[Position, ...] = ()) -> None:
        self.services = services
        self.at_least = at_least
        self.connection_params: dict[str, Any] | None = None
        self.operation_name: str | None = None
        self._claims = claims
        self._snapshot: Snapshot | None = None

    @property
    def claims(self) -> Claims:
        """What the client may do; raises `Unauthenticated`."""
        if self._claims is None:
            raise Unauthenticated
        return self._claims

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
        if self._snapshot is None:
            raise RuntimeError("asked outside an operation")
        return await self._snapshot.ask(find, *args, **kwargs)

    async def close(self) -> None:
        """End the operation."""
        if self._snapshot is not None:
            await self._snapshot.close()


Asked = Info[Context, None]
"""What every resolver is told."""
