"""A ledger of three months, with everything in it that a ledger can have."""

import io
from collections.abc import Iterator
from datetime import timedelta
from pathlib import Path
from typing import Any

from psycopg import Connection

from event_store.archive.archiving import Archiving
from event_store.archive.reading import HOLD, Question
from event_store.archive.register import find_archive
from event_store.export import pack
from event_store.replay import Entry, all_entries
from event_store.sealing import Sealer
from event_store.sealing.extract import Extract, Range
from tests.builders.ledgers import Ledger
from tests.builders.sealed_logs import OSLO, TOPIC, signing_key

KEY = signing_key()
SEPTEMBER, OCTOBER, NOVEMBER = "2026-09", "2026-10", "2026-11"
_MONTH = "CREATE TABLE record.ledger_{0} PARTITION OF record.ledger FOR VALUES FROM ('{1}-01Z') TO ('{2}-01Z')"


def three_months(ledger: Ledger) -> None:
    """Fill partitions 0 and 4: a third in September, a third in October, the rest in November; and seal it."""
    for month, following in ((SEPTEMBER, OCTOBER), (OCTOBER, NOVEMBER)):
        ledger.change(_MONTH.format(month.replace("-", "_"), month, following))
    ledger.add(0, 200)
    ledger.add(0, 50, OSLO)
    ledger.add(0, 350)
    ledger.add(4, 30, OSLO, "shopfloor.SubjectForgotten.v1")
    for partition, first, second in ((0, 240, 480), (4, 12, 24)):
        _move(ledger, partition, 0, first, 60)
        _move(ledger, partition, first, second, 30)
    _mishaps(ledger)
    seal(ledger)


def archive(ledger: Ledger, folder: Path, *months: str) -> list[int]:
    """Move months into a folder; return how many records each had."""
    place = find_archive(ledger.connection, str(folder))
    with Archiving(ledger.connection, place, lambda _: None) as archiving:
        return [archiving.archive(month) for month in months]


def exported(ledger: Ledger, wanted: Range) -> bytes:
    """Return a range of a ledger's record as an export."""
    out = io.BytesIO()
    with ledger.snapshot() as connection:
        connection.execute(HOLD)
        pack(Extract(connection, TOPIC, wanted).contents([KEY.verifier]), [KEY], out)
    return out.getvalue()


def seal(ledger: Ledger) -> None:
    """Seal what there is."""
    Sealer(ledger.connection, TOPIC, [KEY]).seal(1_000)


def _move(ledger: Ledger, partition: int, first: int, behind: int, days: int) -> None:
    ledger.change(
        "UPDATE record.ledger SET recorded_at = recorded_at - %s "
        'WHERE partition = %s AND "offset" >= %s AND "offset" < %s',
        *(timedelta(days=days), partition, first, behind),
    )


def _mishaps(ledger: Ledger) -> None:
    """Let some records have no value, no key, other headers, no attributes, or not be applied."""
    change = 'UPDATE record.ledger SET {} WHERE partition = 0 AND "offset" = %s'
    ledger.change(change.format("value = NULL, disposition = 'dead', type = NULL, event_id = NULL, time = NULL"), 30)
    ledger.change(change.format("disposition = 'parked', value = '\\x0a7b0a'"), 31)
    ledger.change(change.format("disposition = 'duplicate', key = '\\x00', value = ''"), 32)
    ledger.change(change.format("""headers = '[["a","AAE="],["b",null]]'"""), 33)
    ledger.change(
        change.format("organisation = NULL, store = NULL, sequence = 7, time = '2026-01-02T03:04:05.678901Z'"), 34
    )
    for offset, reason in ((30, "undecodable"), (31, "parked")):
        ledger.change(
            'INSERT INTO record.dead_letters (topic, partition, "offset", recorded_at, reason, error, headers) '
            "VALUES (%s, 0, %s, now(), %s, 'no fact', '[]')",
            *(TOPIC, offset, reason),
        )


def whole(connection: Connection[Any], partition: int = 0, limit: int = 70, **narrowed: Any) -> list[Entry]:
    """Return every entry of a partition, read so many at a time."""
    asked: dict[str, Any] = {
        "topic": TOPIC,
        "partition": partition,
        "start": 0,
        "end": 10_000,
        "limit": limit,
    } | narrowed
    return list(all_entries(connection, Question(**asked)))


def months_of(connection: Connection[Any]) -> Iterator[str]:
    """Yield the names of the ledger's months."""
    for (name,) in connection.execute(
        "SELECT tablename FROM pg_tables WHERE schemaname = 'record' AND tablename ~ '^ledger_' ORDER BY tablename"
    ):
        yield name
