"""Read models as they stood: folded from the record up to there, and asked without a way to touch anything else."""

import asyncio
from collections.abc import Iterator
from datetime import datetime
from pathlib import Path
from typing import Any

import msgspec
import psycopg
import pytest

from event_store.checkpoints import KeyFolder
from event_store.database import connect
from event_store.envelope import Position
from event_store.errors import DatabaseUnreachable
from event_store.export.reading import open_archive
from event_store.sealing.errors import AfterRecord, BeforeRecord, NotTakenYet, UnknownPosition
from event_store.sealing.extents import Extent, find_extents
from event_store.sealing.extract import Range
from event_store.sealing.office import Office
from event_store.verifier.answers import extents as verified_extents
from event_store.verifier.canonical import Archive
from event_store.verifier.export import verify_export
from infra.cli.auditing import snapshot
from projections.catalogue import READ_MODELS
from projections.errors import QueryRefused, QueryTooLong
from projections.rebuilding.as_of import Answer, Question, ask_as_of
from projections.tables.digests import find_digests
from projections.tables.read_model import PROJECTOR_ROLE
from projections.taking.folded_archive import take_archive
from tests.builders.days import recorded_time, taken, three_days
from tests.builders.logs import TOPIC
from tests.builders.tallies import ask

ALL = " UNION ".join(f"(SELECT 1 FROM {each.name})" for each in READ_MODELS)  # noqa: S608
DAYS = three_days()
SOMEWHERE = recorded_time(min(log.end for log in DAYS) // 2)
END_SLEEPS = "SELECT count(pg_terminate_backend(pid)) FROM pg_stat_activity WHERE wait_event = 'PgSleep'"


@pytest.fixture(scope="module")
def live(postgres: str, migrated_template: str) -> Iterator[str]:
    """A database that has taken three stores' long days; the first of them is sealed."""
    with taken(postgres, migrated_template, DAYS) as database:
        yield database


def extents(database: str, at: datetime | Position) -> list[Extent]:
    with snapshot(database) as connection:
        return find_extents(connection, TOPIC, at)


async def answer(database: str, query: str, at: datetime | Position = SOMEWHERE, **limits: Any) -> Answer:
    return await ask_as_of(database, READ_MODELS, extents(database, at), Question(query=query, **limits))


def rows(found: Answer) -> list[Any]:
    return [msgspec.json.decode(row) for row in found.rows]


async def test_an_answer_rests_on_what_an_export_to_that_time_proves_and_folds_to(
    live: str, database: str, tmp_path: Path
) -> None:
    unsealed = await answer(live, ALL)
    archive = tmp_path / "until.tar"
    Office(live, TOPIC, KeyFolder(tmp_path / "keys")).export(Range(end=SOMEWHERE), archive)
    sealed = await answer(live, ALL)

    with archive.open("rb") as file:
        opened = Archive(file)
        proven = list(verified_extents(verify_export(opened)))
    with open_archive(archive) as readable:
        await take_archive(database, readable, READ_MODELS)
    async with await connect(database, PROJECTOR_ROLE) as connection:
        folded = await find_digests(connection, READ_MODELS)

    assert unsealed.record == sealed.record
    assert [(f"{each.topic}/{each.partition}", each.size, each.root) for each in sealed.record] == proven
    assert {each.name: each.digest for each in sealed.models} == {each.name: each.digest for each in folded.models}
    assert [each.next_offset for each in folded.positions] == [each.next_offset for each in sealed.record]
    query = "SELECT * FROM {} ORDER BY store, visit_id"
    then = ask(database, f"SELECT to_jsonb(v) FROM ({query.format('visits_v3.visits')}) v")  # noqa: S608
    assert rows(await answer(live, query.format("visits"))) == then != []


async def test_an_answer_at_a_position_holds_its_record_and_what_came_before_it_elsewhere(live: str) -> None:
    log = DAYS[1]
    found = await answer(
        live, "SELECT store, count(*) FROM visits GROUP BY 1", Position(topic=TOPIC, partition=log.partition, offset=70)
    )

    offsets = {each.partition: each.next_offset for each in found.record}
    assert offsets == {each.partition: 71 if each is log else 70 for each in DAYS}
    assert {row["store"] for row in rows(found)} == {"ginza-3", "oslo-1", "shop"}
    assert [each.name for each in found.models] == ["visits"]


async def test_the_last_moment_gives_the_live_rows(live: str) -> None:
    found = await answer(live, ALL, recorded_time(10**6))
    async with await connect(live, PROJECTOR_ROLE) as connection:
        now = await find_digests(connection, READ_MODELS)

    assert {each.name: each.digest for each in found.models} == {each.name: each.digest for each in now.models}
    assert [each.size for each in found.record] == [log.end for log in sorted(DAYS, key=lambda log: log.partition)]


def test_a_moment_that_nothing_can_be_said_of_is_refused(live: str) -> None:
    for at, error, told in (
        (recorded_time(0), BeforeRecord, "nothing was recorded before .* the record begins at 2026-03-02T12:00"),
        (datetime.fromisoformat("2999-01-01T00:00:00Z"), AfterRecord, "2999-.* is in the future; name a time"),
        (Position(topic=TOPIC, partition=0, offset=10**9), UnknownPosition, "no record at shopfloor.events/0/1000"),
        (Position(topic="other", partition=0, offset=1), UnknownPosition, "no record at other/0/1"),
    ):
        with pytest.raises(error, match=told):
            extents(live, at)


def test_a_moment_that_the_ledger_has_not_reached_is_refused(live: str) -> None:
    log = DAYS[2]
    behind = f"UPDATE record.checkpoints SET log_end = log_end + %s WHERE partition = {log.partition}"  # noqa: S608
    with psycopg.connect(live, autocommit=True) as connection:
        connection.execute(behind, (5,))
    try:
        assert extents(live, recorded_time(log.end - 1))
        with pytest.raises(NotTakenYet, match="and 5 records are still to be taken; let a projector take them"):
            extents(live, recorded_time(log.end))
    finally:
        with psycopg.connect(live, autocommit=True) as connection:
            connection.execute(behind, (-5,))


@pytest.mark.parametrize(
    ("query", "told"),
    [
        ("SELEC 1", "syntax error at or near"),
        ("SELECT nobody FROM visits", 'column "nobody" does not exist'),
        ("SELECT * FROM people", 'relation "people" does not exist'),
        ("DELETE FROM visits", "syntax error"),
        ("WITH gone AS (DELETE FROM visits RETURNING 1) SELECT * FROM gone", "WITH clause containing a data-modifying"),
        ("SELECT 1) answer; DROP TABLE visits; SELECT (SELECT 1", "DROP TABLE query does not return tuples"),
        ("SELECT * FROM record.ledger", "permission denied for schema record"),
        ("SELECT * FROM visits_v3.visits", "permission denied for schema visits_v3"),
        ("SELECT * FROM erasure.keys", "permission denied for schema erasure"),
        (
            "SELECT set_config('role', 'shopfloor_projector', true)",
            'cannot set parameter "role" within security-definer',
        ),
        ("SELECT set_config('session_authorization', 'postgres', true)", "within security-definer function"),
        ("SELECT set_config('transaction_read_only', 'off', true)", "transaction read-write mode must be set before"),
        ("SELECT query_to_xml('SELECT * FROM record.ledger', true, true, '')", "permission denied for schema record"),
        ("SELECT pg_read_file('/etc/passwd')", "permission denied for function pg_read_file"),
        ("SELECT lo_import('/etc/passwd')", "permission denied for function lo_import"),
        ("SELECT nextval('record.outbox_id_seq')", "permission denied"),
    ],
)
async def test_a_query_that_does_anything_but_read_the_answer_is_refused(live: str, query: str, told: str) -> None:
    with pytest.raises(QueryRefused, match=told):
        await answer(live, query)

    assert ask(live, "SELECT count(*) FROM pg_namespace WHERE nspname ~ '^scratch_'") == [0]


async def test_a_query_is_bounded_in_rows_and_time(live: str) -> None:
    few = await answer(live, "SELECT generate_series(1, 100) AS n;", most_rows=3)
    assert (rows(few), few.is_cut) == ([{"n": 1}, {"n": 2}, {"n": 3}], True)
    assert not (await answer(live, "SELECT generate_series(1, 3)", most_rows=3)).is_cut
    two = await answer(
        live, "SELECT 1 FROM generate_series(1, 9)) answer; SELECT '2'::text FROM (SELECT 1", most_rows=3
    )
    assert len(two.rows) == 3

    with pytest.raises(QueryTooLong, match=r"the query ran longer than 0\.05 s"):
        await answer(live, "SELECT set_config('statement_timeout', '0', true), pg_sleep(30)", timeout_s=0.05)


async def test_a_server_that_ends_meanwhile_is_an_outage_and_no_fault_of_the_query(live: str) -> None:
    asking = asyncio.create_task(answer(live, "SELECT pg_sleep(60)", timeout_s=60))
    async with asyncio.timeout(60):
        while ask(live, END_SLEEPS) == [0]:  # noqa: ASYNC110  # PostgreSQL has no event for it
            await asyncio.sleep(0.05)

    with pytest.raises(DatabaseUnreachable, match="terminating connection"):
        await asking


async def test_nothing_stays_behind_an_interrupted_question_or_a_killed_one(live: str) -> None:
    begun = asyncio.Event()

    def progress(_: int) -> None:
        begun.set()

    question = Question(query="SELECT count(*), pg_sleep(60) FROM visits", timeout_s=60)
    asking = asyncio.create_task(ask_as_of(live, READ_MODELS, extents(live, SOMEWHERE), question, progress))
    await begun.wait()
    asking.cancel()
    with pytest.raises(asyncio.CancelledError):
        await asking
    assert ask(live, "SELECT count(*) FROM pg_namespace WHERE nspname ~ '^scratch_'") == [0]

    with psycopg.connect(live, autocommit=True) as killed:
        killed.execute("CREATE SCHEMA scratch_0123456789ab AUTHORIZATION shopfloor_projector")
    await answer(live, "SELECT 1")
    assert ask(live, "SELECT count(*) FROM pg_namespace WHERE nspname ~ '^scratch_'") == [0]
