"""Pages that follow a store over websockets: what they are told, how late, and whether any of them is sent away."""

import asyncio
from time import perf_counter
from typing import Self

import msgspec
from websockets.asyncio.client import ClientConnection, connect
from websockets.exceptions import ConnectionClosed
from websockets.typing import Subprotocol

QUERY = """subscription Follow($store: ID!, $after: Position) { events(store: $store, after: $after) {
  __typename id position type subject time recordedAt data } }"""
PROTOCOL = "graphql-transport-ws"
AT_ONCE = 20
"""Websockets that are being opened at a time."""
PATIENCE_S = 60.0


class Heard(msgspec.Struct, frozen=True):
    """A fact that a follower was told."""

    follower: int
    place: str
    at: float


class Followers:
    """Websockets of one server that all follow one store. A context manager that closes them."""

    def __init__(self, port: int, token: str, store: str, after: str, count: int) -> None:
        self._url = f"ws://127.0.0.1:{port}/graphql"
        self._token = token
        self._asked = {"query": QUERY, "variables": {"store": store, "after": after}}
        self.count = count
        self._sockets: list[ClientConnection] = []
        self._hearing: list[asyncio.Task[None]] = []
        self._opening = asyncio.Semaphore(AT_ONCE)
        self.heard: list[Heard] = []
        self.ended = 0
        """Those that were sent away."""

    async def __aenter__(self) -> Self:
        async with asyncio.timeout(PATIENCE_S):
            self._sockets = list(await asyncio.gather(*(self._open() for _ in range(self.count))))
        self._hearing = [asyncio.create_task(self._hear(*each)) for each in enumerate(self._sockets)]
        return self

    async def __aexit__(self, *_: object) -> None:
        for each in self._hearing:
            each.cancel()
        await asyncio.gather(*self._hearing, return_exceptions=True)
        await asyncio.gather(*(each.close() for each in self._sockets))

    async def hear(self, place: str) -> None:
        """Wait until each that is left was told of a place."""
        async with asyncio.timeout(PATIENCE_S):
            while sum(each.place == place for each in self.heard) < self.count - self.ended:  # noqa: ASYNC110  # no event
                await asyncio.sleep(0.05)

    async def _open(self) -> ClientConnection:
        async with self._opening:
            headers = {"authorization": f"Bearer {self._token}"}
            protocols = [Subprotocol(PROTOCOL)]
            socket = await connect(
                self._url, subprotocols=protocols, additional_headers=headers, compression=None, open_timeout=PATIENCE_S
            )
            await socket.send('{"type": "connection_init"}')
            await socket.recv()
            await socket.send(msgspec.json.encode({"id": "1", "type": "subscribe", "payload": self._asked}).decode())
            return socket

    async def _hear(self, follower: int, socket: ClientConnection) -> None:
        try:
            while True:
                message = msgspec.json.decode(await socket.recv())
                if message["type"] != "next":
                    break
                told = message["payload"]
                if told.get("errors") or not told.get("data"):
                    break
                self.heard.append(Heard(follower, told["data"]["events"]["position"], perf_counter()))
        except ConnectionClosed:
            pass
        self.ended += 1
