"""`shopfloor doctor` says which cameras nobody watches."""

import asyncio

import pytest
from pydantic import SecretStr

from infra.health.watching import check_workers
from infra.settings import Settings
from tests.builders.facts import published
from tests.builders.projected import Shop
from tests.builders.records import NOON, SECOND
from tests.builders.workers import reported, stopped

pytestmark = pytest.mark.postgres


@pytest.fixture
async def shop(projected_database: str) -> Shop:
    shop = Shop(projected_database)
    shop.recorded_at = NOON
    await shop.happened(published(), reported(NOON))
    return shop


def test_a_worker_that_fell_silent_fails_with_its_cameras_and_since_when(shop: Shop, projected_database: str) -> None:
    finding = check_workers(Settings(database=SecretStr(projected_database)))

    assert shop
    assert (finding.state, finding.detail) == (
        "fail",
        "worker main of acme/ginza-3 is not heard of since 2026-03-02 12:00:00Z: nobody watches entrance",
    )
    assert "start `shopfloor worker` again" in finding.cure


async def test_a_worker_that_stopped_is_worth_a_look(shop: Shop, projected_database: str) -> None:
    await shop.happened(stopped(NOON + SECOND))

    finding = await asyncio.to_thread(check_workers, Settings(database=SecretStr(projected_database)))

    assert (finding.state, finding.detail) == (
        "warn",
        "worker main of acme/ginza-3 stopped at 2026-03-02 12:00:01Z: nobody watches entrance",
    )


async def test_recordings_that_are_over_need_nobody(shop: Shop, projected_database: str) -> None:
    await shop.happened(reported(NOON + SECOND, live=False, cameras={"entrance": "ended"}), stopped(NOON + SECOND))

    finding = await asyncio.to_thread(check_workers, Settings(database=SecretStr(projected_database)))

    assert finding.state == "ok"


def test_a_database_that_does_not_answer_is_said() -> None:
    settings = Settings(database=SecretStr("postgresql://shop@127.0.0.1:1/shop"))

    assert check_workers(settings).state == "fail"
