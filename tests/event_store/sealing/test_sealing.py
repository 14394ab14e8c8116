import io
import json
from collections.abc import Iterator
from datetime import datetime
from pathlib import Path

import pytest

from event_store.checkpoints import KeyFolder
from event_store.export import pack
from event_store.merkle import Tree, record_leaf
from event_store.sealing import SealedRecord, Sealer
from event_store.sealing.errors import LedgerRewritten, NothingSealed, NotSealedYet, OtherLog, UnknownEvent
from event_store.sealing.extract import Extract, Range
from event_store.verifier.__main__ import main
from event_store.verifier.canonical import Archive
from event_store.verifier.errors import Refused
from event_store.verifier.export import Checked, verify_export
from event_store.verifier.notes import read_key
from event_store.verifier.proof import verify_proof
from tests.builders.ledgers import Ledger, event_id
from tests.builders.sealed_logs import GINZA, OSLO, TOPIC, signing_key

pytestmark = pytest.mark.postgres

KEY = signing_key()
PINNED = read_key(str(KEY.verifier))


@pytest.fixture
def ledger(database: str) -> Iterator[Ledger]:
    ledger = Ledger(database)
    yield ledger
    ledger.connection.close()


def sealer(ledger: Ledger) -> Sealer:
    return Sealer(ledger.connection, TOPIC, [KEY])


def exported(ledger: Ledger, wanted: Range) -> bytes:
    out = io.BytesIO()
    with ledger.snapshot() as connection:
        pack(Extract(connection, TOPIC, wanted).contents([KEY.verifier]), [KEY], out)
    return out.getvalue()


def verified(archive: bytes) -> Checked:
    return verify_export(Archive(io.BytesIO(archive)), [PINNED])


def shown(archive: bytes, partition: int) -> list[int | None]:
    checked = verified(archive)
    lines = checked.slices[f"{TOPIC}/{partition}"].all_lines(checked.archive)
    return [None if line.record is None else line.offset for line in lines]


def test_the_ledgers_rows_are_the_leaves(ledger: Ledger) -> None:
    ledger.add(0, 600)
    ledger.add(4, 3)

    sealed = sealer(ledger).seal(1_000)

    assert sealed is not None
    rows = ledger.connection.execute(
        'SELECT "offset", recorded_at, value FROM record.ledger WHERE partition = 0 ORDER BY "offset"'
    ).fetchall()
    tree = Tree()
    tree.extend(record_leaf(offset, round(at.timestamp() * 1000), bytes(value)) for offset, at, value in rows)
    assert [(each.partition, each.size) for each in sealed.seal.partitions] == [(0, 600), (4, 3)]
    assert sealed.seal.partitions[0].root == tree.root()


