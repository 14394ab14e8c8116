"""A till sends until it gets an answer; Kafka goes away and the API is killed: each sale is in the record once."""

import asyncio
import json
from concurrent.futures import ThreadPoolExecutor
from contextlib import suppress
from pathlib import Path

import httpx
import pytest

import migrations
from event_store.topics import Topics
from infra.local.services import Services
from tests.builders.own_services import services_folder
from tests.builders.serving import Server, running_api
from tests.builders.told import told

pytestmark = [pytest.mark.kafka, pytest.mark.postgres]

EACH = 40


def sales(first: int) -> list[dict[str, str]]:
    """Return sales of two tills."""
    return [
        {
            "store": "acme/ginza-3",
            "till": str(number % 2),
            "sale": str(number),
            "time": "2026-03-02T12:03:10+09:00",
            "channel": "till",
            "total": "1280",
            "currency": "JPY",
        }
        for number in range(first, first + EACH)
    ]


def send(server: Server, some: list[dict[str, str]]) -> httpx.Response:
    headers = {"authorization": f"Bearer {server.token}", "content-type": "application/json"}
    return httpx.post(f"{server.address}/ingest/sales", content=json.dumps(some), headers=headers, timeout=30)


def send_until_taken(server: Server, some: list[dict[str, str]]) -> None:
    """Do what the guide says: send the same again until there is an answer."""
    while (answer := send(server, some)).status_code != 200:
        assert answer.status_code == 503
        assert int(answer.headers["retry-after"]) > 0


def test_sales_get_into_the_record_once_through_a_dead_kafka_and_a_killed_api(tmp_path: Path) -> None:
    topics, data = Topics(), tmp_path / "data"
    with services_folder() as folder, Services(folder, prepare=migrations.upgrade, durable=False) as services:
        where = {"SHOPFLOOR_KAFKA": services.kafka}
        with running_api(services.database, data, **where) as server:
            send_until_taken(server, sales(0))
            services.broker.kill()
            away = send(server, sales(EACH))
            assert services.revive() == ["Kafka"]
            send_until_taken(server, sales(EACH))
            with ThreadPoolExecutor(1) as till, suppress(httpx.TransportError):
                sending = till.submit(send, server, sales(2 * EACH))
                server.process.kill()
                sending.result()
        with running_api(services.database, data, **where) as server:
            for first in (2 * EACH, EACH, 0):
                send_until_taken(server, sales(first))
        facts = asyncio.run(told(services.kafka, topics.events))

    assert away.status_code == 503
    assert int(away.headers["retry-after"]) > 0
    assert {each.event.subject for each in facts} == {f"sale/{n % 2}/{n}" for n in range(3 * EACH)}
    assert len({each.id for each in facts}) == 3 * EACH, "whatever came twice has one id, and so counts once"
    numbers: dict[str, list[int]] = {}
    for each in facts:
        numbers.setdefault(each.source, []).append(each.sequence)
    assert all(found == [*range(1, len(found) + 1)] for found in numbers.values()), "no source has a hole"
