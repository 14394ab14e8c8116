"""An ordinary backup has no key in it; what is restored from it remembers who was forgotten."""

import asyncio
import secrets
import subprocess
from pathlib import Path

import psycopg
import pytest

from event_store.erasure.errors import ForgottenSubject
from infra.local.postgresql import programs
from tests.builders.keeping import A_VISIT, BJARNE, FIELD, Keeping

pytestmark = pytest.mark.postgres

EXCEPT_KEYS = "--exclude-table-data=erasure.*"
"""As docs/operations.md says it."""


def run(program: str, *words: str, typed: str = "") -> str:
    """Run one of PostgreSQL's programs; return what it says."""
    command = [str(programs() / program), *words]
    return subprocess.run(command, input=typed, capture_output=True, check=True, text=True).stdout


async def test_an_ordinary_backup_holds_no_key_and_its_restoration_forgets_nobody_anew(
    keeping: Keeping, postgres: str, tmp_path: Path
) -> None:
    sealed = await keeping.seal(BJARNE, "receipt 4712")
    with psycopg.connect(keeping.database) as superuser:
        superuser.execute(
            "INSERT INTO record.erasures VALUES ('t', 0, 0, now(), 'acme', 'ginza-3', %s)", (str(A_VISIT),)
        )
    ((wrapped,),) = await keeping.ask("SELECT encode(wrapped, 'hex') FROM erasure.keys")
    dump = await asyncio.to_thread(run, "pg_dump", EXCEPT_KEYS, keeping.database)

    assert wrapped not in dump
    assert "receipt" not in dump
    assert "CREATE TABLE erasure.keys" in dump
    assert str(A_VISIT) in dump
    restored = f"restored_{secrets.token_hex(4)}"
    with psycopg.connect(postgres, autocommit=True) as superuser:
        superuser.execute(f"CREATE DATABASE {restored}")
        address = f"{postgres.rpartition('/')[0]}/{restored}"
        await asyncio.to_thread(run, "psql", "-q", address, typed=dump)
        async with Keeping(address, tmp_path / "elsewhere") as keeper:
            assert await keeper.keeper.unseal(BJARNE, FIELD, sealed) is None
            with pytest.raises(ForgottenSubject):
                await keeper.seal(A_VISIT, "receipt 4711")
            assert await keeper.seal(BJARNE, "a new key")
        superuser.execute(f"DROP DATABASE {restored} WITH (FORCE)")
