"""Clients that follow facts with the guide's resume helper, while the server stops and is killed."""

import asyncio
import json
import signal
from collections.abc import AsyncIterator
from contextlib import AsyncExitStack, asynccontextmanager
from pathlib import Path
from typing import Any

import pytest

from graphql_api.errors import token
from tests.builders.facts import came, published
from tests.builders.projected import Shop
from tests.builders.records import NOON, SECOND
from tests.builders.serving import Server, running_api

pytestmark = [pytest.mark.outside, pytest.mark.postgres, pytest.mark.slow]

CLIENTS = ("graphql-ws", "apollo", "urql", "relay")
RESTARTING, ABNORMAL = 1012, 1006


class Follower:
    """A client in a process of its own."""

    def __init__(self, process: asyncio.subprocess.Process) -> None:
        self._process = process
        self.subjects: list[str] = []
        self.others: list[dict[str, Any]] = []

    async def see(self, count: int) -> list[str]:
        """Return all facts that it has told, once there are so many."""
        while len(self.subjects) < count:
            await self._read()
        return self.subjects

    async def see_that(self, **what: Any) -> None:
        """Wait until it tells something of its connection."""
        while what not in self.others:
            await self._read()
        self.others.remove(what)

    async def _read(self) -> None:
        assert self._process.stdout is not None
        line = await self._process.stdout.readline()
        assert line, "the client has ended"
        said = json.loads(line)
        if "subject" in said:
            self.subjects.append(said["subject"])
        else:
            self.others.append(said)


@asynccontextmanager
async def following(client: str, folder: Path, server: Server, after: str) -> AsyncIterator[Follower]:
    """Let a client follow a store from a position on."""
    url = server.address.replace("http", "ws") + "/graphql"
    words = ("node", "follow.js", client, url, server.token, "acme/ginza-3", after)
    process = await asyncio.create_subprocess_exec(*words, cwd=folder, stdout=asyncio.subprocess.PIPE)
    try:
        yield Follower(process)
    finally:
        if process.returncode is None:
            process.kill()
        await process.communicate()


async def test_a_client_comes_back_by_itself_and_gets_each_fact_once_whether_the_server_stops_or_is_killed(
    shop: Shop, clients: Path, projected_database: str, tmp_path: Path
) -> None:
    after = token(await shop.happened(published()))
    told = 0

    async def happen(count: int) -> None:
        nonlocal told
        await shop.happened(*(came(f"v{told + n}", NOON + (told + n) * SECOND) for n in range(count)))
        told += count

    async with asyncio.timeout(240), AsyncExitStack() as until_end:
        data = tmp_path / "data"
        with running_api(projected_database, data) as server:
            port = server.address.rpartition(":")[2]
            followers = [
                await until_end.enter_async_context(following(each, clients, server, after)) for each in CLIENTS
            ]
            await happen(3)
            for each in followers:
                await each.see_that(connected=True)
                await each.see(3)
            await asyncio.to_thread(server.stop)
        for each in followers:
            await each.see_that(closed=RESTARTING)
        await happen(2)
        with running_api(projected_database, data, "--port", port) as server:
            for each in followers:
                await each.see_that(connected=True)
                await each.see(5)
            await happen(2)
            for each in followers:
                await each.see(7)
            server.process.send_signal(signal.SIGKILL)
            for each in followers:
                await each.see_that(closed=ABNORMAL)
        await happen(2)
        with running_api(projected_database, data, "--port", port):
            await happen(1)
            seen = [await each.see(told) for each in followers]

    assert dict(zip(CLIENTS, seen, strict=True)) == {client: [f"visit/v{n}" for n in range(told)] for client in CLIENTS}
