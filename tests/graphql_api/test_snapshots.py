"""Transactions of the API: whose they are, what they may, and what becomes of connections that broke."""

import asyncio
from collections.abc import AsyncIterator
from contextlib import suppress

import psycopg
import pytest
from sqlalchemy import text
from sqlalchemy.exc import DBAPIError
from sqlalchemy.ext.asyncio import AsyncConnection

from graphql_api.masking import expected
from graphql_api.snapshots import CONNECTIONS, Database, Snapshot
from graphql_api.tokens import ADMINISTRATOR, Claims
from tests.builders.facts import published
from tests.builders.projected import Shop
from tests.builders.stalled import stalling

pytestmark = pytest.mark.postgres

WHO = text("SELECT current_user, current_setting('shopfloor.organisations', true)")
STORES = text("SELECT organisation FROM record.ledger ORDER BY 1")
COMMAND = text(
    "INSERT INTO record.commands (organisation, key, input_digest, store, event_id, value)"
    " VALUES (:organisation, 'k', '', 's', 'e', '')"
)


def claims(*organisations: str) -> Claims:
    return Claims(name="a", organisations=frozenset(organisations), permissions=frozenset())


@pytest.fixture
async def database(projected_database: str) -> AsyncIterator[Database]:
    database = Database(projected_database)
    yield database
    await database.close()


async def test_each_transaction_sees_its_own_organisations_on_whatever_connection_it_runs(
    shop: Shop, database: Database
) -> None:
    await shop.happened(published())
    await shop.happened(published("rival/oslo-1"), store="rival/oslo-1")
    sees = {("acme",): ["acme"], ("rival",): ["rival"], (): [], ("*",): ["acme", "rival"], ("acm", "e"): []}

    async def check(organisations: tuple[str, ...], seen: list[str]) -> None:
        async with database.reading(claims(*organisations)) as connection:
            assert (await connection.execute(WHO)).one() == ("shopfloor_api", ",".join(sorted(organisations)))
            assert list(await connection.scalars(STORES)) == seen

    await asyncio.gather(*(check(*each) for each in sees.items() for _ in range(2 * CONNECTIONS)))


async def test_an_organisations_name_is_never_read_as_a_statement(shop: Shop, database: Database) -> None:
    await shop.happened(published())

    for name in ("x'; RESET ROLE; --", "x\\'; RESET ROLE; --", "{}", "%s", "é'''", '"'):
        async with database.reading(claims(name)) as connection:
            assert (await connection.execute(WHO)).one() == ("shopfloor_api", name)
            assert list(await connection.scalars(STORES)) == []


async def test_a_transaction_that_reads_changes_nothing_and_one_that_fails_neither(
    database: Database, projected_database: str
) -> None:
    with pytest.raises(DBAPIError, match="read-only"):
        async with database.reading(ADMINISTRATOR) as connection:
            await connection.execute(COMMAND, {"organisation": "acme"})
    with pytest.raises(DBAPIError, match="duplicate key"):
        async with database.writing(ADMINISTRATOR) as connection:
            await connection.execute(COMMAND, [{"organisation": "acme"}, {"organisation": "acme"}])
    async with database.writing(claims("kept")) as connection:
        await connection.execute(COMMAND, {"organisation": "kept"})

    with psycopg.connect(projected_database) as seeing:
        assert seeing.execute("SELECT organisation FROM record.commands").fetchall() == [("kept",)]


async def test_what_is_read_in_one_transaction_is_of_one_moment(shop: Shop, database: Database) -> None:
    async with database.reading(ADMINISTRATOR) as connection:
        before = list(await connection.scalars(STORES))
        await shop.happened(published())
        assert list(await connection.scalars(STORES)) == before == []


async def test_connections_that_broke_since_are_replaced_and_nobody_notices(
    database: Database, projected_database: str
) -> None:
    together = asyncio.Barrier(CONNECTIONS)

    async def ask() -> None:
        async with database.reading(ADMINISTRATOR) as connection:
            await connection.execute(WHO)
            await together.wait()

    await asyncio.gather(*(ask() for _ in range(CONNECTIONS)))
    with psycopg.connect(projected_database, autocommit=True) as connection:
        broken = connection.execute(
            "SELECT count(pg_terminate_backend(pid, 10000)) FROM pg_stat_activity "
            "WHERE datname = current_database() AND pid <> pg_backend_pid()"
        ).fetchone()
    assert broken == (CONNECTIONS,)

    await ask_once(database)
    await asyncio.gather(*(ask() for _ in range(CONNECTIONS)))


