"""What dies, and in which order, drawn from a seed."""

import signal
import time
from collections import Counter
from collections.abc import Callable
from random import Random

from infra.fire.edge.ground import BRIDGES, EdgeGround
from infra.fire.ground import TELLERS
from vision_workers.edge.lease import LEASE_S

PAUSE_S = (0.2, 1.0)
"""Between two actions."""
AWAY_S = (0.0, 1.5)
"""How long what died stays away."""
LOST_BYTES = 60_000
"""At most so much of Redis' log never came to the disk: half a second of what is told."""

Action = Callable[[], None]


class Walk:
    """Kills in a shuffled order, round after round; the same seed draws the same walk."""

    def __init__(self, ground: EdgeGround, seed: int, say: Callable[[str], None]) -> None:
        self._ground, self._say = ground, say
        self._random = Random(f"edge fire/{seed}")  # noqa: S311  # not for secrets
        self.done: Counter[str] = Counter()
        self.kills = 0

    def run(self, rounds: int, *, only_kills: bool) -> None:
        """Walk; afterwards everything is whole again and every process runs."""
        for _ in range(rounds):
            for action in self._deck(only_kills=only_kills):
                time.sleep(self._random.uniform(*PAUSE_S))
                action()
                time.sleep(self._random.uniform(*AWAY_S))
                self._ground.make_whole()

    def _deck(self, *, only_kills: bool) -> list[Action]:
        deck = [self._kill_worker, self._kill_bridge, self._kill_redis, self._kill_kafka]
        if not only_kills:
            deck += [self._kill_redis_and_bridge, self._kill_redis_and_worker, self._kill_kafka_and_redis]
            deck += [self._restart_redis, self._stop_bridge, self._let_a_bridge_stand_still]
        self._random.shuffle(deck)
        return deck

    def _kill_worker(self) -> None:
        if self._ground.kill(self._random.choice(sorted(TELLERS))):
            self._count("kill -9 of a worker's spool and sink", 1)

    def _kill_bridge(self) -> None:
        if self._ground.kill(self._random.choice(BRIDGES)):
            self._count("kill -9 of one of two bridges", 1)

    def _kill_redis(self) -> None:
        lost = self._ground.redis.kill(self._random.randrange(LOST_BYTES))
        self._count("kill -9 of Redis", 1)
        self.done["bytes of its log that Redis lost"] += lost

    def _kill_kafka(self) -> None:
        self._ground.services.broker.kill()
        self._count("kill -9 of Kafka", 1)

    def _kill_redis_and_bridge(self) -> None:
        self._kill_redis()
        self._kill_bridge()

    def _kill_redis_and_worker(self) -> None:
        self._kill_worker()
        self._kill_redis()

    def _kill_kafka_and_redis(self) -> None:
        self._kill_kafka()
        self._kill_redis()

    def _restart_redis(self) -> None:
        self._ground.redis.stop()
        self._count("Redis restarted", 0)

    def _stop_bridge(self) -> None:
        self._ground.stop([self._random.choice(BRIDGES)])
        self._count("one of two bridges stopped", 0)

    def _let_a_bridge_stand_still(self) -> None:
        name = self._random.choice(BRIDGES)
        self._ground.signal(name, signal.SIGSTOP)
        time.sleep(LEASE_S + 1)
        self._ground.signal(name, signal.SIGCONT)
        self._count("a bridge stood still for longer than its lease", 0)

    def _count(self, what: str, kills: int) -> None:
        self.done[what] += 1
        self.kills += kills
        self._say(what)
