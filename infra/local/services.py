"""Real Kafka and PostgreSQL for one data folder: started, prepared, recovered and stopped together."""

from collections.abc import Callable, Sequence
from pathlib import Path
from types import TracebackType
from typing import Self

from event_store.connection import KafkaConnection
from event_store.topics import TOPICS, TopicSpec
from infra.local.folder import FolderLock
from infra.local.kafka import Broker
from infra.local.postgresql import Database
from infra.local.processes import recover
from infra.local.running import announce, withdraw
from infra.local.topics import make_topics


class Services:
    """Embedded Kafka and PostgreSQL of one data folder; one live process at a time may hold the folder.

    `prepare` brings the database at an address to the current schema. `durable` False spares the disk: data then
    survives the death of every process, but not that of the machine.
    """

    def __init__(
        self,
        folder: Path,
        *,
        prepare: Callable[[str], None] | None = None,
        topics: Sequence[TopicSpec] = TOPICS,
        durable: bool = True,
    ) -> None:
        self.folder = folder.resolve()
        self.records = self.folder / "processes"
        self.broker = Broker(self.folder / "kafka", self.records, self.folder / "logs" / "kafka.log")
        self.server = Database(
            self.folder / "postgresql", self.records, self.folder / "logs" / "postgresql.log", durable=durable
        )
        self._prepare = prepare
        self._topics = topics
        self._lock = FolderLock(self.folder)

    @property
    def kafka(self) -> str:
        """Bootstrap address, `127.0.0.1:port`."""
        return self.broker.bootstrap

    @property
    def database(self) -> str:
        """`postgresql://` address of the prepared database for its superuser."""
        return self.server.url

    def start(self) -> Self:
        """Recover from whatever happened before, start both, make topics and schema.

        Raises `FolderInUse`, `FolderUnwritable`, `NoJavaRuntime`, `JarsMissing`, `WrongDigest` or `ServiceFailed`.
        """
        self._lock.acquire()
        try:
            recover(self.records)
            self.server.start()
            self.broker.start()
            if self._prepare is not None:
                self._prepare(self.database)
            make_topics(KafkaConnection(bootstrap=self.kafka), self._topics, replicas=1)
            announce(self.folder, self.kafka, self.database)
        except BaseException:
            self.stop()
            raise
        return self

    def stop(self) -> None:
        """Stop both and let go of the folder; harmless when they are not running."""
        if not self._lock.is_held:
            return
        withdraw(self.folder)
        try:
            self.broker.stop()
        finally:
            try:
                self.server.stop()
            finally:
                self._lock.release()

    def revive(self) -> list[str]:
        """Start again, at the same addresses, what has died; return the names of what had."""
        dead = []
        if not self.server.is_alive():
            self.server.start()
            dead.append("PostgreSQL")
        if not self.broker.is_alive():
            self.broker.start()
            dead.append("Kafka")
        return dead

    def __enter__(self) -> Self:
        return self.start()

    def __exit__(
        self, kind: type[BaseException] | None, problem: BaseException | None, trace: TracebackType | None
    ) -> None:
        self.stop()
