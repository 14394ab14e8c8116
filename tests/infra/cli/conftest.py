import asyncio
import secrets
from collections.abc import Iterator
from pathlib import Path

import pytest

from event_store.topics import Topics
from tests.builders.commands import CommandLine
from tests.builders.logs import Record
from tests.builders.networks import blob_finder, save_model
from tests.builders.own_services import own_database, own_topics
from tests.builders.replayed import project, two_days


@pytest.fixture
def shopfloor(
    monkeypatch: pytest.MonkeyPatch, capfdbinary: pytest.CaptureFixture[bytes], tmp_path: Path
) -> CommandLine:
    """The command with a data folder of this test alone."""
    monkeypatch.setenv("SHOPFLOOR_DATA", str(tmp_path / "data"))
    return CommandLine(monkeypatch, capfdbinary)


@pytest.fixture(scope="session")
def blob_model(tmp_path_factory: pytest.TempPathFactory) -> Path:
    """A model folder of a detector of coloured people."""
    return save_model(blob_finder(), tmp_path_factory.mktemp("models") / "blobs")


@pytest.fixture(scope="session")
def two_days_taken(kafka: str, postgres: str, projected_template: str) -> Iterator[tuple[Topics, str, list[Record]]]:
    """Topics, and a database of two stores' days that replays only read."""
    topics = own_topics(kafka)
    records = two_days(topics)
    with own_database(postgres, projected_template) as database:
        asyncio.run(project(database, topics, records))
        yield topics, database, records


@pytest.fixture
def recorded(
    kafka: str, two_days_taken: tuple[Topics, str, list[Record]], monkeypatch: pytest.MonkeyPatch, tmp_path: Path
) -> list[Record]:
    """Two stores' records in a database, and the environment of a command."""
    topics, database, records = two_days_taken
    for name, value in {
        "SHOPFLOOR_DATABASE": database,
        "SHOPFLOOR_KAFKA": kafka,
        "SHOPFLOOR_TOPIC_PREFIX": topics.prefix,
        "SHOPFLOOR_DATA": str(tmp_path / "data"),
    }.items():
        monkeypatch.setenv(name, value)
    return records


@pytest.fixture
def target() -> str:
    """A topic that nobody else uses and nobody made."""
    return f"copy-{secrets.token_hex(6)}"
