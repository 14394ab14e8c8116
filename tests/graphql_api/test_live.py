import asyncio
from collections.abc import AsyncGenerator, AsyncIterator
from pathlib import Path
from typing import Any

import psycopg
import pytest
from sqlalchemy import text
from sqlalchemy.exc import TimeoutError as PoolTimeout
from sqlalchemy.ext.asyncio import AsyncConnection

from event_store.archive.archiving import Archiving
from event_store.archive.register import find_archive
from event_store.checkpoints import KeyFolder
from event_store.database import connect_blocking
from event_store.envelope import Position
from event_store.log_ends import LogEnds
from event_store.sealing.office import Office
from event_store.topics import EVENTS, PARTITIONS
from graphql_api import feeds
from graphql_api.announcements import Announcements
from graphql_api.errors import TooManySubscriptions, Unavailable, UnusableArgument
from graphql_api.feeds import LiveFact
from graphql_api.live import LiveFacts
from graphql_api.snapshots import Database
from graphql_api.tokens import ADMINISTRATOR, Claims, Permission
from projections.errors import ArchivedRange
from projections.facts import find_facts
from projections.read_models.stores import find_store
from projections.scope import StoreKey
from tests.builders.facts import came, crossed, published, went
from tests.builders.projected import Shop
from tests.builders.records import NOON, SECOND

pytestmark = pytest.mark.postgres

GINZA = StoreKey("acme", "ginza-3")
WAITING = """
SELECT count(*) >= 2 AND bool_and(state = 'idle') AND bool_or(query = 'ROLLBACK') FROM pg_stat_activity
WHERE datname = current_database() AND pid <> pg_backend_pid() AND backend_type = 'client backend'
"""
"""Whether who listens waits, and who reads has ended a transaction."""


@pytest.fixture
async def announcements(projected_database: str) -> AsyncIterator[Announcements]:
    announcements = Announcements(projected_database)
    announcements.start()
    yield announcements
    await announcements.stop()


@pytest.fixture
async def live(projected_database: str, announcements: Announcements) -> AsyncIterator[LiveFacts]:
    database = Database(projected_database)
    live = LiveFacts(database, announcements, LogEnds(None, EVENTS), EVENTS, PARTITIONS)
    yield live
    await live.close()
    await database.close()


async def take(facts: AsyncGenerator[LiveFact], count: int) -> list[str]:
    return [(await anext(facts)).fact.subject for _ in range(count)]


async def test_a_position_whose_month_was_archived_is_refused_and_not_skipped(
    shop: Shop, live: LiveFacts, projected_database: str, tmp_path: Path
) -> None:
    before = await shop.happened(crossed("gate"))
    last = await shop.happened(came("ann"))
    Office(projected_database, EVENTS, KeyFolder(tmp_path / "keys")).seal()
    with connect_blocking(projected_database, "shopfloor_projector") as connection:
        place = find_archive(connection, str(tmp_path / "archive"))
        with Archiving(connection, place, lambda _: None) as archiving:
            archiving.archive("2026-03")

    with pytest.raises(ArchivedRange, match=f"/{last.offset} are archived"):
        async with asyncio.timeout(60):
            await anext(live.follow(GINZA, ADMINISTRATOR, after=before))


async def test_a_subscriber_that_comes_back_sees_each_fact_once_whatever_cut_it_off(
    shop: Shop, live: LiveFacts
) -> None:
    visits = [f"v{n}" for n in range(60)]

    async def happen() -> None:
        for n, visit in enumerate(visits):
            await shop.happened(came(visit, NOON + n * SECOND))

    before = await shop.happened(crossed("gate"))
    happening = asyncio.create_task(happen())
    seen: list[str] = []
    position = before
    while len(seen) < len(visits):
        facts = live.follow(GINZA, ADMINISTRATOR, after=position)
        for _ in range(min(7, len(visits) - len(seen))):
            fact = await anext(facts)
            seen.append(fact.fact.subject)
            position = fact.fact.position
        await facts.aclose()
    await happening

    assert seen == [f"visit/{visit}" for visit in visits]
    assert live.subscribers == 0


