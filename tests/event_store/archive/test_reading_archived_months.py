"""Archived months are read as tables are: the same records, exports, proofs and ends; what is missing is named."""

import io
from pathlib import Path
from typing import Any

import pytest

from event_store.archive.errors import (
    ArchivedPartAltered,
    ArchivedPartMissing,
    HistoryMoved,
    OtherArchive,
)
from event_store.archive.places import Folder
from event_store.archive.register import check_archive, find_archive, move_archive
from event_store.database import connect
from event_store.replay import Place, read_entries
from event_store.sealing import SealedRecord
from event_store.sealing.extract import Range
from event_store.spans import Stretch, find_ends
from event_store.verifier.canonical import Archive
from event_store.verifier.export import verify_export
from event_store.verifier.notes import read_key
from tests.builders.ledgers import Ledger, event_id
from tests.builders.months import KEY, OCTOBER, SEPTEMBER, archive, exported, months_of, seal, whole
from tests.builders.sealed_logs import TOPIC

pytestmark = pytest.mark.postgres

LEAVES = {0: 600, 4: 30}


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

    checked = verify_export(Archive(io.BytesIO(exported(ledger, Range()))), [read_key(str(KEY.verifier))])

    assert checked.shown == 930
    assert [each.size for each in checked.seal.states.values()] == [900, 30]


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
