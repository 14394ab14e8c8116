"""What left the ledger is still history: read models filled from files are those of the tables, replays too."""

import asyncio
from pathlib import Path

import pytest

from event_store.archive.archiving import Archiving
from event_store.archive.register import find_archive
from event_store.checkpoints import KeyFolder
from event_store.database import connect, connect_blocking
from event_store.sealing.office import Office
from event_store.topics import Topics
from projections.catalogue import PROJECTIONS
from projections.rebuilding.rebuild import rebuild
from projections.tables.digests import find_digests
from projections.tables.read_model import PROJECTOR_ROLE
from tests.builders.commands import CommandLine
from tests.builders.replayed import project, two_days

pytestmark = pytest.mark.postgres


def test_archived_months_fill_read_models_and_replays_as_tables_do(
    projected_database: str,
    tmp_path: Path,
    monkeypatch: pytest.MonkeyPatch,
    capfdbinary: pytest.CaptureFixture[bytes],
) -> None:
    topics, shopfloor = Topics(), CommandLine(monkeypatch, capfdbinary)
    monkeypatch.setenv("SHOPFLOOR_DATABASE", projected_database)
    monkeypatch.setenv("SHOPFLOOR_DATA", str(tmp_path / "data"))
    asyncio.run(project(projected_database, topics, two_days(topics)))
    live = asyncio.run(digests(projected_database))
    assert shopfloor.run("replay", "--everything") == 0, shopfloor.err
    played = shopfloor.out

    Office(projected_database, topics.events, KeyFolder(tmp_path / "keys")).seal()
    with connect_blocking(projected_database, PROJECTOR_ROLE) as connection:
        archive = find_archive(connection, str(tmp_path / "archive"))
        with Archiving(connection, archive, lambda _: None) as archiving:
            assert archiving.archive("2026-03") == len(played.splitlines())
        assert connection.execute("SELECT FROM record.ledger").rowcount == 0

    assert asyncio.run(rebuilt(projected_database)) == live
    assert shopfloor.run("replay", "--everything") == 0, shopfloor.err
    assert shopfloor.out == played
    assert len(set(live.values())) > 1


async def digests(database: str) -> dict[str, str]:
    async with await connect(database, PROJECTOR_ROLE) as connection:
        return {each.name: str(each.digest) for each in (await find_digests(connection, PROJECTIONS)).models}


async def rebuilt(database: str) -> dict[str, str]:
    async with await connect(database, PROJECTOR_ROLE) as connection:
        await rebuild(connection, PROJECTIONS)
    return await digests(database)