async def until_somebody_waits(live: LiveFacts) -> None:
    """Wait until a subscriber knows where it begins and has seen all there is."""
    async with asyncio.timeout(60):
        while not live._announcements._moved:  # noqa: ASYNC110  # nothing tells of it
            await asyncio.sleep(0.01)


async def test_without_a_position_only_what_happens_from_now_on_is_told(shop: Shop, live: LiveFacts) -> None:
    await shop.happened(came("before"))
    facts = live.follow(GINZA, ADMINISTRATOR)
    first = asyncio.ensure_future(anext(facts))
    await until_somebody_waits(live)
    await shop.happened(came("after"))

    assert (await first).fact.subject == "visit/after"
    await facts.aclose()


async def test_other_stores_other_types_and_what_was_not_applied_pass_by(shop: Shop, live: LiveFacts) -> None:
    start = await shop.happened(came("first"))
    await shop.happened(came("ann"), crossed("gate"), went("ann"))
    await shop.happened(came("eve"), store="acme/other")

    facts = live.follow(GINZA, ADMINISTRATOR, after=start, types={"ShopperExited", "LineCrossed"})

    assert await take(facts, 2) == ["track/track-None", "visit/ann"]
    await facts.aclose()


async def test_another_organisations_facts_are_never_told(shop: Shop, live: LiveFacts) -> None:
    rival = Claims(name="rival", organisations=frozenset({"rival"}), permissions=frozenset(Permission))
    start = await shop.happened(came("first"))
    await shop.happened(came("ann"))

    facts = live.follow(GINZA, rival, after=start)

    with pytest.raises(TimeoutError):
        await asyncio.wait_for(anext(facts), 0.3)


def _is_waiting(connection: psycopg.Connection[Any]) -> bool:
    return connection.execute(WAITING).fetchone() == (True,)


async def test_a_lost_connection_to_postgresql_loses_no_fact(
    shop: Shop, live: LiveFacts, projected_database: str
) -> None:
    start = await shop.happened(came("first"))
    facts = live.follow(GINZA, ADMINISTRATOR, after=start)
    first = asyncio.ensure_future(anext(facts))
    with psycopg.connect(projected_database, autocommit=True) as connection:
        async with asyncio.timeout(30):
            while not _is_waiting(connection):  # noqa: ASYNC110  # PostgreSQL has no event for it
                await asyncio.sleep(0.05)
        connection.execute(
            "SELECT pg_terminate_backend(pid) FROM pg_stat_activity "
            "WHERE datname = current_database() AND pid <> pg_backend_pid()"
        )
    await shop.happened(came("ann"))

    assert (await first).fact.subject == "visit/ann"
    await facts.aclose()


async def test_a_position_of_another_store_is_refused(shop: Shop, live: LiveFacts) -> None:
    elsewhere = await shop.happened(came("eve"), store="acme/b")

    with pytest.raises(UnusableArgument, match="of another store"):
        await anext(live.follow(GINZA, ADMINISTRATOR, after=elsewhere))


async def test_a_server_takes_only_so_many_subscribers(live: LiveFacts) -> None:
    live.subscribers = 500

    with pytest.raises(TooManySubscriptions):
        await anext(live.follow(GINZA, ADMINISTRATOR))


async def test_all_who_follow_one_partition_are_served_by_one_reader(
    shop: Shop, live: LiveFacts, monkeypatch: pytest.MonkeyPatch
) -> None:
    read: list[int] = []

    async def counted(*args: Any) -> Any:
        read.append(args[3])
        return await find_facts(*args)

    monkeypatch.setattr("graphql_api.live.find_facts", counted)
    await shop.happened(came("before"))
    followers = [live.follow(GINZA, ADMINISTRATOR) for _ in range(50)]
    waiting = [asyncio.ensure_future(anext(each)) for each in followers]
    while live.subscribers < len(followers) or not read:  # noqa: ASYNC110  # it has no event for that
        await asyncio.sleep(0.01)
    before = len(read)
    await shop.happened(came("ann"))
    told = await asyncio.gather(*waiting)

    assert {each.fact.subject for each in told} == {"visit/ann"}
    assert len({id(each.recorded) for each in told}) == 1
    assert len(read) - before <= 3
    for each in followers:
        await each.aclose()


