"""A real server in the test's own process, and websockets to it."""

import asyncio
import json
from collections.abc import AsyncIterator
from contextlib import asynccontextmanager
from typing import Any

import pytest
from websockets.asyncio.client import ClientConnection, connect
from websockets.exceptions import ConnectionClosed
from websockets.typing import Origin, Subprotocol

from graphql_api.app import make_app
from graphql_api.server import address_of, listen, serve
from tests.builders.asking import ADMIN, setup

PROTOCOL = "graphql-transport-ws"


@asynccontextmanager
async def serving_websockets(database: str, **settings: Any) -> AsyncIterator[str]:
    """Run a real server in this process; yield its address."""
    app = make_app(setup(database, allowed_origins=("https://dashboard.example",), **settings))
    stop = asyncio.Event()
    with listen("127.0.0.1", 0) as listener:
        address = address_of(listener)
        running = asyncio.create_task(serve(app, listener, stop, app.state.services.sockets.close))
        yield address.replace("http", "ws") + "/graphql"
        stop.set()
        await running


def opened(
    server: str, *, origin: str | None = None, protocol: str = PROTOCOL, token: str | None = None, **headers: str
) -> connect:
    """Open a websocket; the token goes with the handshake."""
    authorization = {} if token is None else {"authorization": f"Bearer {token}"}
    return connect(
        server,
        subprotocols=[Subprotocol(protocol)],
        origin=None if origin is None else Origin(origin),
        additional_headers={**authorization, **{name.replace("_", "-"): value for name, value in headers.items()}},
    )


async def send(socket: ClientConnection, **message: Any) -> None:
    """Send one message."""
    await socket.send(json.dumps(message))


async def received(socket: ClientConnection) -> Any:
    """Take one message."""
    return json.loads(await socket.recv())


@asynccontextmanager
async def begun(server: str, token: str = ADMIN) -> AsyncIterator[ClientConnection]:
    """Open a websocket and say who asks."""
    async with opened(server) as socket:
        await send(socket, type="connection_init", payload={"Authorization": f"Bearer {token}"})
        assert await received(socket) == {"type": "connection_ack"}
        yield socket


async def answer(socket: ClientConnection, query: str, **payload: Any) -> Any:
    """Ask; return the first message that comes."""
    await send(socket, id="1", type="subscribe", payload={"query": query, **payload})
    return await received(socket)


async def close_code(socket: ClientConnection) -> int | None:
    """Return the code that the server closed the websocket with."""
    with pytest.raises(ConnectionClosed):
        await socket.recv()
    return socket.close_code
