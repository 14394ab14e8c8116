from typing import Any, LiteralString

import psycopg
import pytest

from tests.builders.asking import Client, kafka_at, serving
from tests.builders.facts import published
from tests.builders.projected import Shop
from tests.builders.records import NOON
from tests.builders.workers import reported, stopped

pytestmark = pytest.mark.postgres

BEARER = {"authorization": "Bearer shopfloor_test-administrator"}


CHECKS = ("database", "schema", "projector", "partitions", "log", "cameras", "processes")


async def readiness(api: Client) -> tuple[int, Any]:
    response = await api.http.get("/health/ready", headers=BEARER)
    return response.status_code, response.json()["checks"]


async def test_a_server_lives_without_a_database() -> None:
    async with serving("postgresql://nobody@127.0.0.1:1/nothing") as api:
        live = await api.http.get("/health/live")
        status, checks = await readiness(api)

    assert live.json() == {"status": "live"}
    assert status == 503
    assert "PostgreSQL" in checks["database"]


async def test_a_server_is_ready_once_it_can_answer(shop: Shop, api: Client) -> None:
    await shop.happened(published())

    assert await readiness(api) == (200, dict.fromkeys(CHECKS, "ok"))


async def test_a_database_of_a_newer_version_is_not_ready(api: Client, projected_database: str) -> None:
    with psycopg.connect(projected_database, autocommit=True) as connection:
        connection.execute("UPDATE record.alembic_version SET version_num = '9999'")

    status, checks = await readiness(api)

    assert status == 503
    assert "upgrade Shopfloor" in checks["schema"]


STALLED = "UPDATE record.checkpoints SET log_end = 10, updated_at = now() - interval '2 minutes'"


async def test_a_projector_that_does_not_move_is_not_ready(shop: Shop, api: Client, projected_database: str) -> None:
    await shop.happened(published())
    change(projected_database, STALLED)

    status, checks = await readiness(api)

    assert status == 503
    assert "9 records wait in partition" in checks["projector"]


async def test_a_stopped_partition_is_named_and_all_stores_are_answered(
    shop: Shop, api: Client, projected_database: str
) -> None:
    await shop.happened(published())
    await shop.happened(published("acme/oslo-1"), store="acme/oslo-1")
    change(projected_database, STALLED)
    change(projected_database, "UPDATE record.checkpoints SET stopped = '101 records in a row' WHERE next_offset > 0")

    status, word, checks = await status_of(api)
    text = (await api.http.get("/metrics", headers=BEARER)).text

    assert (status, word, checks["projector"]) == (200, "degraded", "ok")
    numbers = partitions_of(projected_database)
    assert checks["partitions"] == "; ".join(
        f"partition {number} has stopped: 101 records in a row" for number in numbers
    )
    assert len(numbers) == 2
    assert 'shopfloor_check_ok{check="partitions"} 0.0' in text
    assert len((await api.ask("{ stores { nodes { id } } }"))["stores"]["nodes"]) == 2


def change(database: str, statement: LiteralString) -> None:
    with psycopg.connect(database, autocommit=True) as connection:
        connection.execute(statement)


def partitions_of(database: str) -> list[int]:
    with psycopg.connect(database) as connection:
        rows = connection.execute("SELECT partition FROM record.checkpoints WHERE stopped IS NOT NULL ORDER BY 1")
        return [partition for (partition,) in rows]


async def test_metrics_need_the_token_unless_they_are_open(api: Client, projected_database: str) -> None:
    await api.ask("{ stores { nodes { id } } }")
    await api.ask("{ stores { nodes { id } } }")
    await api.post("{ nothing }")

    closed = await api.http.get("/metrics")
    text = (await api.http.get("/metrics", headers=BEARER)).text
    async with serving(projected_database, open_metrics=True) as other:
        opened = await other.http.get("/metrics")

    assert (closed.status_code, opened.status_code) == (401, 200)
    assert 'shopfloor_graphql_operations_total{kind="query",outcome="ok"} 2.0' in text
    assert 'shopfloor_graphql_operations_total{kind="query",outcome="error"} 1.0' in text
    assert 'shopfloor_graphql_errors_total{code="GRAPHQL_VALIDATION_FAILED"} 1.0' in text
    assert 'shopfloor_graphql_documents_total{cache="hit"} 1.0' in text
    assert 'shopfloor_graphql_seconds_count{kind="query"} 3.0' in text
    assert "shopfloor_graphql_subscriptions 0.0" in text


async def status_of(api: Client) -> tuple[int, str, Any]:
    response = await api.http.get("/health/ready", headers=BEARER)
    return response.status_code, response.json()["status"], response.json()["checks"]


async def test_a_worker_that_fell_silent_is_told_and_answers_go_on(shop: Shop, api: Client) -> None:
    shop.recorded_at = NOON
    await shop.happened(published(), reported(NOON))

    status, word, checks = await status_of(api)

    assert (status, word) == (200, "degraded")
    assert checks["cameras"].startswith("nobody says how 1 cameras are, since 2026-03-02 12:00:00Z")
    assert 'shopfloor_check_ok{check="cameras"} 0.0' in (await api.http.get("/metrics", headers=BEARER)).text


async def test_a_worker_that_said_it_stops_and_a_camera_that_the_layout_dropped_are_no_trouble(
    shop: Shop, api: Client
) -> None:
    shop.recorded_at = NOON
    dropped = reported(NOON, worker="other", cameras={"dropped": "online"})
    await shop.happened(published(), reported(NOON), stopped(NOON), dropped)

    assert await status_of(api) == (200, "ready", dict.fromkeys(CHECKS, "ok"))


async def test_while_kafka_does_not_answer_nobody_knows_the_lag(shop: Shop, projected_database: str) -> None:
    await shop.happened(published())
    question = '{ store(id: "acme/ginza-3") { freshness { lagRecords lagMs logEndSeenAt } } }'

    async with serving(projected_database, kafka=kafka_at("127.0.0.1:1")) as api:
        first = (await api.ask(question))["store"]["freshness"]
        status, word, checks = await status_of(api)
        later = (await api.ask(question))["store"]["freshness"]

    assert (first["lagRecords"], status, word) == (None, 200, "degraded")
    assert first["logEndSeenAt"] == later["logEndSeenAt"]
    assert 0 <= first["lagMs"] < later["lagMs"]
    assert checks["log"] == "Kafka does not answer: nobody knows how many records wait"


async def test_processes_that_die_again_and_again_are_told(projected_database: str) -> None:
    async with serving(projected_database, troubles=lambda: ["projector was started again 9 times"]) as api:
        status, word, checks = await status_of(api)
        text = (await api.http.get("/metrics", headers=BEARER)).text

    assert (status, word, checks["processes"]) == (200, "degraded", "projector was started again 9 times")
    assert 'shopfloor_check_ok{check="processes"} 0.0' in text
