"""A ledger of any size in little time: one day of shops is told in full, and every further day is that one again.

A day's ids, sources and dates are its own; its rows go into the ledger by COPY, as text that is made by replacing.
"""

import re
from collections import Counter
from collections.abc import Callable, Iterator, Sequence
from concurrent.futures import ThreadPoolExecutor
from datetime import date, datetime, timedelta
from itertools import islice, takewhile
from threading import Event

import msgspec
import psycopg
from psycopg import sql

from event_store.database import connect_blocking
from event_store.events.event import Moment
from event_store.ledger import COLUMNS
from event_store.partitions import partition_of
from event_store.serialization import timestamp
from event_store.topics import EVENTS, PARTITIONS
from infra.bench.history import Fact, history
from infra.bench.shops import OPENING
from infra.bench.waiting import Tally, told
from projections.tables.read_model import PROJECTOR_ROLE

DAY = 50_000
"""Facts of one day: 24 shops for an hour and ten minutes."""
WRITERS = 2
PIECE = 1 << 20
NUMBER, DATE, RUN = b"@@DAYNO@", b"@@@DATE@@@", b"@@N@@"
"""What stands for the day in ids and sources, in times, and before the last six digits of an offset."""

_UUID = re.compile(rb"[0-9a-f]{8}(-[0-9a-f]{4}-[0-9a-f]{4}-[0-9a-f]{4}-[0-9a-f]{12})")
_COPY = "COPY record.ledger ({}) FROM STDIN".format(", ".join(map('"{}"'.format, COLUMNS)))
_BARE = "ALTER TABLE record.applied DROP CONSTRAINT IF EXISTS applied_pkey"
_KEYED = "ALTER TABLE record.applied ADD CONSTRAINT applied_pkey PRIMARY KEY (event_id, organisation)"
_APPLIED = """
INSERT INTO record.applied (event_id, organisation, partition, "offset")
SELECT event_id::uuid, organisation, partition, "offset" FROM record.ledger
WHERE recorded_at >= %s AND recorded_at < %s
"""
_STAND = """
INSERT INTO record.checkpoints (name, topic, partition, next_offset, log_end, last_recorded_at)
SELECT 'live', topic, partition, max("offset") + 1, max("offset") + 1, max(recorded_at) FROM record.ledger
WHERE recorded_at >= %s AND recorded_at < %s GROUP BY topic, partition
ON CONFLICT (name, topic, partition) DO UPDATE SET next_offset = excluded.next_offset, log_end = excluded.log_end,
    last_recorded_at = excluded.last_recorded_at, last_digest = NULL
"""
_MONTH = """
CREATE TABLE IF NOT EXISTS record.ledger_{0:%Y_%m} PARTITION OF record.ledger
FOR VALUES FROM ('{0:%Y-%m-01}Z') TO ('{1:%Y-%m-01}Z')
"""
_TABLES = """
SELECT c.oid::regclass::text FROM pg_class c JOIN pg_namespace n ON n.oid = relnamespace
WHERE relkind = 'r' AND nspname ~ '_v[0-9]+(_b[0-9]+)?$'
"""


class _Wire(msgspec.Struct, frozen=True):
    id: str
    type: str
    organisation: str
    store: str
    source: str
    sequence: int
    subject: str
    time: Moment


class Days:
    """The days of some shops, each with the same number of facts."""

    def __init__(self, seed: int) -> None:
        facts = history(DAY, seed=seed)
        self._facts = [Fact(fact.key, _marked(fact.value)) for fact in facts]
        offsets: Counter[int] = Counter()
        lines = []
        for original, fact in zip(facts, self._facts, strict=True):
            partition = partition_of(fact.key, PARTITIONS)
            lines.append(_line(original, fact, partition, offsets[partition]))
            offsets[partition] += 1
        self._text = b"".join(lines)

    def facts(self, day: int, count: int) -> list[Fact]:
        """Return the first so many facts of a day."""
        return [Fact(fact.key, _of_day(fact.value, day)) for fact in islice(self._facts, count)]

    def event_ids(self, day: int, count: int) -> Sequence[str]:
        """Return the ids of some facts of a day."""
        return [msgspec.json.decode(fact.value, type=_Wire).id for fact in self.facts(day, count)]

    def rows(self, day: int) -> Iterator[bytes]:
        """Yield a day's rows as COPY reads them, in pieces."""
        text = _of_day(self._text, day)
        return (text[begin : begin + PIECE] for begin in range(0, len(text), PIECE))


