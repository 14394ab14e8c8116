import asyncio
import os
import signal
import subprocess
import sys
from collections.abc import Iterator
from contextlib import ExitStack, contextmanager
from typing import get_args
from urllib.parse import urlsplit

import msgspec
import pytest

from event_store.topics import Topics
from infra.fire.proxy import Proxy
from infra.local.ports import free_port
from infra.local.services import Services
from projections.feeding.drivers import Driver
from tests.builders.facts import crossed
from tests.builders.feeding import Feeding, taken
from tests.builders.histories import long_day
from tests.builders.own_services import services_folder
from tests.builders.tallies import ask, crossings, tallies

pytestmark = [pytest.mark.kafka, pytest.mark.postgres]

PATIENCE_S = 120


@contextmanager
def projector(feeding: Feeding, *options: str) -> Iterator[subprocess.Popen[str]]:
    """Run `shopfloor projector` with every warning an error, and end it whatever happens."""
    command = [sys.executable, "-W", "error", "-m", "infra.cli", "projector", *options]
    process = subprocess.Popen(
        command,
        env=os.environ
        | {
            "SHOPFLOOR_KAFKA": feeding.connection.bootstrap,
            "SHOPFLOOR_DATABASE": feeding.database,
            "SHOPFLOOR_TOPIC_PREFIX": feeding.topics.prefix,
            "SHOPFLOOR_DRIVER": feeding.driver,
        },
        stderr=subprocess.PIPE,
        text=True,
    )
    try:
        yield process
    finally:
        process.kill()
        process.wait()
        if process.stderr:
            process.stderr.close()


@pytest.fixture(params=get_args(Driver))
def feeding(request: pytest.FixtureRequest, kafka: str, topics: Topics, database: str) -> Feeding:
    return Feeding(kafka, topics, database, request.param)


async def test_of_two_projectors_one_is_killed_and_nothing_is_lost_or_doubled(feeding: Feeding) -> None:
    database = feeding.database
    days = [long_day(f"acme/shop-{number}", shoppers=50, seed=number) for number in range(6)]
    records = [(log.store, record.value or b"") for log in days for record in log.records]
    with ExitStack() as running:
        first, second = (running.enter_context(projector(feeding)) for _ in range(2))
        third, rest = len(records) // 3, len(records) * 9 // 10
        await feeding.write(records[:third])
        await feeding.until(lambda: taken(database) >= third // 2)
        first.kill()
        await feeding.write(records[third:rest])
        first = running.enter_context(projector(feeding))
        await feeding.until(lambda: taken(database) >= 2 * third)
        second.kill()
        await feeding.write(records[rest:])  # nobody but the first is left to take these
        await feeding.until(lambda: taken(database) >= len(records))
        first.terminate()

        assert first.wait(PATIENCE_S) == 0
    expected = sum(len({record.value for record in log.records if _is_fact(record.value)}) for log in days)
    assert sorted(ask(database, "SELECT event_id::text FROM record.ledger WHERE source LIKE '%camera%'")) == sorted(
        msgspec.json.decode(value)["id"] for _, value in records if _is_fact(value)
    )
    assert ask(database, "SELECT count(DISTINCT event_id) FROM record.ledger WHERE source LIKE '%camera%'") == [
        expected
    ]
    assert ask(
        database, "SELECT count(*) - count(DISTINCT event_id) FROM record.ledger WHERE disposition = 'applied'"
    ) == [0]
    assert ask(database, 'SELECT count(*) FROM (SELECT DISTINCT partition, "offset" FROM record.ledger) AS places') == [
        taken(database)
    ]


async def test_a_projector_that_is_told_to_stop_under_load_stops_quietly(feeding: Feeding) -> None:
    await feeding.write(
        [record for _ in range(20) for record in feeding.facts(*crossings("gate", 500), store="acme/a")]
    )
    with projector(feeding) as process:
        await feeding.until(lambda: taken(feeding.database) > 0)
        process.send_signal(signal.SIGTERM)
        _, said = process.communicate(timeout=PATIENCE_S)

    assert process.returncode == 0
    assert "Warning" not in said
    assert "Traceback" not in said


async def test_a_projector_without_a_schema_says_what_to_do(kafka: str, topics: Topics, postgres: str) -> None:
    with projector(Feeding(kafka, topics, postgres)) as process:
        _, said = process.communicate(timeout=PATIENCE_S)

    assert process.returncode == 1
    assert said == "shopfloor: the database has no Shopfloor schema; run `shopfloor migrate`\n"


async def test_a_projector_without_a_broker_says_what_to_do(topics: Topics, database: str) -> None:
    with projector(Feeding("127.0.0.1:1", topics, database), "--patience", "0") as process:
        _, said = process.communicate(timeout=PATIENCE_S)

    assert process.returncode == 1
    assert said.splitlines()[-1].startswith("shopfloor: Kafka at 127.0.0.1:1 cannot be used")


async def test_a_projector_that_starts_before_postgresql_waits_for_it(feeding: Feeding) -> None:
    there = urlsplit(feeding.database)
    with Proxy(free_port(), there.port or 0) as proxy:
        through = there._replace(netloc=f"{there.netloc.rpartition(':')[0]}:{proxy.port}").geturl()
        proxy.turn_away()
        await feeding.write(feeding.facts(crossed("gate"), store="acme/a"))
        behind = Feeding(feeding.connection.bootstrap, feeding.topics, through, feeding.driver)
        with projector(behind, "--patience", str(PATIENCE_S)) as process:
            assert process.stderr is not None
            waiting = await asyncio.to_thread(process.stderr.readline)
            proxy.heal()
            await feeding.until(lambda: taken(feeding.database) == 1)
            process.terminate()
            await asyncio.to_thread(process.communicate)

    assert "PostgreSQL cannot be used" in waiting
    assert process.returncode == 0


@pytest.mark.slow
async def test_services_that_go_away_are_waited_for() -> None:
    import migrations  # noqa: PLC0415  # only this case prepares a database of its own

    names = Topics()
    with (
        services_folder() as folder,
        Services(folder, prepare=migrations.upgrade, topics=names.specs(), durable=False) as services,
    ):
        feeding = Feeding(services.kafka, names, services.database)
        async with feeding.projecting() as task:
            await feeding.write(feeding.facts(*crossings("gate", 100), store="acme/a"))
            await feeding.until_taken(100, task)
            services.server.kill()
            await feeding.write(feeding.facts(*crossings("gate", 100), store="acme/a"))
            services.revive()
            await feeding.until_taken(200, task)
            services.broker.kill()
            services.revive()
            await feeding.write(feeding.facts(*crossings("gate", 100), store="acme/a"))
            await feeding.until_taken(300, task)

        assert tallies(services.database) == {"gate": 300}


def _is_fact(value: bytes | None) -> bool:
    return value is not None and b'"specversion"' in value