async def test_who_is_further_behind_than_what_is_in_memory_reads_the_ledger_and_misses_nothing(
    shop: Shop, live: LiveFacts, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(feeds, "KEPT", 2)
    start = await shop.happened(came("first"))
    slow = live.follow(GINZA, ADMINISTRATOR, after=start)
    first = asyncio.ensure_future(anext(slow))
    await shop.happened(came("v0"))
    seen = [(await first).fact.subject]
    for n in range(1, 12):
        await shop.happened(came(f"v{n}"))
    (feed,) = live._feeds.values()
    while feed.first <= start.offset + 2:  # noqa: ASYNC110  # it has no event for that
        await asyncio.sleep(0.01)
    seen += await take(slow, 11)

    assert seen == [f"visit/v{n}" for n in range(12)]
    await slow.aclose()


async def test_a_database_that_has_no_connection_left_delays_who_follows_and_sends_nobody_away(
    shop: Shop, live: LiveFacts, monkeypatch: pytest.MonkeyPatch
) -> None:
    start = await shop.happened(came("first"))
    await shop.happened(came("ann"))
    failures = [Unavailable("PostgreSQL"), PoolTimeout(), TimeoutError()]

    async def failing(*args: Any) -> Any:
        if failures:
            raise failures.pop()
        return await find_facts(*args)

    monkeypatch.setattr("graphql_api.live.find_facts", failing)
    facts = live.follow(GINZA, ADMINISTRATOR, after=start)

    assert await take(facts, 1) == ["visit/ann"]
    await facts.aclose()


async def test_who_is_given_up_twice_leaves_the_readers_question_to_postgresql_alone(
    live: LiveFacts, monkeypatch: pytest.MonkeyPatch, caplog: pytest.LogCaptureFixture
) -> None:
    asked = asyncio.Event()

    async def slow(connection: AsyncConnection, *_: Any) -> Any:
        asked.set()
        await connection.execute(text("SELECT pg_sleep(30)"))

    monkeypatch.setattr("graphql_api.live.find_facts", slow)
    waiting = asyncio.ensure_future(anext(live.follow(GINZA, ADMINISTRATOR)))
    await asked.wait()
    (feed,) = live._feeds.values()
    while not waiting.done():
        waiting.cancel()
        await asyncio.sleep(0)
    await live.close()

    assert feed._task.done()
    assert [record.getMessage() for record in caplog.records if record.name == "psycopg"] == []


async def test_a_position_that_nothing_has_yet_is_refused(shop: Shop, live: LiveFacts) -> None:
    last = await shop.happened(came("first"))
    beyond = Position(topic=last.topic, partition=last.partition, offset=last.offset + 1)

    with pytest.raises(UnusableArgument, match="beyond the end of the record"):
        await anext(live.follow(GINZA, ADMINISTRATOR, after=beyond))


async def test_the_layout_of_a_store_is_looked_at_once_for_all_who_follow_it_and_an_outage_is_waited_for(
    shop: Shop, live: LiveFacts, monkeypatch: pytest.MonkeyPatch
) -> None:
    await shop.happened(published())
    looked: list[StoreKey] = []
    failures = [Unavailable("PostgreSQL"), PoolTimeout()]

    async def counted(connection: Any, store: StoreKey) -> Any:
        if failures:
            raise failures.pop()
        looked.append(store)
        return await find_store(connection, store)

    monkeypatch.setattr("graphql_api.live.find_store", counted)
    found = await asyncio.gather(*(live.store(GINZA) for _ in range(200)))

    assert {each and each.name for each in found} == {"Store ginza-3"}
    assert looked == [GINZA]
