"""`shopfloor digest` and `shopfloor fold`: two people come to the same digests."""

from datetime import UTC, datetime
from pathlib import Path

import pytest

from event_store.checkpoints import KeyFolder
from event_store.sealing.extract import Range
from event_store.sealing.office import Office
from projections.catalogue import READ_MODELS
from tests.builders.commands import CommandLine
from tests.builders.histories import long_day
from tests.builders.logs import TOPIC
from tests.builders.tallies import Takings

pytestmark = pytest.mark.postgres


@pytest.fixture
async def archive(database: str, tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> Path:
    """The export of a store's day that the database of the settings has taken."""
    monkeypatch.setenv("SHOPFLOOR_DATABASE", database)
    takings = Takings(database, READ_MODELS)
    await takings.take(long_day(shoppers=5))
    await takings.close()
    path = tmp_path / "day.tar"
    Office(database, TOPIC, KeyFolder(tmp_path / "keys")).export(Range(), path)
    return path


def test_an_auditor_folds_an_export_to_the_digests_that_the_operator_published(
    archive: Path, postgres: str, shopfloor: CommandLine
) -> None:
    assert shopfloor.run("digest") == 0
    published = shopfloor.out
    assert shopfloor.run("fold", archive, "--database", postgres) == 0, shopfloor.err

    assert shopfloor.out == published
    assert len(published.splitlines()) == 1 + len(READ_MODELS)
    assert shopfloor.run("fold", archive, "visits", "--database", postgres) == 0
    assert set(shopfloor.out.splitlines()) < set(published.splitlines())


def test_what_cannot_be_folded_is_told(
    archive: Path, database: str, postgres: str, shopfloor: CommandLine, tmp_path: Path
) -> None:
    other = tmp_path / "late.tar"
    start = long_day(shoppers=5).records[9].timestamp / 1000
    wanted = Range(start=datetime.fromtimestamp(start, UTC))
    Office(database, TOPIC, KeyFolder(tmp_path / "keys")).export(wanted, other)
    flipped = tmp_path / "flipped.tar"
    content = bytearray(archive.read_bytes())
    content[len(content) // 2] ^= 1
    flipped.write_bytes(content)
    fresh = ("--database", postgres)

    for words, status, told in (
        ((other, *fresh), 2, "begins at leaf 8 of shopfloor.events/"),
        ((flipped, *fresh), 1, "cannot be used: refused at "),
        ((tmp_path / "none.tar", *fresh), 2, "none.tar cannot be used: No such file"),
        ((archive, "--key", "nonsense", *fresh), 2, "the key to pin is none"),
        ((archive, "visitors", *fresh), 2, "there is no read model 'visitors'"),
        ((archive, "--database", "postgresql://nobody@127.0.0.1:1/none"), 1, "no scratch database can be made"),
    ):
        assert shopfloor.run("fold", *words) == status, shopfloor.err
        assert told in shopfloor.err
        assert len(shopfloor.err.splitlines()) == 1
