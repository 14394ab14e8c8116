"""eventsourcing: a Projection behind its ProjectionRunner, with a PostgreSQL view that tracks its position."""

import json
import os
import sys
from datetime import UTC, datetime
from itertools import islice
from pathlib import Path
from time import perf_counter
from typing import Any
from urllib.parse import urlsplit

from eventsourcing.application import Application
from eventsourcing.dispatch import singledispatchmethod
from eventsourcing.domain import Aggregate
from eventsourcing.persistence import Tracking
from eventsourcing.postgres import PostgresTrackingRecorder
from eventsourcing.projection import Projection, ProjectionRunner

SAVED_AT_ONCE = 500
PATIENCE_S = 280.0
LEDGER = """
INSERT INTO record.ledger (topic, partition, "offset", recorded_at, disposition, key, value,
                           event_id, type, organisation, store, source, sequence, subject, time)
VALUES (%(topic)s, 0, %(number)s, %(recorded_at)s, 'applied', %(key)s, %(value)s,
        %(id)s, %(type)s, %(organisation)s, %(store)s, %(source)s, %(sequence)s, %(subject)s, %(time)s)
"""
COUNT = """
INSERT INTO bench_counts_v1.bench_counts (organisation, store, facts) VALUES (%(organisation)s, %(store)s, 1)
ON CONFLICT (organisation, store) DO UPDATE SET facts = bench_counts.facts + 1
"""


class Store(Aggregate):
    """A store whose events are our facts."""

    class Recorded(Aggregate.Event):
        """One of our facts: its bytes, and the attributes that the ledger has columns for."""

        number: int
        key: str
        value: str
        attributes: dict[str, Any]


class Stores(Application):
    """Holds the facts in this library's own store."""


class LedgerView(PostgresTrackingRecorder):
    """The ledger and one counter, written in the transaction that moves the position."""

    committed: list[float]
    topic = ""

    def record(self, event: Store.Recorded, tracking: Tracking) -> None:
        """Write one fact."""
        values = event.attributes | {
            "topic": self.topic,
            "number": event.number,
            "recorded_at": datetime.now(UTC),
            "key": event.key.encode(),
            "value": event.value.encode(),
        }
        with self.datastore.transaction(commit=True) as cursor:
            self._insert_tracking(cursor, tracking)
            cursor.execute(LEDGER, values, prepare=True)
            cursor.execute(COUNT, values, prepare=True)
        self.committed.append(perf_counter())


class Ledger(Projection[LedgerView]):
    """Hands every fact to the view."""

    name = "ledger"

    @singledispatchmethod
    def process_event(self, domain_event: Any, tracking: Tracking) -> None:  # noqa: ARG002  # the library's signature
        """Take notice of other events by their position only."""
        self.view.insert_tracking(tracking)

    @process_event.register
    def _recorded(self, domain_event: Store.Recorded, tracking: Tracking) -> None:
        self.view.record(domain_event, tracking)


def run(task: dict[str, Any], facts: list[list[str]]) -> dict[str, Any]:
    """Store the facts, then project; only the projecting is timed."""
    _configure(task["database"])
    _store(facts)
    LedgerView.topic, LedgerView.committed = task["topic"], []
    with ProjectionRunner(application_class=Stores, projection_class=Ledger, view_class=LedgerView) as runner:
        runner.wait(runner.app.recorder.max_notification_id(), timeout=PATIENCE_S)
    committed = LedgerView.committed
    return {"records": len(committed) - 1, "seconds": committed[-1] - committed[0]}


def _configure(database: str) -> None:
    address = urlsplit(database)
    os.environ |= {
        "PERSISTENCE_MODULE": "eventsourcing.postgres",
        "POSTGRES_DBNAME": address.path.lstrip("/"),
        "POSTGRES_HOST": str(address.hostname),
        "POSTGRES_PORT": str(address.port),
        "POSTGRES_USER": str(address.username),
        "POSTGRES_PASSWORD": str(address.password),
        "POSTGRES_POOL_SIZE": "5",
    }


def _store(facts: list[list[str]]) -> None:
    stores: dict[str, Store] = {}
    with Stores() as application:
        for number, (key, value) in enumerate(facts):
            store = stores.setdefault(key, Store())
            about = {name: each for name, each in json.loads(value).items() if name != "data"}
            store.trigger_event(Store.Recorded, number=number, key=key, value=value, attributes=about)
            if number % SAVED_AT_ONCE == 0:
                application.save(*stores.values())
        application.save(*stores.values())


def main() -> None:
    """Run the task of the command line."""
    task = json.loads(sys.argv[1])
    with Path(task["facts"]).open() as lines:
        facts = [line.rstrip("\n").split("\t", 1) for line in islice(lines, task["records"])]
    sys.stdout.write(json.dumps(run(task, facts)) + "\n")


if __name__ == "__main__":
    main()
