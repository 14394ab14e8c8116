"""What a websocket may say in graphql-transport-ws, and how long it may last."""

import asyncio
from contextlib import suppress
from time import monotonic
from typing import Annotated, Any, cast

import msgspec
from graphql import GraphQLFormattedError
from starlette.websockets import WebSocketDisconnected
from strawberry.subscriptions.protocols.graphql_transport_ws.handlers import BaseGraphQLTransportWSHandler
from strawberry.subscriptions.protocols.graphql_transport_ws.types import Message as Handled
from strawberry.subscriptions.protocols.graphql_transport_ws.types import SubscribeMessage

from graphql_api.context import Context
from graphql_api.errors import TokenFileError, TooManyOperations
from graphql_api.open_sockets import RESTARTING, WHY, Sockets

WORN = 4410
IDLE = 4411
REVOKED = 4403
REVOKED_WHY = "the token has expired or was revoked; begin with another"
CLOSING_S = 5.0
"""A client that reads nothing has so long to take the close; then its connection is dropped."""

Id = Annotated[str, msgspec.Meta(min_length=1, max_length=100)]


class Lifetime(msgspec.Struct, frozen=True, kw_only=True):
    """How long a websocket may last, in seconds."""

    most: float = 3_600.0
    """Then it is closed with 4410: the client comes back with a token that is valid then."""
    idle: float = 300.0
    """Without an operation and without a word of the client; then it is closed with 4411."""
    token_checked: float = 5.0
    """How often it is asked whether the token still stands; where it does not, the websocket is closed with 4403."""


LIFETIME = Lifetime()


class _Init(msgspec.Struct, tag_field="type", tag="connection_init"):
    payload: dict[str, Any] | None = None


class _Ping(msgspec.Struct, tag_field="type", tag="ping"):
    pass


class _Pong(msgspec.Struct, tag_field="type", tag="pong"):
    pass


class _Request(msgspec.Struct, rename="camel"):
    query: str
    variables: dict[str, Any] | None = None
    operation_name: str | None = None


class _Subscribe(msgspec.Struct, tag_field="type", tag="subscribe"):
    id: Id
    payload: _Request


class _Complete(msgspec.Struct, tag_field="type", tag="complete"):
    id: Id


Message = _Init | _Ping | _Pong | _Subscribe | _Complete


class Transport(BaseGraphQLTransportWSHandler[Context, None]):
    """One websocket."""

    lifetime = LIFETIME
    sockets: Sockets

    async def handle(self) -> None:
        """Obey the client until it leaves or its time is over, or the server stops."""
        self._heard_at = monotonic()
        self._given_up: set[asyncio.Task[None]] = set()
        ending = asyncio.create_task(self._end())
        self.sockets.add(self)
        try:
            await super().handle()
        finally:
            ending.cancel()
            await asyncio.wait({ending, *self._given_up})
            self.sockets.remove(self)

    async def handle_message(self, message: Handled) -> None:
        """Obey one message; one that the protocol does not know closes the websocket with 4400."""
        self._heard_at = monotonic()
        if self.sockets.stopping:
            await self.close(RESTARTING, WHY)
            return
        if self._is_revoked():
            await self.close(REVOKED, REVOKED_WHY)
            return
        try:
            msgspec.convert(message, cast("Any", Message))
        except msgspec.ValidationError as problem:
            await self.handle_invalid_message(str(problem))
            return
        await super().handle_message(message)

    async def cleanup_operation(self, operation_id: str) -> None:
        """Give an operation up; the websocket has not ended before it has."""
        operation = self.operations.get(operation_id)
        if operation is not None and operation.task is not None:
            self._given_up.add(operation.task)
            operation.task.add_done_callback(self._given_up.discard)
        await super().cleanup_operation(operation_id)

    async def handle_subscribe(self, message: SubscribeMessage) -> None:
        """Begin an operation; one too many is refused with a code."""
        most, running = self.max_subscriptions_per_connection, self.operations
        if self.connection_acknowledged and message["id"] not in running and most is not None and len(running) >= most:
            refused = TooManyOperations(most)
            error: GraphQLFormattedError = {"message": str(refused), "extensions": refused.extensions}
            await self.send_message({"id": message["id"], "type": "error", "payload": [error]})
            return
        await super().handle_subscribe(message)

    async def _end(self) -> None:
        over = monotonic() + self.lifetime.most
        while (now := monotonic()) < over:
            if self._is_revoked():
                await self.close(REVOKED, REVOKED_WHY)
                return
            idle_over = self._heard_at + self.lifetime.idle
            if now >= idle_over and not self.operations:
                await self.close(IDLE, f"nothing was asked for {self.lifetime.idle:.0f} s; open another websocket")
                return
            next_look = max(idle_over, now + min(1.0, self.lifetime.idle))
            await asyncio.sleep(min(over, next_look, now + self.lifetime.token_checked) - now)
        await self.close(WORN, f"open for {self.lifetime.most:.0f} s; open another websocket and resume")

    def _is_revoked(self) -> bool:
        try:
            return self.context is not None and self.context.is_revoked
        except TokenFileError:  # nobody can tell; the next websocket is told why
            return True

    async def close(self, code: int, reason: str) -> None:
        """Close the websocket and complete nothing, so that the client knows that it is not over."""
        for operation in list(self.operations):
            await self.cleanup_operation(operation)
        with suppress(TimeoutError, WebSocketDisconnected):  # closed before, or gone
            async with asyncio.timeout(CLOSING_S):
                await self.websocket.close(code=code, reason=reason)
