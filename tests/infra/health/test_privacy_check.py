from pathlib import Path

import psycopg
import pytest
from pydantic import SecretStr

from infra.health.privacy import check_erasures
from infra.settings import Settings
from tests.builders.keeping import A_VISIT, Crash, Keeping

pytestmark = pytest.mark.postgres


async def test_an_erasure_that_was_interrupted_is_named_until_it_is_finished(database: str, tmp_path: Path) -> None:
    settings = Settings(database=SecretStr(database))
    async with Keeping(database, tmp_path) as keeping:
        await keeping.seal(A_VISIT, "receipt 4711")
        keeping.crash_in_writing = True
        with pytest.raises(Crash):
            await keeping.forget(A_VISIT)
        assert check_erasures(settings).detail == "1 facts wait for Kafka"
        keeping.crash_in_writing = False
        with psycopg.connect(database) as superuser:
            superuser.execute("UPDATE erasure.tombstones SET told = false")
        assert check_erasures(settings).state == "fail"
        assert str(A_VISIT) in check_erasures(settings).detail

        await keeping.forget(A_VISIT)

    assert check_erasures(settings).detail == "1 subjects are forgotten, none halfway"


async def test_a_key_that_came_back_from_a_backup_is_found(database: str, tmp_path: Path) -> None:
    settings = Settings(database=SecretStr(database))
    async with Keeping(database, tmp_path) as keeping:
        await keeping.seal(A_VISIT, "receipt 4711")
        with psycopg.connect(database) as superuser:
            superuser.execute(
                "INSERT INTO record.erasures VALUES ('t', 0, 0, now(), 'acme', 'ginza-3', %s)", (str(A_VISIT),)
            )
        assert "keys renew-master" in check_erasures(settings).cure

        await keeping.keeper.renew_master()

    assert check_erasures(settings).state == "ok"


def test_without_a_database_nothing_is_known() -> None:
    assert check_erasures(Settings(kafka=None, database=None)).state == "warn"
    assert check_erasures(Settings(database=SecretStr("postgresql://nobody@127.0.0.1:1/none"))).state == "fail"
