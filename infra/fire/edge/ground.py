"""Where it burns: tellers that write to a real Redis, bridges to a real Kafka, and a projector that nobody disturbs."""

import os
from collections.abc import Sequence
from pathlib import Path
from typing import Self

from infra.fire.ground import TELLERS, Ground
from infra.local.redis import RedisServer

BRIDGES = ("bridge-1", "bridge-2")
PROJECTOR = "projector"
RUNNING = (*TELLERS, *BRIDGES, PROJECTOR)


class EdgeGround(Ground):
    """The ground of a fire with a Redis in the middle."""

    def __init__(self, folder: Path, seed: int) -> None:
        super().__init__(folder, seed, "aiokafka")
        self.redis = RedisServer(folder / "redis")

    def __enter__(self) -> Self:
        super().__enter__()
        self._open.callback(self.redis.stop)
        try:
            self.redis.start()
        except BaseException:
            self._open.close()
            raise
        return self

    def words(self, name: str) -> Sequence[str]:
        """Return what starts a process of this name."""
        if name in BRIDGES:
            return ("-m", "infra.cli", "bridge", "--patience", "120")
        return super().words(name)

    def make_whole(self) -> None:
        """Start what is dead: a server by itself, and then the processes."""
        if not self.redis.is_alive():
            self.redis.start()
        self.services.revive()
        self.start_missing(RUNNING)

    def _settings(self) -> dict[str, str]:
        """Kafka and PostgreSQL without the proxies between: what dies here are processes."""
        return super()._settings() | {
            "SHOPFLOOR_KAFKA": self.services.kafka,
            "SHOPFLOOR_DATABASE": self.services.database,
            "SHOPFLOOR_REDIS": self.redis.url,
            "SHOPFLOOR_LOG_LEVEL": os.environ.get("SHOPFLOOR_LOG_LEVEL", "INFO"),
        }