async def ask_once(database: Database) -> None:
    async with database.reading(ADMINISTRATOR) as connection:
        assert (await connection.execute(WHO)).one() == ("shopfloor_api", "*")


async def test_a_question_that_takes_too_long_is_ended_by_postgresql(projected_database: str) -> None:
    hurried = Database(projected_database, most_seconds=0.05)

    with pytest.raises(DBAPIError, match="statement timeout"):
        async with hurried.reading(ADMINISTRATOR) as connection:
            await connection.execute(text("SELECT pg_sleep(20)"))
    await ask_once(hurried)
    await hurried.close()


@pytest.mark.usefixtures("no_garbage_is_collected")
@pytest.mark.parametrize("answers", range(10))
async def test_a_question_given_up_while_its_connection_is_made_leaves_none_behind(
    projected_database: str, answers: int
) -> None:
    async with stalling(projected_database, answers) as (address, line):
        database = Database(address)
        question = asyncio.create_task(ask_once(database))
        stalled = asyncio.create_task(line.stalled.wait())
        await asyncio.wait([question, stalled], return_when=asyncio.FIRST_COMPLETED)
        question.cancel()
        line.go_on()
        with suppress(asyncio.CancelledError):
            await question
        await database.close()

        async with asyncio.timeout(10):
            await line.until_nobody_is_connected()
        stalled.cancel()


async def say_who(connection: AsyncConnection) -> str:
    return str((await connection.execute(WHO)).one()[0])


async def say(connection: AsyncConnection, /, words: str, **values: str) -> None:
    await connection.execute(text(words), values)


async def code_of(snapshot: Snapshot, words: str) -> str | None:
    """Return the code that a client is told for a question that fails."""
    with pytest.raises(Exception) as failure:  # noqa: PT011  # of whatever class: the code is what counts
        await snapshot.ask(say, words)
    known = expected(failure.value)
    return known.code if known else None


@pytest.mark.parametrize(
    ("words", "code"),
    [
        ("SET LOCAL ROLE NONE; SELECT pg_terminate_backend(pg_backend_pid())", "UNAVAILABLE"),
        ("SET LOCAL statement_timeout = '1ms'; SELECT pg_sleep(1)", "TIMEOUT"),
        ("DO $$BEGIN RAISE SQLSTATE '57P03'; END$$", "UNAVAILABLE"),
        ("DO $$BEGIN RAISE SQLSTATE '57014'; END$$", "TIMEOUT"),
        ("DO $$BEGIN RAISE SQLSTATE '25006'; END$$", "UNAVAILABLE"),
        ("DO $$BEGIN RAISE SQLSTATE '08006'; END$$", "UNAVAILABLE"),
        ("DO $$BEGIN RAISE SQLSTATE '53100'; END$$", "UNAVAILABLE"),
        ("DO $$BEGIN RAISE SQLSTATE '40P01'; END$$", "UNAVAILABLE"),
        ("DO $$BEGIN RAISE SQLSTATE 'XX001'; END$$", None),
        ("DO $$BEGIN RAISE SQLSTATE '54001'; END$$", None),
        ("DO $$BEGIN RAISE SQLSTATE '53200'; END$$", None),
        ("DO $$BEGIN RAISE SQLSTATE '55000'; END$$", None),
    ],
)
async def test_every_question_of_an_operation_is_told_what_ended_its_transaction(
    database: Database, words: str, code: str | None
) -> None:
    snapshot = Snapshot(database, ADMINISTRATOR)

    assert await snapshot.ask(say_who) == "shopfloor_api"
    assert await code_of(snapshot, words) == code
    assert await code_of(snapshot, "SELECT 1") == code
    await snapshot.close()
    await ask_once(database)


async def test_every_question_is_told_that_there_is_no_database() -> None:
    nothing = Database("postgresql://nobody@127.0.0.1:1/nothing")
    snapshot = Snapshot(nothing, ADMINISTRATOR)

    assert [await code_of(snapshot, "SELECT 1") for _ in range(3)] == ["UNAVAILABLE"] * 3
    await snapshot.close()
    await nothing.close()


async def test_a_question_that_is_refused_before_it_is_sent_spoils_no_other(database: Database) -> None:
    snapshot = Snapshot(database, ADMINISTRATOR)

    with pytest.raises(DBAPIError, match="NUL"):
        await snapshot.ask(say, "SELECT :name", name="a\0b")
    assert await snapshot.ask(say_who) == "shopfloor_api"
    await snapshot.close()
