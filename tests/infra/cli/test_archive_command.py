from collections.abc import Iterator
from pathlib import Path

import pytest

from event_store.archive.places import open_archive
from event_store.replay import Entry
from tests.builders.buckets import running_bucket
from tests.builders.commands import CommandLine
from tests.builders.ledgers import Ledger
from tests.builders.months import months_of, three_months, whole

pytestmark = pytest.mark.postgres


@pytest.fixture
def ledger(database: str, monkeypatch: pytest.MonkeyPatch, tmp_path: Path) -> Iterator[Ledger]:
    """Three sealed months, and an environment that names the archive by a path relative to the working folder."""
    monkeypatch.setenv("SHOPFLOOR_DATABASE", database)
    monkeypatch.setenv("SHOPFLOOR_ARCHIVE", "archive")
    monkeypatch.chdir(tmp_path)
    ledger = Ledger(database)
    three_months(ledger)
    yield ledger
    ledger.connection.close()
    open_archive.cache_clear()


def history(ledger: Ledger) -> list[Entry]:
    return [*whole(ledger.connection, 0, limit=1_000), *whole(ledger.connection, 4, limit=1_000)]


def test_months_leave_are_checked_and_move(shopfloor: CommandLine, ledger: Ledger, tmp_path: Path) -> None:
    before = history(ledger)

    assert shopfloor.run("archive", "--before", "2026-10-31T00:00:00Z") == 0, shopfloor.err
    assert shopfloor.out.decode() == "2026-09: 210 records are archived\n"
    assert "2026-09 shopfloor.events/0: up to 238" in shopfloor.err
    assert shopfloor.run("archive", "--before", "2026-11-01T00:00:00Z") == 0
    assert shopfloor.out.decode() == "2026-10: 210 records are archived\n"
    assert shopfloor.run("archive", "--before", "2026-11-01T00:00:00Z") == 0
    assert shopfloor.out.decode() == "no month is old enough to leave the ledger\n"
    assert list(months_of(ledger.connection)) == ["ledger_2026_11"]
    assert history(ledger) == before
    assert shopfloor.run("archive", "--check") == 0
    assert shopfloor.out.decode() == "4 segments are what was archived\n"

    (tmp_path / "archive").rename(tmp_path / "elsewhere")
    assert shopfloor.run("archive", "--check") == 1
    assert "archived records shopfloor.events/0/0 to 238 are missing" in shopfloor.err
    assert shopfloor.run("archive", "--moved-to", "elsewhere") == 0
    assert shopfloor.out.decode() == f"4 segments are read from {tmp_path / 'elsewhere'} from now on\n"
    assert history(ledger) == before


def test_what_cannot_be_archived_is_told_in_one_line(
    shopfloor: CommandLine, ledger: Ledger, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    for words in (
        (),
        ("--before", "yesterday"),
        ("--before", "2026-10-01T00:00:00"),
        ("--keep-months", "0"),
        ("--check", "--keep-months", "1"),
    ):
        assert shopfloor.run("archive", *words) == 2
        assert "Traceback" not in shopfloor.err
    (tmp_path / "archive").write_text("a file")
    assert shopfloor.run("archive", "--keep-months", "1") == 1
    assert "archive cannot be used" in shopfloor.err
    monkeypatch.delenv("SHOPFLOOR_ARCHIVE")
    assert shopfloor.run("archive", "--keep-months", "1") == 2
    assert "set SHOPFLOOR_ARCHIVE" in shopfloor.err
    assert len(list(months_of(ledger.connection))) == 3


def test_a_bucket_holds_months_as_a_folder_does(
    shopfloor: CommandLine, ledger: Ledger, monkeypatch: pytest.MonkeyPatch
) -> None:
    before = history(ledger)
    with running_bucket() as bucket:
        for name, value in bucket.environment.items():
            monkeypatch.setenv(name, value)
        monkeypatch.setenv("SHOPFLOOR_ARCHIVE", "s3://shop/archive")

        assert shopfloor.run("archive", "--before", "2026-11-01T00:00:00Z") == 0, shopfloor.err

        assert history(ledger) == before
        assert {name.rpartition(".")[2] for name in bucket.objects} == {"gz", "json", "txt"}
        segment = next(name for name in sorted(bucket.objects) if name.endswith(".gz"))
        bucket.objects[segment] = bucket.objects[segment][:-1]
        assert shopfloor.run("archive", "--check") == 1
        assert "was altered" in shopfloor.err
