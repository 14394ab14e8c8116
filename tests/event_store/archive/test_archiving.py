"""Months leave the ledger when their files are what was sealed, and only then; whoever dies on the way begins again."""

import errno
import os
from collections.abc import Callable
from datetime import timedelta
from pathlib import Path
from typing import Any

import psycopg
import pytest

from event_store.archive.archiving import Archiving
from event_store.archive.errors import (
    ArchivedPartAltered,
    LedgerInUse,
    LedgerNotAsSealed,
    MonthNotSealed,
    NoArchive,
    OtherArchiving,
    UnusableArchive,
)
from event_store.archive.places import Folder
from event_store.archive.reading import HOLD
from event_store.archive.register import check_archive, find_archive
from event_store.archive.segments import encode_manifest
from event_store.database import connect_blocking
from event_store.sealing.extract import Range
from tests.builders.ledgers import Ledger
from tests.builders.months import (
    NOVEMBER,
    OCTOBER,
    SEPTEMBER,
    archive,
    exported,
    months_of,
    seal,
    whole,
)

pytestmark = pytest.mark.postgres


def test_a_clock_that_steps_back_at_the_turn_of_the_month_loses_nothing(ledger: Ledger, folder: Path) -> None:
    ledger.change(
        'UPDATE record.ledger SET recorded_at = recorded_at + %s WHERE partition = 0 AND "offset" IN (100, 200)',
        timedelta(days=30),
    )
    ledger.change("TRUNCATE record.trees, record.tiles, record.seals")
    seal(ledger)
    before, packed = whole(ledger.connection), exported(ledger, Range())

    archive(ledger, folder, SEPTEMBER)
    assert whole(ledger.connection, limit=7) == before
    archive(ledger, folder, OCTOBER)
    assert whole(ledger.connection, limit=7) == before
    assert exported(ledger, Range()) == packed


def test_records_that_come_late_make_their_month_again(ledger: Ledger, folder: Path) -> None:
    archive(ledger, folder, SEPTEMBER)
    ledger.change(
        "CREATE TABLE record.ledger_2026_09 PARTITION OF record.ledger "
        "FOR VALUES FROM ('2026-09-01Z') TO ('2026-10-01Z')"
    )
    ledger.add(0, 20)
    ledger.change(
        "UPDATE record.ledger SET recorded_at = '2026-09-30T23:00:00Z' WHERE partition = 0 AND \"offset\" >= %s", 720
    )
    seal(ledger)
    before = whole(ledger.connection)

    assert archive(ledger, folder, SEPTEMBER) == [20]
    assert whole(ledger.connection) == before


@pytest.mark.parametrize("step", ["write", "read", "register", "drop"])
def test_archiving_that_dies_anywhere_is_begun_again(
    ledger: Ledger, folder: Path, step: str, monkeypatch: pytest.MonkeyPatch
) -> None:
    before = whole(ledger.connection)
    calls = 0

    def dying(*_: object, **__: object) -> Any:
        raise KeyboardInterrupt

    def third_time(original: Any) -> Any:
        def call(*args: Any, **kwargs: Any) -> Any:
            nonlocal calls
            calls += 1
            return dying() if calls == 3 else original(*args, **kwargs)

        return call

    with monkeypatch.context() as patched:
        match step:
            case "write":
                patched.setattr(Folder, "write", third_time(Folder.write))
            case "read":
                patched.setattr(Folder, "read", third_time(Folder.read))
            case "register":
                patched.setattr("event_store.archive.archiving.encode_manifest", third_time(encode_manifest))
            case "drop":
                patched.setattr("event_store.archive.archiving._IN_FORCE", "SELECT no_such_thing(%s)")
        with pytest.raises((KeyboardInterrupt, psycopg.Error, ArchivedPartAltered)):
            archive(ledger, folder, SEPTEMBER)
    assert "ledger_2026_09" in set(months_of(ledger.connection))
    assert whole(ledger.connection) == before

    assert archive(ledger, folder, SEPTEMBER) == [210]
    assert "ledger_2026_09" not in set(months_of(ledger.connection))
    assert whole(ledger.connection) == before
    assert check_archive(ledger.connection, Folder(str(folder)), lambda _: None) == 4


def test_a_month_with_unsealed_records_stays(ledger: Ledger, folder: Path) -> None:
    ledger.add(4, 1)

    with pytest.raises(MonthNotSealed, match=r"2026-11 stays in the ledger: shopfloor\.events/4/36"):
        archive(ledger, folder, NOVEMBER)
    assert "ledger_2026_11" in set(months_of(ledger.connection))


@pytest.mark.parametrize(
    "change",
    [
        "UPDATE record.ledger SET value = '{}' WHERE partition = 0 AND \"offset\" = 60",
        "UPDATE record.ledger SET recorded_at = recorded_at + '1 ms' WHERE partition = 0 AND \"offset\" = 60",
    ],
)
def test_a_ledger_that_was_changed_after_sealing_is_not_archived(ledger: Ledger, folder: Path, change: str) -> None:
    ledger.change(change)

    with pytest.raises(LedgerNotAsSealed, match=r"shopfloor\.events/0/60"):
        archive(ledger, folder, SEPTEMBER)
    assert "ledger_2026_09" in set(months_of(ledger.connection))


def test_a_row_that_no_segment_has_keeps_its_month(
    ledger: Ledger, folder: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    original = Archiving._take_out

    def slip_in(self: Archiving, month: str) -> int:
        ledger.change("UPDATE record.ledger SET recorded_at = '2026-09-29Z' WHERE partition = 4 AND \"offset\" = 20")
        return original(self, month)

    monkeypatch.setattr(Archiving, "_take_out", slip_in)

    with pytest.raises(LedgerNotAsSealed, match="211 records in the ledger, 210 in segments"):
        archive(ledger, folder, SEPTEMBER)
    assert "ledger_2026_09" in set(months_of(ledger.connection))


def test_a_place_that_cannot_be_written_takes_nothing(
    ledger: Ledger, folder: Path, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    (tmp_path / "file").write_text("")
    with pytest.raises(NoArchive):
        find_archive(ledger.connection, None)
    with pytest.raises(UnusableArchive, match="File exists"):
        find_archive(ledger.connection, str(tmp_path / "file"))
    find_archive(ledger.connection, str(folder))

    for number, why in ((errno.ENOSPC, "No space left on device"), (errno.EROFS, "Read-only file system")):
        monkeypatch.setattr("os.fsync", _failing(number))
        with pytest.raises(UnusableArchive, match=why):
            archive(ledger, folder, SEPTEMBER)
    assert "ledger_2026_09" in set(months_of(ledger.connection))
    assert not list(folder.rglob("*.gz"))


def _failing(number: int) -> Callable[[int], None]:
    def fail(_: int) -> None:
        raise OSError(number, os.strerror(number))

    return fail


def test_one_process_archives_at_a_time_and_waits_for_readers(
    ledger: Ledger, folder: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr("event_store.archive.archiving.PATIENCE_S", 0.0)
    monkeypatch.setattr("event_store.archive.archiving.LOCK_MS", 1)
    with connect_blocking(ledger.address, "shopfloor_projector") as other:
        with Archiving(other, Folder(str(folder)), lambda _: None), pytest.raises(OtherArchiving):
            archive(ledger, folder, SEPTEMBER)
        with other.transaction():
            other.execute(HOLD)
            with pytest.raises(LedgerInUse, match="2026-09"):
                archive(ledger, folder, SEPTEMBER)

    assert archive(ledger, folder, SEPTEMBER) == [210]