def test_sealing_step_by_step_gives_the_roots_of_sealing_at_once(
    ledger: Ledger, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr("event_store.sealing.sealer.AT_ONCE", 100)
    for count in (1, 254, 1, 1, 300):
        ledger.add(0, count)
        assert sealer(ledger).seal(1_000) is not None
    stepwise = SealedRecord(ledger.connection, TOPIC)

    ledger.change("DELETE FROM record.trees")
    ledger.change("DELETE FROM record.tiles")
    ledger.change("DELETE FROM record.seals")
    at_once = sealer(ledger).seal(1_000)

    assert at_once is not None
    assert stepwise.newest.seal.number == 4
    assert stepwise.newest.seal.partitions == at_once.seal.partitions


def test_nothing_new_makes_no_seal_and_time_never_goes_back(ledger: Ledger) -> None:
    ledger.add(0, 1)
    first = sealer(ledger).seal(5_000)

    assert sealer(ledger).seal(6_000) is None
    ledger.add(0, 1)
    second = sealer(ledger).seal(4_000)
    assert first is not None
    assert second is not None
    assert (first.seal.time_ms, second.seal.time_ms) == (5_000, 5_000)


def test_the_keys_of_another_log_seal_nothing_here(ledger: Ledger) -> None:
    ledger.add(0, 1)
    sealer(ledger).seal(1_000)
    ledger.add(0, 1)

    with pytest.raises(OtherLog, match=r"else\.example"):
        Sealer(ledger.connection, TOPIC, [signing_key(1, "else.example")]).seal(2_000)


def test_the_whole_record_is_exported_and_verified(ledger: Ledger) -> None:
    ledger.add(0, 700)
    ledger.add(4, 30)
    sealer(ledger).seal(1_000)
    ledger.add(4, 5)

    checked = verified(exported(ledger, Range()))

    assert checked.shown == 730
    assert [each.size for each in checked.seal.states.values()] == [700, 30]


@pytest.mark.parametrize(
    ("start", "end", "expected"),
    [
        (10, 20, [10, *(number + number // 5 for number in range(10, 20)), 24]),
        (None, 3, [0, 1, 2, 3]),
        (697, None, [835, 836, 837, 838]),
        (0, 1, [0, 1]),
        (-100, -50, [0]),
        (900, 950, [838]),
        (500, 500, [598, 600]),
    ],
)
def test_a_range_has_its_records_and_their_neighbours(
    ledger: Ledger, start: int | None, end: int | None, expected: list[int]
) -> None:
    ledger.add(0, 700)
    sealer(ledger).seal(1_000)

    archive = exported(ledger, Range(start=time(start), end=time(end)))

    assert shown(archive, 0) == expected


def test_records_whose_time_goes_back_and_forth_are_all_exported(ledger: Ledger) -> None:
    ledger.add(0, 40)
    ledger.change('UPDATE record.ledger SET recorded_at = %s WHERE "offset" = 6', Ledger.time(30))
    ledger.change('UPDATE record.ledger SET recorded_at = %s WHERE "offset" = 24', Ledger.time(11))
    sealer(ledger).seal(1_000)

    assert shown(exported(ledger, Range(start=time(10), end=time(15))), 0) == [
        number + number // 5 for number in range(9, 22)
    ]


def time(number: int | None) -> datetime | None:
    return None if number is None else Ledger.time(number)


def test_one_stores_export_shows_no_other_store(ledger: Ledger) -> None:
    ledger.add(0, 10)
    ledger.add(0, 10, OSLO)
    ledger.add(0, 10)
    ledger.add(4, 10, OSLO)
    sealer(ledger).seal(1_000)
    organisation, store = GINZA.split("/")

    archive = exported(ledger, Range(organisation=organisation, store=store))

    checked = verified(archive)
    assert (checked.shown, checked.hidden) == (20, 10)
    assert [*checked.slices] == [f"{TOPIC}/0"]
    assert b"oslo" not in archive


def test_the_register_has_the_erasures_among_the_records_that_are_shown(ledger: Ledger) -> None:
    ledger.add(0, 2)
    ledger.add(0, 1, type_name="shopfloor.SubjectForgotten.v1")
    ledger.add(0, 90)
    ledger.add(0, 1, OSLO, type_name="shopfloor.SubjectForgotten.v1")
    ledger.add(4, 1, type_name="shopfloor.SubjectForgotten.v1")
    sealer(ledger).seal(1_000)
    first = b'{"position":"shopfloor.events/0/2","subject":"visit/2","timestamp":1795251602002}\n'

    def register(wanted: Range) -> list[str]:
        archive = exported(ledger, wanted)
        return [json.loads(line)["position"] for line in verified(archive).erasures]

    assert first in exported(ledger, Range())
    assert register(Range()) == [f"{TOPIC}/0/2", f"{TOPIC}/0/111", f"{TOPIC}/4/0"]
    assert register(Range(organisation="acme", store="oslo-1")) == [f"{TOPIC}/0/111"]
    assert register(Range(end=Ledger.time(50))) == [f"{TOPIC}/0/2", f"{TOPIC}/4/0"]


def test_a_ledger_that_was_changed_after_sealing_is_found_out(ledger: Ledger) -> None:
    ledger.add(0, 300)
    sealer(ledger).seal(1_000)
    ledger.change('UPDATE record.ledger SET value = %s WHERE "offset" = 60', b"{}")

    with pytest.raises(Refused, match=f"{TOPIC}/0/60: the record is not the one that was sealed"):
        verified(exported(ledger, Range()))
    with pytest.raises(LedgerRewritten, match="leaf 50"):
        SealedRecord(ledger.connection, TOPIC).prove(event_id(0, 50), [KEY.verifier])


def test_every_event_has_a_proof(ledger: Ledger) -> None:
    ledger.add(0, 600)
    ledger.add(4, 1)
    sealer(ledger).seal(1_000)
    record = SealedRecord(ledger.connection, TOPIC)

    for partition, number in ((0, 0), (0, 255), (0, 256), (0, 599), (4, 0)):
        proved = verify_proof(record.prove(event_id(partition, number), [KEY.verifier]), [PINNED])
        assert proved.position == f"{TOPIC}/{partition}/{number + number // 5}"


def test_what_cannot_be_proved_is_told(ledger: Ledger) -> None:
    with pytest.raises(NothingSealed):
        SealedRecord(ledger.connection, TOPIC)
    ledger.add(0, 1)
    sealer(ledger).seal(1_000)
    ledger.add(0, 1)
    ledger.add(4, 1)
    record = SealedRecord(ledger.connection, TOPIC)

    for unknown in ("nonsense", event_id(9, 9)):
        with pytest.raises(UnknownEvent):
            record.prove(unknown, [KEY.verifier])
    for late in (event_id(0, 1), event_id(4, 0)):
        with pytest.raises(NotSealedYet):
            record.prove(late, [KEY.verifier])


def test_successive_exports_are_consistent_and_agree(ledger: Ledger, tmp_path: Path) -> None:
    keys = KeyFolder(tmp_path / "keys")
    keys.create("shop.example/record")
    old, new = tmp_path / "old.tar", tmp_path / "new.tar"
    for path, count in ((old, 300), (new, 500)):
        ledger.add(0, count)
        Sealer(ledger.connection, TOPIC, keys.signing()).seal(1_000)
        with ledger.snapshot() as connection, path.open("wb") as out:
            pack(Extract(connection, TOPIC, Range()).contents(keys.public()), keys.signing(), out)

    assert main(["verify-consistency", str(old), str(new)]) == 0
    assert main(["diff", str(old), str(new)]) == 0
