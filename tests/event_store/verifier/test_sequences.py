"""What the numbers of the sources show about an archive: missing facts, and facts under one number."""

import io
import json
from pathlib import Path

import pytest

from event_store.events.event import Event
from event_store.events.gaps import GapDetected
from event_store.serialization import encode
from event_store.verifier.__main__ import main
from event_store.verifier.answers import Gaps, find_gaps
from event_store.verifier.canonical import Archive
from event_store.verifier.export import verify_export
from event_store.verifier.facts import Fact, Sequences, read_fact
from tests.builders.facts import came
from tests.builders.records import NOON, envelope
from tests.builders.sealed_logs import GINZA, SECOND, START, ShopLog

SOURCE = envelope(came("anna"), 1).source
NONE = Gaps(missing=0, told=0, repeats=0, holes=[], doubled=[], wrong=[])


def numbers(*sequences: int, person: str = "anna") -> list[bytes]:
    return [encode(envelope(came(f"{person}-{each}"), each)) for each in sequences]


def told(first: int, last: int) -> bytes:
    event: Event = GapDetected(time=NOON, source_id=SOURCE, first_missing=first, last_missing=last)
    return encode(envelope(event, 1, camera="policy"))


def archive_of(*records: bytes) -> bytes:
    return log_of(*records).archive()


def log_of(*records: bytes) -> ShopLog:
    log = ShopLog()
    log.put(0, records)
    log.seal()
    return log


def gaps_of(archive: bytes) -> Gaps:
    return find_gaps(verify_export(Archive(io.BytesIO(archive))))


def status(archive: bytes, folder: Path, *words: str) -> int:
    path = folder / "record.tar"
    path.write_bytes(archive)
    return main(["verify-export", str(path), *words])


def test_numbers_without_holes_pass(tmp_path: Path, capsys: pytest.CaptureFixture[str]) -> None:
    assert status(archive_of(*numbers(1, 2, 3, 3)), tmp_path) == 0
    assert "numbers of the sources: 0 missing, 0 of them told by GapDetected; 1 came again" in capsys.readouterr().out


def test_a_hole_in_the_whole_record_that_nobody_told_of_is_refused_and_named(
    tmp_path: Path, capsys: pytest.CaptureFixture[str]
) -> None:
    whole = archive_of(*numbers(1, 2, 5, 6))

    assert status(whole, tmp_path) == 1
    said = capsys.readouterr()
    assert "valid: 4 records" in said.out
    assert f"refused at shopfloor.events/0/2: {SOURCE} jumps over 3 to 4 and no GapDetected says so" in said.err
    assert status(whole, tmp_path, "--allow-gaps") == 0


@pytest.mark.parametrize("records", [[*numbers(1, 4), told(2, 3)], [*numbers(1, 4), told(2, 2), told(3, 3)]])
def test_a_hole_that_the_record_tells_of_is_explained(records: list[bytes], tmp_path: Path) -> None:
    gaps = gaps_of(archive_of(*records))

    assert (gaps.missing, gaps.told, gaps.wrong) == (2, 2, [])
    assert status(archive_of(*records), tmp_path) == 0


@pytest.mark.parametrize("records", [[*numbers(1, 5), told(2, 3)], [*numbers(2, 3)], [*numbers(1, 4), told(20, 30)]])
def test_a_hole_that_is_told_of_in_part_or_elsewhere_stays_one(records: list[bytes]) -> None:
    assert len(gaps_of(archive_of(*records)).wrong) == 1


def test_facts_that_come_late_fill_their_hole() -> None:
    assert gaps_of(archive_of(*numbers(1, 4, 3, 2, 5))) == NONE


def test_late_facts_leave_the_rest_of_their_hole_where_it_was_jumped_over() -> None:
    (first, second) = gaps_of(archive_of(*numbers(1, 8, 5, 6, 9))).wrong

    assert str(first) == f"shopfloor.events/0/1: {SOURCE} jumps over 2 to 4"
    assert str(second) == f"shopfloor.events/0/1: {SOURCE} jumps over 7"


def test_a_late_fact_from_before_a_range_opens_no_hole() -> None:
    log = log_of(*numbers(7, 8, 3, 9))
    range_of = log.archive(start=START + 2 * SECOND, slices=[log.slice(0, 1, 3)])

    assert gaps_of(range_of) == NONE


@pytest.mark.parametrize("order", [1, -1])
def test_many_holes_are_no_trouble_in_whatever_order_their_facts_come(order: int) -> None:
    sequences = Sequences()
    for number in range(1, 100_003, 2)[::order]:
        sequences.take(raw(number=b"%d" % number), "shopfloor.events/0/0", 0, from_start=True)
    for ordinal, number in enumerate(range(2, 50_000, 2)[::order], start=1):
        data = b'{"source_id":"/s","first_missing":%d,"last_missing":%d}' % (number, number)
        gap = raw(source=b"/policy", number=b"%d" % ordinal, kind=b"shopfloor.GapDetected.v1", data=data)
        sequences.take(gap, "shopfloor.events/0/0", 0, from_start=True)

    assert len([*sequences.holes()]) == 50_000
    assert len([*sequences.holes(untold=True)]) == 50_000 - 24_999
    assert not sequences.repeats()


