"""A random walk over everything that can go wrong, drawn from a seed."""

import signal
import time
from collections import Counter
from collections.abc import Callable
from random import Random

from infra.fire.doomed import POINTS
from infra.fire.ground import PROJECTORS, TELLERS, Ground

AWAY_S = (0.5, 4.0)
"""How long a server or a network stays away."""
PAUSE_S = (0.3, 2.5)
"""Between two actions."""
NTH = (1, 8)
"""At which passing of its point a doomed projector dies."""
DOOM_PATIENCE_S = 20.0
"""How long it may take to get there; the other one may have all the partitions that anything happens in."""
DELAYS_S = (0.005, 0.08)


class Walk:
    """Does one thing after the other to a ground, and counts what was done; the same seed draws the same walk."""

    def __init__(self, ground: Ground, seed: int, say: Callable[[str], None]) -> None:
        self._ground, self._say = ground, say
        self._random = Random(f"fire/{seed}")  # noqa: S311  # not for secrets
        self.done: Counter[str] = Counter()
        self.kills = 0
        self._actions: list[tuple[int, Callable[[], None]]] = [
            (3, self._kill_teller),
            (3, self._kill_projector),
            (6, self._doom_projector),
            (2, self._stop_projector),
            (2, self._kill_kafka),
            (1, self._restart_kafka),
            (2, self._kill_postgresql),
            (1, self._restart_postgresql),
            (2, self._cut_kafka),
            (2, self._cut_postgresql),
            (2, self._slow_down),
            (2, self._fill_disk),
        ]

    def run(self, seconds: float) -> None:
        """Walk for so long; afterwards everything is whole again and every process runs."""
        end = time.monotonic() + seconds
        while time.monotonic() < end:
            time.sleep(self._random.uniform(*PAUSE_S))
            weights = [weight for weight, _ in self._actions]
            self._random.choices(self._actions, weights)[0][1]()
            self._tend()
        self._ground.kafka_proxy.heal()
        self._ground.database_proxy.heal()
        self._tend()

    def _tend(self) -> None:
        self._ground.services.revive()
        self._ground.start_missing()

    def _kill_teller(self) -> None:
        if self._ground.kill(self._random.choice(sorted(TELLERS))):
            self._count("kill -9 of a worker's spool and sink", kills=1)

    def _kill_projector(self) -> None:
        name = self._random.choice(PROJECTORS)
        if self._ground.kill(name):
            self._count("kill -9 of one of two projectors", kills=1)

    def _doom_projector(self) -> None:
        name, point = self._random.choice(PROJECTORS), self._random.choice(sorted(POINTS))
        nth = 1 if point == "during a rebalance" else self._random.randint(*NTH)
        self._ground.stop([name])
        self._ground.start(name, "-m", "infra.fire.doomed", point, str(nth))
        deadline = time.monotonic() + DOOM_PATIENCE_S
        while self._ground.is_alive(name) and time.monotonic() < deadline:
            time.sleep(0.05)
        if self._ground.stop([name])[name] == -signal.SIGKILL:
            self._count(f"projector died {point}", kills=1)

    def _stop_projector(self) -> None:
        name = self._random.choice(PROJECTORS)
        self._ground.stop([name])
        self._count("one of two projectors stopped and started")

    def _kill_kafka(self) -> None:
        self._ground.services.broker.kill()
        self._count("kill -9 of Kafka", kills=1)
        self._stay_away()

    def _restart_kafka(self) -> None:
        self._ground.services.broker.stop()
        self._count("Kafka restarted")
        self._stay_away()

    def _kill_postgresql(self) -> None:
        self._ground.services.server.kill()
        self._count("kill -9 of PostgreSQL", kills=1)
        self._stay_away()

    def _restart_postgresql(self) -> None:
        self._ground.services.server.stop()
        self._count("PostgreSQL restarted")
        self._stay_away()

    def _cut_kafka(self) -> None:
        self._ground.kafka_proxy.cut()
        self._stay_away()
        self._ground.kafka_proxy.heal(broken=self._random.choice((False, True)))
        self._count("network to Kafka cut")

    def _cut_postgresql(self) -> None:
        self._ground.database_proxy.cut()
        self._stay_away()
        self._ground.database_proxy.heal(broken=self._random.choice((False, True)))
        self._count("network to PostgreSQL cut")

    def _slow_down(self) -> None:
        proxy = self._random.choice([self._ground.kafka_proxy, self._ground.database_proxy])
        proxy.slow_down(self._random.uniform(*DELAYS_S))
        self._stay_away()
        proxy.heal()
        self._count("network slowed down")

    def _fill_disk(self) -> None:
        name = self._random.choice(sorted(TELLERS))
        self._ground.signal(name, signal.SIGUSR1)
        self._stay_away()
        self._ground.signal(name, signal.SIGUSR2)
        self._count("disk of a spool full")

    def _stay_away(self) -> None:
        time.sleep(self._random.uniform(*AWAY_S))

    def _count(self, what: str, kills: int = 0) -> None:
        self.done[what] += 1
        self.kills += kills
        self._say(what)
