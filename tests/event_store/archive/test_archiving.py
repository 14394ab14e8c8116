import errno
import io
import os
from collections.abc import Callable, Iterator
from datetime import timedelta
from pathlib import Path
from typing import Any

import psycopg
import pytest

from event_store.archive.archiving import Archiving
from event_store.archive.errors import (
    ArchivedPartAltered,
    ArchivedPartMissing,
    HistoryMoved,
    LedgerInUse,
    LedgerNotAsSealed,
    MonthNotSealed,
    NoArchive,
    OtherArchive,
    OtherArchiving,
    UnusableArchive,
)
from event_store.archive.places import Folder
from event_store.archive.reading import HOLD
from event_store.archive.register import check_archive, find_archive, move_archive
from event_store.archive.segments import encode_manifest
from event_store.database import connect, connect_blocking
from event_store.export import pack
from event_store.replay import Place, read_entries
from event_store.sealing import SealedRecord
from event_store.sealing.extract import Extract, Range
from event_store.spans import Stretch, find_ends
from event_store.verifier.archive import Archive
from event_store.verifier.export import verify_export
from event_store.verifier.notes import read_key
from tests.builders.ledgers import Ledger, event_id
from tests.builders.months import KEY, NOVEMBER, OCTOBER, SEPTEMBER, months_of, seal, three_months, whole
from tests.builders.sealed_logs import TOPIC

pytestmark = pytest.mark.postgres

LEAVES = {0: 600, 4: 30}


@pytest.fixture
def ledger(database: str, monkeypatch: pytest.MonkeyPatch) -> Iterator[Ledger]:
    """Three sealed months, whose segments will have four blocks at most."""
    monkeypatch.setattr("event_store.archive.segments.BLOCK", 20)
    monkeypatch.setattr("event_store.archive.archiving.SEGMENT", 80)
    ledger = Ledger(database)
    three_months(ledger)
    yield ledger
    ledger.connection.close()


@pytest.fixture
def folder(tmp_path: Path) -> Path:
    return tmp_path / "archive"


def archive(ledger: Ledger, folder: Path, *months: str) -> list[int]:
    place = find_archive(ledger.connection, str(folder))
    with Archiving(ledger.connection, place, lambda _: None) as archiving:
        return [archiving.archive(month) for month in months]


def exported(ledger: Ledger, wanted: Range) -> bytes:
    out = io.BytesIO()
    with ledger.snapshot() as connection:
        connection.execute(HOLD)
        pack(Extract(connection, TOPIC, wanted).contents([KEY.verifier]), [KEY], out)
    return out.getvalue()


def test_history_reads_the_same_from_files_as_from_tables(ledger: Ledger, folder: Path) -> None:
    narrowed: list[dict[str, Any]] = [
        {},
        {"limit": 1_000},
        {"start": 25, "end": 37},
        {"types": {"shopfloor.SubjectForgotten.v1"}},
        {"store": ("acme", "oslo-1"), "limit": 3},
        {"types": {"shopfloor.ShopperEntered.v1"}, "store": ("acme", "ginza-3"), "start": 200},
    ]
    before = [whole(ledger.connection, partition, **each) for partition in LEAVES for each in narrowed]

    counts = archive(ledger, folder, SEPTEMBER, OCTOBER)

    assert list(months_of(ledger.connection)) == ["ledger_2026_11"]
    assert [whole(ledger.connection, partition, **each) for partition in LEAVES for each in narrowed] == before
    assert [len(entries) for entries in before] == [600, 600, 10, 0, 50, 383, 30, 30, 9, 30, 30, 0]
    assert sum(counts) == 600 + 30 - ledger.connection.execute("SELECT FROM record.ledger").rowcount


async def test_a_read_that_does_not_block_reads_the_same(ledger: Ledger, folder: Path) -> None:
    archive(ledger, folder, SEPTEMBER)
    connection = await connect(ledger.address, "shopfloor_projector")
    try:
        entries = await read_entries(connection, Place(TOPIC, 0), start=25, end=400, limit=300)
        oslo = await read_entries(
            connection, Place(TOPIC, 4), start=0, end=99, limit=2, store=("acme", "oslo-1"), types=["x"]
        )
    finally:
        await connection.close()

    assert entries == whole(ledger.connection, limit=1_000, start=25, end=400)[:300]
    assert [each.reason for each in entries if each.offset in {30, 31}] == ["undecodable", "parked"]
    assert next(each.packed_headers for each in entries if each.offset == 33) == b'[["a","AAE="],["b",null]]'
    assert oslo == []


def test_an_export_is_the_same_archive_byte_for_byte(ledger: Ledger, folder: Path) -> None:
    in_september, in_october = (Ledger.time(n).replace(month=m, day=22) for n, m in ((100, 9), (300, 10)))
    ranges = [
        Range(),
        Range(organisation="acme", store="oslo-1"),
        Range(start=in_september, end=in_october),
        Range(end=Ledger.time(0).replace(month=1)),
        Range(start=Ledger.time(500), organisation="acme", store="ginza-3"),
    ]
    before = [exported(ledger, wanted) for wanted in ranges]

    archive(ledger, folder, SEPTEMBER, OCTOBER)

    assert [exported(ledger, wanted) for wanted in ranges] == before
    assert len(set(before)) == len(before)


