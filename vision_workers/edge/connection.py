"""How to reach Redis, and what a Redis must be."""

import ssl
from collections.abc import Iterator
from contextlib import contextmanager
from dataclasses import dataclass, field
from pathlib import Path
from typing import Any
from urllib.parse import urlsplit

from redis.asyncio import Redis
from redis.asyncio.retry import Retry
from redis.backoff import NoBackoff
from redis.exceptions import RedisError

from vision_workers.edge.errors import UnfitRedis, UnusableRedisFile, edge_error

CONNECT_S = 5.0
ANSWER_S = 10.0
"""Longer than anybody lets Redis wait for news."""
Client = Any
"""An asynchronous client of Redis. Its published types cannot tell which form an answer has."""
OLDEST = 7
"""The first version whose scripts may run while it is full."""


@dataclass(frozen=True, kw_only=True)
class RedisConnection:
    """The address of a Redis with what it asks for."""

    url: str = field(repr=False)
    """`redis://host:6379/0`, or `rediss://` for TLS."""
    user: str | None = None
    password: str | None = field(default=None, repr=False)
    ca_file: Path | None = None
    """The authority that signed its certificate; the system's authorities if absent."""

    @property
    def where(self) -> str:
        """Host and port, without any password."""
        parts = urlsplit(self.url)
        return f"{parts.hostname or 'localhost'}:{parts.port or 6379}"

    def client(self) -> Client:
        """Return a client that has not connected yet; raises `UnusableRedisFile`.

        A connection that breaks is told and not repaired in silence: what was given to it is looked for again.
        """
        options: dict[str, Any] = {"username": self.user, "password": self.password}
        if self.ca_file is not None:
            options["ssl_ca_certs"] = str(_demand_authority(self.ca_file))
        return Redis.from_url(
            self.url,
            socket_connect_timeout=CONNECT_S,
            socket_timeout=ANSWER_S,
            retry=Retry(NoBackoff(), 0),
            protocol=2,
            **{name: value for name, value in options.items() if value is not None},
        )

    @contextmanager
    def telling(self) -> Iterator[None]:
        """Raise an `EdgeError` for whatever a client of this connection meets."""
        try:
            yield
        except (RedisError, OSError, TimeoutError) as problem:
            is_secure = self.url.startswith("rediss:")
            raise edge_error(self.where, problem, is_secure=is_secure) from problem


async def demand_fit(client: Client, where: str) -> None:
    """Raise `UnfitRedis` for a Redis that forgets what it is given, or is too old."""
    told = await client.info()
    if int(str(told["redis_version"]).partition(".")[0]) < OLDEST:
        raise UnfitRedis(where, f"has version {told['redis_version']}", f"upgrade it to {OLDEST} or newer")
    if told["role"] != "master":
        raise UnfitRedis(where, "is a replica, which takes nothing", "name the primary in SHOPFLOOR_REDIS")
    if (policy := told["maxmemory_policy"]) != "noeviction":
        cure = "set `maxmemory-policy noeviction` in its configuration"
        raise UnfitRedis(where, f"evicts (maxmemory-policy {policy})", cure)
    if not told["aof_enabled"]:
        raise UnfitRedis(where, "has no append-only file", "set `appendonly yes` in its configuration")
    if told["aof_last_write_status"] != "ok":
        raise UnfitRedis(where, "cannot write its append-only file", "see its log, and make room on its disk")


def _demand_authority(path: Path) -> Path:
    try:
        ssl.create_default_context(cafile=str(path))
    except (OSError, ValueError) as problem:
        raise UnusableRedisFile(path, getattr(problem, "strerror", None) or str(problem)) from problem
    return path
