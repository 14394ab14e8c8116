"""A look at the Redis between workers and Kafka."""

import asyncio

import msgspec

from vision_workers.edge.connection import RedisConnection, demand_fit
from vision_workers.edge.keys import Keys


class EdgeState(msgspec.Struct, frozen=True, kw_only=True):
    """How a Redis and the bridge that carries from it do."""

    waiting: int
    """Records that are not in Kafka yet."""
    status: str | None
    """What the bridge says of itself; None where none carries."""


def demand_redis(connection: RedisConnection) -> None:
    """Raise an `EdgeError` for a Redis that cannot be used, or that forgets what it is given."""
    asyncio.run(_look(connection, Keys()))


def find_edge_state(connection: RedisConnection, keys: Keys) -> EdgeState:
    """Return how it is; raises as `demand_redis` does."""
    return asyncio.run(_look(connection, keys))


async def _look(connection: RedisConnection, keys: Keys) -> EdgeState:
    with connection.telling():
        async with connection.client() as client:
            await demand_fit(client, connection.where)
            status: bytes | None = await client.get(keys.status)
            return EdgeState(
                waiting=int(await client.xlen(keys.facts)),
                status=None if status is None else status.decode(errors="replace"),
            )