def fill(database: str, days: Days, numbers: range, say: Callable[[str], None]) -> None:
    """Write days into a ledger as the projector would have left them, but for the read models."""
    first, behind = (OPENING.date() + timedelta(days=number) for number in (numbers.start, numbers.stop))
    with connect_blocking(database, PROJECTOR_ROLE) as connection:
        for month in _months(first, behind):
            connection.execute(_MONTH.format(month, (month + timedelta(days=31)).replace(day=1)))
        connection.execute(_BARE)
        _write(database, days, numbers, Tally(say, "facts in the ledger", len(numbers) * DAY))
        with told(say, "ids of the facts"):
            connection.execute(_APPLIED, (first, behind))
            connection.execute(_KEYED)
        connection.execute(_STAND, (first, behind))
        with told(say, "statistics of the ledger"):
            connection.execute("ANALYZE record.ledger, record.applied")


def settle(database: str) -> None:
    """Do for read models that were filled at once what autovacuum does in time for those that grew."""
    with psycopg.connect(database, autocommit=True) as connection:
        for (table,) in connection.execute(_TABLES).fetchall():
            connection.execute(sql.SQL("VACUUM ANALYZE {}").format(sql.SQL(table)))


def _write(database: str, days: Days, numbers: range, tally: Tally) -> None:
    """Write days by several writers; whoever interrupts waits for the days in hand only."""
    left, interrupted = iter(numbers), Event()

    def write() -> None:
        with connect_blocking(database, PROJECTOR_ROLE) as connection, connection.cursor() as cursor:
            for number in takewhile(lambda _: not interrupted.is_set(), left):
                with cursor.copy(_COPY) as copy:
                    for piece in days.rows(number):
                        copy.write(piece)
                tally.add(DAY)

    with ThreadPoolExecutor(WRITERS) as writers:
        writing = [writers.submit(write) for _ in range(WRITERS)]
        try:
            for each in writing:
                each.result()
        finally:
            interrupted.set()


def _months(first: date, behind: date) -> Iterator[date]:
    month = first.replace(day=1)
    while month < behind:
        yield month
        month = (month + timedelta(days=31)).replace(day=1)


def _marked(value: bytes) -> bytes:
    """Put marks where days differ."""
    if b"\\" in value or not value.isascii():
        raise ValueError("a generated fact has a character that COPY would have to escape")
    dated = value.replace(f"{OPENING:%Y-%m-%d}T".encode(), DATE + b"T")
    return _UUID.sub(NUMBER + rb"\1", dated).replace(b'/bench"', b"/bench-" + NUMBER + b'"')


def _of_day(text: bytes, day: int) -> bytes:
    at = OPENING.date() + timedelta(days=day)
    return text.replace(NUMBER, b"%08x" % day).replace(DATE, at.isoformat().encode()).replace(RUN, b"%d" % (day + 1))


def _line(original: Fact, fact: Fact, partition: int, number: int) -> bytes:
    wire = msgspec.json.decode(_of_day(fact.value, 0), type=_Wire)
    marked = msgspec.json.decode(fact.value)
    recorded: datetime = wire.time + timedelta(seconds=1)
    known = (marked["id"], wire.type, wire.organisation, wire.store, marked["source"], str(wire.sequence))
    cells = (
        *(EVENTS, str(partition), f"{RUN.decode()}{number:06d}", _dated(timestamp(recorded)), "applied"),
        *(original.key, fact.value.decode(), *known, marked["subject"], marked["time"], "\\N"),
    )
    return "\t".join(cells).encode() + b"\n"


def _dated(moment: str) -> str:
    return moment.replace(f"{OPENING:%Y-%m-%d}T", f"{DATE.decode()}T")
