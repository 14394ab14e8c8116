"""A ledger in a real database, filled as the projector fills it: a row for each record, and how far it has come."""

from collections.abc import Iterator
from contextlib import contextmanager
from datetime import UTC, datetime, timedelta
from typing import Any
from uuid import NAMESPACE_URL, uuid5

from psycopg import Connection, IsolationLevel

from event_store.database import connect_blocking
from tests.builders.sealed_logs import GINZA, SECOND, START, TOPIC, erasure, fact

_ROW = """
INSERT INTO record.ledger (topic, partition, "offset", recorded_at, disposition, value, event_id, type, organisation,
                           store, subject)
VALUES (%s, %s, %s, %s, 'applied', %s, %s, %s, %s, %s, %s)
"""
_APPLIED = 'INSERT INTO record.applied (event_id, organisation, partition, "offset") VALUES (%s, %s, %s, %s)'
_TAKEN = """
INSERT INTO record.checkpoints (name, topic, partition, next_offset) VALUES ('live', %s, %s, %s)
ON CONFLICT (name, topic, partition) DO UPDATE SET next_offset = EXCLUDED.next_offset
"""
_COUNTS = "SELECT partition, count(*) FROM record.ledger GROUP BY partition"
_MONTH = """
CREATE TABLE IF NOT EXISTS record.ledger_2026_11 PARTITION OF record.ledger
FOR VALUES FROM ('2026-11-01Z') TO ('2026-12-01Z')
"""


class Ledger:
    """Rows a second apart; every fifth offset is a hole."""

    def __init__(self, address: str) -> None:
        self.address = address
        self.connection = connect_blocking(address, "shopfloor_projector")
        self.connection.execute(_MONTH)
        self._next: dict[int, int] = dict(self.connection.execute(_COUNTS).fetchall())

    def add(
        self, partition: int, count: int, store: str = GINZA, type_name: str = "shopfloor.ShopperEntered.v1"
    ) -> None:
        """Write facts of a store; a type of None stands for bytes that nobody could read."""
        organisation, name = store.split("/")
        with self.connection.transaction(), self.connection.cursor() as cursor:
            numbers = range(self._next.get(partition, 0), self._next.get(partition, 0) + count)
            rows = [
                (
                    *(TOPIC, partition, number + number // 5, self.time(number), _bytes(number, store, type_name)),
                    *(event_id(partition, number), type_name, organisation, name, f"visit/{number}"),
                )
                for number in numbers
            ]
            cursor.executemany(_ROW, rows)
            cursor.executemany(_APPLIED, [(row[5], organisation, partition, row[2]) for row in rows])
            cursor.execute(_TAKEN, (TOPIC, partition, rows[-1][2] + 1))
            self._next[partition] = numbers.stop

    def change(self, statement: str, *values: object) -> None:
        """Do what nobody may do."""
        self.connection.execute(statement, values)

    @staticmethod
    def time(number: int) -> datetime:
        """Return when a partition's fact of that number was recorded."""
        return START + number * SECOND + timedelta(milliseconds=number % 1000)

    @contextmanager
    def snapshot(self) -> Iterator[Connection[Any]]:
        """Yield a connection whose transaction sees one state of the database."""
        with connect_blocking(self.address, "shopfloor_projector") as connection:
            connection.isolation_level = IsolationLevel.REPEATABLE_READ
            with connection.transaction():
                yield connection


def event_id(partition: int, number: int) -> str:
    """Return the id of a partition's fact of that number."""
    return str(uuid5(NAMESPACE_URL, f"{partition}/{number}"))


MIDNIGHT = datetime(2026, 11, 22, tzinfo=UTC)


def _bytes(number: int, store: str, type_name: str) -> bytes:
    forgets = type_name == "shopfloor.SubjectForgotten.v1"
    return erasure(number, f"visit/{number}", store) if forgets else fact(number, store)
