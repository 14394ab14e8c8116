"""`shopfloor monitor --once`: everything compared, and a status that a script can read."""

import asyncio
from pathlib import Path

import pytest

from event_store.checkpoints import KeyFolder
from event_store.topics import Topics
from tests.builders.commands import CommandLine
from tests.builders.watched import WatchedRecord


@pytest.mark.kafka
@pytest.mark.postgres
def test_one_look_at_everything_ends_with_the_first_bad_position(  # the fixtures that it takes
    kafka: str,
    topics: Topics,
    database: str,
    tmp_path: Path,
    monkeypatch: pytest.MonkeyPatch,
    capfdbinary: pytest.CaptureFixture[bytes],
) -> None:
    settings = {"KAFKA": kafka, "TOPIC_PREFIX": topics.prefix, "DATABASE": database, "DATA": str(tmp_path)}
    for name, value in settings.items():
        monkeypatch.setenv(f"SHOPFLOOR_{name}", value)
    command = CommandLine(monkeypatch, capfdbinary)
    record = WatchedRecord(kafka, topics, database, tmp_path / "elsewhere")
    nothing = command.run("monitor", "--once")
    asyncio.run(record.add(0, 30))
    record.seal()
    without_a_key = command.run("monitor", "--once"), command.err
    KeyFolder(tmp_path / "keys").keep(record.key.verifier)

    well = command.run("monitor", "--once"), command.out.decode()
    again = command.run("monitor", "--once", "--pace", "10", "--every", "1"), command.out.decode()
    record.change("UPDATE record.ledger SET value = 'other' WHERE \"offset\" = 12")
    changed = command.run("monitor", "--once")
    record.connection.close()

    assert nothing == 0
    assert without_a_key[0] == 1
    assert "the monitor knows no public key" in without_a_key[1]
    assert again == well
    assert well == (0, "compared with checkpoint 1: 30 records of ledger, 30 records of kafka\n")
    assert changed == 1
    assert f"ledger at {topics.events}/0/12: the record is not the one that was sealed" in command.err
