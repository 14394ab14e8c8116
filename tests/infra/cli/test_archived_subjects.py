"""Who is only in archived months is found there, reported and forgotten; a file that is missing is named."""

import asyncio
from pathlib import Path

import pytest

from event_store.archive.archiving import Archiving
from event_store.archive.register import find_archive
from event_store.checkpoints import KeyFolder
from event_store.database import connect_blocking
from event_store.sealing.office import Office
from event_store.topics import Topics
from projections.catalogue import READ_MODELS
from projections.tables.read_model import PROJECTOR_ROLE, named_columns
from tests.builders.commands import CommandLine
from tests.builders.replayed import project, two_days
from tests.builders.tallies import ask

pytestmark = [pytest.mark.kafka, pytest.mark.postgres]

ELSEWHERE = "visit/5f0c3c1e-8a55-8d0e-9a4f-0d8f6b1c2a3b"
NAMING = [each.table for each in READ_MODELS if named_columns(each.table)]


REMEMBERED = """
SELECT max(subject) FROM record.ledger
WHERE type LIKE '%ShopperEntered%' AND store = 'oslo-1' AND subject NOT IN (SELECT subject FROM record.erasures)
"""


@pytest.fixture
def subject(
    kafka: str, topics: Topics, projected_database: str, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> str:
    """Somebody of whom only files tell: all records are archived, and the read models have dropped who came."""
    asyncio.run(project(projected_database, topics, two_days(topics)))
    (subject,) = ask(projected_database, REMEMBERED)
    Office(projected_database, topics.events, KeyFolder(tmp_path / "keys")).seal()
    with connect_blocking(projected_database, PROJECTOR_ROLE) as connection:
        place = find_archive(connection, str(tmp_path / "archive"))
        with Archiving(connection, place, lambda _: None) as archiving:
            archiving.archive("2026-03")
        for table in NAMING:
            connection.execute(f"DELETE FROM {table.schema}.{table.name}")  # noqa: S608
    for name, value in {
        "SHOPFLOOR_DATABASE": projected_database,
        "SHOPFLOOR_KAFKA": kafka,
        "SHOPFLOOR_TOPIC_PREFIX": topics.prefix,
        "SHOPFLOOR_DATA": str(tmp_path / "data"),
    }.items():
        monkeypatch.setenv(name, value)
    return str(subject)


def test_who_is_only_in_archived_months_is_reported_and_forgotten(
    shopfloor: CommandLine, subject: str, projected_database: str, tmp_path: Path
) -> None:
    archive = tmp_path / "archive"
    picture = tmp_path / "data" / "evidence" / "acme" / "ginza-3" / ELSEWHERE / "1.jpg"
    picture.parent.mkdir(parents=True)
    picture.write_bytes(b"a picture")
    archive.rename(tmp_path / "lost")
    for command in (("subject-report", subject), ("forget", subject, "--reason", "requested")):
        assert shopfloor.run(*command) == 1
        assert f"{archive}/" in shopfloor.err
        assert "is not there; put the file back" in shopfloor.err
    assert shopfloor.run("forget", ELSEWHERE, "--reason", "requested") == 1
    assert f"{ELSEWHERE} is forgotten: 0 keys destroyed, 1 pictures removed" in shopfloor.out.decode()
    assert "part of the archive could not be searched" in shopfloor.err
    assert ask(projected_database, "SELECT subject, stores FROM erasure.tombstones") == [(ELSEWHERE, ["ginza-3"])]
    (tmp_path / "lost").rename(archive)

    assert shopfloor.run("subject-report", subject) == 0, shopfloor.err
    assert "known in " in shopfloor.out.decode()
    assert "shopfloor.ShopperEntered.v1 applied" in shopfloor.out.decode()
    assert shopfloor.run("forget", subject, "--reason", "requested") == 0, shopfloor.err
    assert f"{subject} is forgotten" in shopfloor.out.decode()
    assert shopfloor.run("forget", ELSEWHERE, "--reason", "requested") == 0, shopfloor.err