def test_a_hole_of_the_last_minutes_may_be_told_of_later(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr("event_store.verifier.answers.TELLING_MS", 2 * 86_400_000)
    gaps = gaps_of(archive_of(*numbers(1, 4)))

    assert (len(gaps.holes), gaps.wrong) == (1, [])


def test_a_range_of_the_record_shows_its_holes_and_is_not_refused_for_them(
    tmp_path: Path, capsys: pytest.CaptureFixture[str]
) -> None:
    log = log_of(*numbers(7, 8, 9, 12))

    assert status(log.archive(start=START + 2 * SECOND, slices=[log.slice(0, 1, 3)]), tmp_path) == 0
    said = capsys.readouterr().out
    assert f"missing: shopfloor.events/0/3: {SOURCE} jumps over 10 to 11" in said
    assert "2 missing, 0 of them told" in said


def test_two_facts_under_one_number_are_refused_and_one_sent_again_is_not(
    tmp_path: Path, capsys: pytest.CaptureFixture[str]
) -> None:
    other = [encode(envelope(came("bo"), 2, camera="entrance"))]
    fact = json.loads(other[0]) | {"id": "00000000-0000-8000-8000-000000000000"}

    assert status(archive_of(*numbers(1, 2, 3), json.dumps(fact).encode()), tmp_path) == 1
    assert "another fact of" in capsys.readouterr().err
    assert status(archive_of(*numbers(1, 2, 3, 2)), tmp_path) == 0


@pytest.mark.parametrize("spelled", [{}, {"indent": 1}, {"sort_keys": True}])
def test_a_fact_in_another_spelling_is_numbered_as_well(spelled: dict[str, bool]) -> None:
    (record,) = numbers(12)

    assert read_fact(json.dumps(json.loads(record), **spelled).encode()) == read_fact(record)  # type: ignore[arg-type]
    assert read_fact(record) is not None


@pytest.mark.parametrize("record", [b"", b"{", b"[]", b"7", b'{"id":1,"source":"s","type":"t","sequence":1}', b"\xff"])
def test_what_is_no_numbered_fact_takes_no_part(record: bytes) -> None:
    assert read_fact(record) is None


def test_a_number_within_another_value_is_not_the_facts_number() -> None:
    (record,) = numbers(12)
    moved = record.replace(b',"sequence":12', b"").replace(b'"data":{', b'"data":{"a":"b","sequence":3,')

    assert moved != record
    assert read_fact(moved) is None


def test_the_store_of_the_numbers_is_known_to_the_builders() -> None:
    assert SOURCE.startswith(f"/{GINZA}/")


NOBODY = b"00000000-0000-0000-0000-000000000000"


def raw(*, source: bytes = b"/s", number: bytes = b"5", kind: bytes = b"x", data: bytes = b"{}") -> bytes:
    """A record as anybody may write it to the log: a dead letter, and sealed like every other."""
    begin = b'{"specversion":"1.0","id":"' + NOBODY + b'","source":"' + source + b'","type":"' + kind
    about = b'","time":"2026-03-02T00:00:00Z","organisation":"acme","store":"ginza-3","actor":"a","sequence":'
    return begin + about + number + b',"data":' + data + b"}"


@pytest.mark.parametrize(
    "record",
    [
        raw(source=b"\xff"),
        raw(source=b'"\xff'),
        raw(source=b"\\ud800"),
        raw(number=b"9" * 5_000),
        raw(number=b"0"),
        raw(number=b"007"),
        raw(number=b"1e999"),
    ],
    ids=lambda record: str(record[60:100]),
)
def test_a_record_that_is_no_fact_has_no_number_and_stops_no_verifier(record: bytes, tmp_path: Path) -> None:
    assert read_fact(record) is None
    assert status(archive_of(*numbers(1, 2), record, *numbers(3)), tmp_path) == 0


def test_a_source_may_have_any_letters() -> None:
    assert read_fact(raw(source="/店".encode())) == Fact(NOBODY, "/店".encode(), b"x", 5)


@pytest.mark.parametrize("first", [b"1e999", b"-1e999", b"null", b'"' + b"9" * 5_000 + b'"'])
def test_a_gap_told_without_numbers_tells_of_nothing(first: bytes, tmp_path: Path) -> None:
    data = b'{"source_id":"/s","first_missing":' + first + b',"last_missing":2}'
    gap = raw(number=b"1", kind=b"shopfloor.GapDetected.v1", data=data)

    assert status(archive_of(gap), tmp_path) == 0