def test_proofs_of_archived_events_are_the_same(ledger: Ledger, folder: Path) -> None:
    numbers = (0, 199, 240, 399, 470)
    before = [SealedRecord(ledger.connection, TOPIC).prove(event_id(0, each), [KEY.verifier]) for each in numbers]

    archive(ledger, folder, SEPTEMBER, OCTOBER)

    record = SealedRecord(ledger.connection, TOPIC)
    assert [record.prove(event_id(0, each), [KEY.verifier]) for each in numbers] == before


def test_sealing_goes_on_over_archived_months(ledger: Ledger, folder: Path) -> None:
    archive(ledger, folder, SEPTEMBER, OCTOBER)
    ledger.add(0, 300)
    seal(ledger)

    checked = verify_export(Archive(io.BytesIO(exported(ledger, Range()))), read_key(str(KEY.verifier)))

    assert checked.counts.shown == 930
    assert [each.size for each in checked.newest.seal.partitions] == [900, 30]


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


def test_a_missing_part_names_its_file_and_range(ledger: Ledger, folder: Path) -> None:
    archive(ledger, folder, SEPTEMBER)
    lost = sorted((folder / TOPIC / "0" / SEPTEMBER).glob("*.gz"))[1]
    lost.unlink()

    with pytest.raises(ArchivedPartMissing, match=r"shopfloor\.events/0/96 to 190 are missing: .*00096\.segment\.gz"):
        whole(ledger.connection)
    assert len(whole(ledger.connection, start=240)) == 400


def test_an_altered_part_names_its_file_and_range(ledger: Ledger, folder: Path) -> None:
    archive(ledger, folder, SEPTEMBER)
    file = min((folder / TOPIC / "0" / SEPTEMBER).glob("*.gz"))
    sound = file.read_bytes()

    for at in range(0, len(sound), 97):
        file.write_bytes(sound[:at] + bytes([sound[at] ^ 1]) + sound[at + 1 :])
        with pytest.raises(ArchivedPartAltered, match=r"shopfloor\.events/0/0 to 94 are not what was archived"):
            whole(ledger.connection)
    file.write_bytes(sound[:-40])
    with pytest.raises(ArchivedPartAltered):
        whole(ledger.connection)
    with pytest.raises(ArchivedPartAltered):
        check_archive(ledger.connection, Folder(str(folder)), lambda _: None)


def test_an_archive_is_moved_only_when_the_copy_is_whole(ledger: Ledger, folder: Path, tmp_path: Path) -> None:
    archive(ledger, folder, SEPTEMBER)
    before, elsewhere = whole(ledger.connection), tmp_path / "elsewhere"
    with pytest.raises(ArchivedPartMissing):
        move_archive(ledger.connection, str(elsewhere), lambda _: None)
    folder.rename(elsewhere)

    assert move_archive(ledger.connection, str(elsewhere), lambda _: None) == 4
    assert whole(ledger.connection) == before
    with pytest.raises(OtherArchive, match="elsewhere and not in"):
        find_archive(ledger.connection, str(folder))


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


def test_who_looked_before_a_month_left_is_told_and_not_misled(ledger: Ledger, folder: Path) -> None:
    find_archive(ledger.connection, str(folder))
    with ledger.snapshot() as connection:
        connection.execute("SELECT 1 FROM record.checkpoints")
        archive(ledger, folder, SEPTEMBER)

        with pytest.raises(HistoryMoved):
            whole(connection)


def test_a_question_about_a_day_looks_into_its_month_only(ledger: Ledger) -> None:
    plan = ledger.connection.execute(
        'EXPLAIN SELECT min("offset"), max("offset") FROM record.ledger WHERE topic = \'t\' AND partition = 0 '
        "AND recorded_at >= '2026-10-03Z' AND recorded_at < '2026-10-04Z'"
    ).fetchall()
    text = "\n".join(line for (line,) in plan)

    assert "ledger_2026_10" in text
    assert "ledger_2026_09" not in text
    assert "ledger_2026_11" not in text


def test_ends_of_a_stretch_are_found_in_files_as_in_tables(ledger: Ledger, folder: Path) -> None:
    start, end = Ledger.time(100).replace(month=9, day=22), Ledger.time(300).replace(month=10, day=22)
    stretches = [
        Stretch(topic=TOPIC, partition=0),
        Stretch(topic=TOPIC, partition=0, start=start, end=end),
        Stretch(topic=TOPIC, partition=0, start=start, end=start),
        Stretch(topic=TOPIC, partition=0, behind=101),
        Stretch(topic=TOPIC, partition=0, first=101, behind=300, end=end),
        Stretch(topic=TOPIC, partition=9),
    ]
    before = [find_ends(ledger.connection, each) for each in stretches]

    archive(ledger, folder, SEPTEMBER, OCTOBER)

    assert [find_ends(ledger.connection, each) for each in stretches] == before
    assert before[1] != before[0]
