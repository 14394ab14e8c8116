"""Questions about now cost the same however long the history is: they are answered from an index of what goes on."""

from collections.abc import Awaitable, Callable, Sequence
from typing import Any

import psycopg
import pytest
from sqlalchemy import event
from sqlalchemy.ext.asyncio import AsyncConnection

from projections.read_models.visits import VisitsWanted, find_visits
from projections.read_models.zones import StaysWanted, find_stays
from projections.rebuilding.holdings import find_stores
from projections.scope import Page, Range, StoreKey

STORE = StoreKey("acme", "ginza-3")
VISITS = """
INSERT INTO visits_v3.visits (organisation, store, visit_id, entered_at, exited_at, role)
SELECT 'acme', 'ginza-3', 'v' || n, timestamptz '2026-03-02 09:00Z' + n * interval '1 s',
    CASE WHEN n % 1000 > 0 THEN timestamptz '2026-03-02 10:00Z' END, 'customer'
FROM generate_series(1, 5000) AS n
"""
STAYS = """
INSERT INTO zones_v3.zones (organisation, store, zone_id, entered_at, track_id, zone_name, camera_id, exited_at)
SELECT 'acme', 'ginza-3', 'dairy', timestamptz '2026-03-02 09:00Z' + n * interval '1 s', 't' || n, 'Dairy', 'aisle',
    CASE WHEN n % 1000 > 0 THEN timestamptz '2026-03-02 10:00Z' END
FROM generate_series(1, 5000) AS n
"""
LEDGER = """
INSERT INTO record.ledger (topic, partition, "offset", recorded_at, disposition, organisation, store, subject)
SELECT 'facts', 0, n, '2026-03-02 09:00Z', 'applied', 'acme', 'ginza-3', 'visit/' || n / 10
FROM generate_series(1, 20000) AS n
"""
MONTH = (
    "CREATE TABLE record.ledger_2026_03 PARTITION OF record.ledger FOR VALUES FROM ('2026-03-01Z') TO ('2026-04-01Z')"
)

Question = Callable[[AsyncConnection], Awaitable[Sequence[Any]]]


@pytest.mark.parametrize(
    ("table", "rows", "question"),
    [
        (
            "visits_v3.visits",
            VISITS,
            lambda asking: find_visits(asking, STORE, Range(), Page(20), VisitsWanted(ended=False)),
        ),
        (
            "zones_v3.zones",
            STAYS,
            lambda asking: find_stays(asking, STORE, Range(), Page(20), StaysWanted(ended=False)),
        ),
    ],
)
async def test_who_is_inside_is_found_without_reading_who_was(
    projected_database: str, connection: AsyncConnection, table: str, rows: str, question: Question
) -> None:
    with psycopg.connect(projected_database, autocommit=True) as filling:
        filling.execute(rows)
        filling.execute(f"ANALYZE {table}")
    asked: list[tuple[str, Any]] = []
    event.listen(
        connection.sync_connection,
        "before_cursor_execute",
        lambda _, __, statement, values, *___: asked.append((statement, values)),
    )

    found = await question(connection)
    assert len(found) == 5
    assert "_going_on" in plan(projected_database, *asked[-1])


async def test_the_stores_of_a_visit_are_found_without_reading_the_ledger(database: str) -> None:
    with psycopg.connect(database, autocommit=True) as filling:
        filling.execute(MONTH)
        filling.execute(LEDGER)
        filling.execute("VACUUM ANALYZE record.ledger")
    told = "SELECT DISTINCT organisation, store FROM record.ledger WHERE subject = 'visit/7'"

    async with await psycopg.AsyncConnection.connect(database) as connection:
        assert await find_stores(connection, (), "visit", "7") == {("acme", "ginza-3")}
    assert "subject_idx" in plan(database, told, None)


def plan(database: str, statement: str, values: Any) -> str:
    with psycopg.connect(database, autocommit=True) as connection:
        connection.execute("SET enable_seqscan = off")
        return "\n".join(line for (line,) in connection.execute(f"EXPLAIN {statement}", values).fetchall())
