"""A random walk over everything that can go wrong, drawn from a seed."""

import signal
import time
from collections import Counter
from collections.abc import Callable
from functools import partial
from itertools import chain, zip_longest
from random import Random

from infra.fire.doomed import POINTS, SINK_POINTS
from infra.fire.ground import PROJECTORS, SEALER, TELLERS, Ground
from infra.fire.proxy import Proxy

AWAY_S = (0.5, 4.0)
"""How long a server or a network stays away."""
PAUSE_S = (0.3, 1.5)
"""Between two actions."""
NTH = (1, 8)
"""At which passing of its point a doomed projector dies."""
DOOM_PATIENCE_S = 180.0
"""How long it may take to get there; alone it has all partitions, and facts flow."""
DELAYS_S = (0.005, 0.08)
REBALANCE = "during a rebalance"

Action = Callable[[], None]


class Walk:
    """Does one thing after the other to a ground, and counts what was done; the same seed draws the same walk.

    It goes through a shuffled deck that holds everything once, and then through another one.
    """

    def __init__(self, ground: Ground, seed: int, say: Callable[[str], None]) -> None:
        self._ground, self._say = ground, say
        self._random = Random(f"fire/{seed}")  # noqa: S311  # not for secrets
        self._deck: list[Action] = []
        self.done: Counter[str] = Counter()
        self.meant: Counter[str] = Counter()
        self.reached: Counter[str] = Counter()
        self.kills = 0

    def run(self, seconds: float) -> None:
        """Walk for so long; afterwards everything is whole again and every process runs."""
        end = time.monotonic() + seconds
        while time.monotonic() < end:
            time.sleep(self._random.uniform(*PAUSE_S))
            self._deck = self._deck or self._shuffled()
            self._deck.pop(0)()
            self._tend()
        self._ground.kafka_proxy.heal()
        self._ground.database_proxy.heal()
        self._tend()

    def _shuffled(self) -> list[Action]:
        """Return everything once; the kill points and the rest take turns, so that a short walk sees both."""
        networks = [("Kafka", self._ground.kafka_proxy), ("PostgreSQL", self._ground.database_proxy)]
        harms = (self._cut, self._turn_away, self._slow_down)
        rest: list[Action] = [
            *(partial(harm, *network) for network in networks for harm in harms),
            self._kill_teller,
            *(partial(self._doom_teller, point) for point in SINK_POINTS),
            self._kill_projector,
            self._stop_projector,
            self._kill_sealer,
            self._kill_kafka,
            self._restart_kafka,
            self._kill_postgresql,
            self._restart_postgresql,
            self._fill_disk,
        ]
        dooms: list[Action] = [partial(self._doom_projector, point) for point in POINTS]
        self._random.shuffle(dooms)
        self._random.shuffle(rest)
        return [each for each in chain.from_iterable(zip_longest(dooms, rest)) if each is not None]

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

    def _kill_sealer(self) -> None:
        if self._ground.kill(SEALER):
            self._count("kill -9 of the sealer", kills=1)

    def _doom_projector(self, point: str) -> None:
        """Let a projector die at a point; for the others it is alone, so that it has whatever happens."""
        name = self._random.choice(PROJECTORS)
        nth = 1 if point == REBALANCE else self._random.randint(*NTH)
        self._ground.stop([name] if point == REBALANCE else PROJECTORS)
        self._doom("projector", name, point, nth)

    def _doom_teller(self, point: str) -> None:
        """Let a spool and its sink die at a point of their start, with facts that nobody has acknowledged."""
        name = self._random.choice(sorted(TELLERS))
        self._ground.kill(name)
        self._doom("sink", name, point, 1, *self._ground.words(name)[2:])

    def _doom(self, what: str, name: str, point: str, nth: int, *words: str) -> None:
        self.meant[point] += 1
        self._ground.start(name, "-m", "infra.fire.doomed", point, str(nth), *words)
        if self._ground.has_killed_itself(name, DOOM_PATIENCE_S):
            self.reached[point] += 1
            self.kills += 1
            self._say(f"a {what} died {point}")
        else:
            self._say(f"no {what} died {point}: it was not reached {nth} times in {DOOM_PATIENCE_S:g} s")

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

    def _cut(self, where: str, network: Proxy) -> None:
        network.cut()
        self._stay_away()
        network.heal(broken=self._random.choice((False, True)))
        self._count(f"network to {where} cut")

    def _turn_away(self, where: str, network: Proxy) -> None:
        network.turn_away()
        self._stay_away()
        network.heal()
        self._count(f"connections to {where} reset")

    def _slow_down(self, where: str, network: Proxy) -> None:
        network.slow_down(self._random.uniform(*DELAYS_S))
        self._stay_away()
        network.heal()
        self._count(f"network to {where} slowed down")

    def _fill_disk(self) -> None:
        name = self._random.choice(sorted(TELLERS))
        if not self._ground.wait_until_heard(name, signal.SIGUSR2):  # the second of the two to be heard
            return
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
