"""One projector process: the real driver, feed, core and relay, on a broker and a database in memory."""

import random
from collections.abc import Callable, Sequence
from typing import Any, cast

from event_store.writer import EventWriter
from projections.feeding.aiokafka_driver import Member
from projections.feeding.feed import Feed
from projections.taking.continuity import Continuity
from projections.taking.dead_letter_limits import DeadLetterLimits
from projections.taking.link import Link
from projections.taking.metrics import Metrics
from projections.taking.outbox import send_waiting
from tests.builders.logs import TOPIC
from tests.builders.tallies import Takings
from tests.simulation.broker import Broker, Consumer
from tests.simulation.points import Point, Thread, Violation
from tests.simulation.session import Session
from tests.simulation.tables import Tables

METRICS = Metrics()
RELAY_SHARE = 0.15
"""How often the relay goes on, beside the reader."""

NO_LIMITS = DeadLetterLimits(in_a_row=1_000_000, share=1.0)


class Process:
    """A projector from its start until it is killed; it keeps no more than its memory, which then is gone."""

    def __init__(self, broker: Broker, tables: Tables, connect: Callable[["Process"], str]) -> None:
        self._broker = broker
        self._tables = tables
        self.sessions: list[Session] = []
        takings = Takings(connect(self), limits=NO_LIMITS)
        self._projector = takings.projector
        self._projector._continuity = Continuity(broker.continuation)
        self.feed = Feed(self._projector, METRICS)
        self.consumer = Consumer(broker)
        self.member = Member(self.feed, cast("Any", self.consumer), TOPIC)
        self._link = Link(takings.database)
        self.threads = [Thread(self.member.read()), Thread(self._relay())]

    @property
    def has_ended(self) -> bool:
        return self.threads[0].has_ended

    def connect(self) -> Session:
        session = Session(self._tables)
        self.sessions.append(session)
        return session

    def step(self, chance: random.Random) -> None:
        """Let one of its coroutines go on to its next point."""
        reading, relaying = self.threads
        (relaying if chance.random() < RELAY_SHARE else reading).step()
        if self.feed.failure is not None:
            raise Violation(f"the projector gave up: {self.feed.failure!r}") from self.feed.failure

    def settle(self, numbers: Sequence[int]) -> None:
        """Be given partitions by the group."""
        self.consumer.assign(numbers)
        self.member.on_partitions_assigned(())

    def kill(self, chance: random.Random) -> None:
        """End at once, wherever it stands; a commit on its way may arrive or not."""
        self.lose_connections(chance)
        for thread in self.threads:
            thread.drop()

    def lose_connections(self, chance: random.Random) -> None:
        """Cut what is open; a commit on its way may arrive or not."""
        at_commit = any(thread.at == "commit" for thread in self.threads)
        for session in self.sessions:
            session.lose(committed=at_commit and session.is_committing and chance.random() < 0.5)
        self.sessions = []

    async def _relay(self) -> None:
        writer = cast("EventWriter", self)
        while True:
            await Point("relay")
            await self._link.run(lambda connection: send_waiting(connection, writer, TOPIC, self._projector.owned()))

    async def write_bytes(self, records: Sequence[tuple[str, bytes]]) -> None:
        """Write as `EventWriter` does; who is killed meanwhile has written some."""
        for key, value in records:
            await Point("produce")
            self._broker.append(key, value)
