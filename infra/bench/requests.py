"""A client that costs little beside the server it asks: the same request again and again on open connections."""

import asyncio
from time import perf_counter

PATIENCE_S = 30.0
WARM = 5


class Asker:
    """Sends one request, a GraphQL one unless told otherwise."""

    def __init__(
        self, port: int, token: str, body: bytes, *, path: str = "/graphql", media_type: str = "application/json"
    ) -> None:
        self._port = port
        head = (
            f"POST {path} HTTP/1.1\r\nHost: 127.0.0.1:{port}\r\nAuthorization: Bearer {token}\r\n"
            f"Content-Type: {media_type}\r\nContent-Length: {len(body)}\r\n\r\n"
        )
        self._request = head.encode() + body

    async def once(self) -> bytes:
        """Return one answer's body, waiting for the server to be there."""
        async with asyncio.timeout(PATIENCE_S):
            while True:
                try:
                    reader, writer = await asyncio.open_connection("127.0.0.1", self._port)
                    answer = await self._exchange(reader, writer)
                except (ConnectionError, asyncio.IncompleteReadError):
                    await asyncio.sleep(0.1)
                    continue
                writer.close()
                return answer

    async def times(self, count: int) -> list[float]:
        """Ask so many times on one connection; return the seconds that each answer took, the first few aside."""
        reader, writer = await asyncio.open_connection("127.0.0.1", self._port)
        taken = []
        for _ in range(count + WARM):
            began = perf_counter()
            await self._exchange(reader, writer)
            taken.append(perf_counter() - began)
        writer.close()
        return taken[WARM:]

    async def keep_asking(self, connections: int, seconds: float) -> int:
        """Ask on so many connections for so long; return how many answers came."""
        until = perf_counter() + seconds
        return sum(await asyncio.gather(*(self._keep(until) for _ in range(connections))))

    async def _keep(self, until: float) -> int:
        reader, writer = await asyncio.open_connection("127.0.0.1", self._port)
        answers = 0
        while perf_counter() < until:
            await self._exchange(reader, writer)
            answers += 1
        writer.close()
        return answers

    async def _exchange(self, reader: asyncio.StreamReader, writer: asyncio.StreamWriter) -> bytes:
        writer.write(self._request)
        head = (await reader.readuntil(b"\r\n\r\n")).lower()
        length = int(head.partition(b"content-length:")[2].partition(b"\r\n")[0])
        return await reader.readexactly(length)
