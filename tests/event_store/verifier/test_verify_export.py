import io
import json
import shutil
import subprocess
import sys
import tarfile
from base64 import b64decode
from collections.abc import Iterator
from datetime import UTC, datetime
from functools import cache
from itertools import product
from pathlib import Path

import pytest
from msgspec.structs import replace

from event_store.export import Shown
from event_store.verifier import canonical
from event_store.verifier.canonical import Archive
from event_store.verifier.errors import Refused, Unusable
from event_store.verifier.export import Checked, Manifest, verify_export
from event_store.verifier.notes import Key, read_key
from tests.builders.sealed_logs import GINZA, OSLO, SECOND, START, TOPIC, ShopLog, signing_key

VERIFIER = Path(__file__).parents[3] / "event_store" / "verifier"
PINNED = read_key(str(signing_key().verifier))


def verified(archive: bytes) -> Checked:
    return verify_export(Archive(io.BytesIO(archive)), [PINNED])


@pytest.fixture(scope="module")
def log() -> ShopLog:
    log = ShopLog()
    log.add(0, 1500)
    log.seal()
    log.add(0, 30)
    log.add(7, 40)
    log.add(7, 20, OSLO)
    log.add(7, 40)
    log.seal()
    return log


def test_the_whole_record_is_accepted(log: ShopLog) -> None:
    checked = verified(log.archive())

    assert (checked.shown, checked.hidden) == (1630, 0)


def test_the_same_contents_are_the_same_bytes_and_plain_tar_reads_them(log: ShopLog) -> None:
    archive = log.archive()

    assert archive == log.archive()
    with tarfile.open(fileobj=io.BytesIO(archive)) as tar:
        line = json.loads(tar.extractfile(f"records/{TOPIC}.7.0.jsonl").readline())  # type: ignore[union-attr]
        assert {member.mtime for member in tar.getmembers()} == {0}
    record = log.records[7][0][1]
    assert (line["position"], line["timestamp"]) == (f"{TOPIC}/7/{record.offset}", record.timestamp_ms)
    assert b64decode(line["bytes"]) == record.record


def test_every_flipped_bit_of_an_archive_is_refused(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(Key, "verifies", cache(Key.verifies))  # what is the same again is not worked out 25,000 times
    monkeypatch.setattr(Manifest, "read", cache(Manifest.read))
    monkeypatch.setattr(canonical, "header", cache(canonical.header))
    small = ShopLog()
    small.add(0, 1)
    small.forget(0, "visit/1")
    small.seal()
    archive = bytearray(small.archive(schemas={}))
    verified(bytes(archive))

    accepted = []
    for byte, bit in [*flips(bytes(archive))]:
        archive[byte] ^= 1 << bit
        try:
            verified(bytes(archive))
        except Refused:
            pass
        else:
            accepted.append((byte, bit))
        archive[byte] ^= 1 << bit

    assert accepted == []


def flips(archive: bytes) -> Iterator[tuple[int, int]]:
    """Yield every bit of every file, and of the packing between them one bit of each byte."""
    packing = set(range(len(archive)))
    with tarfile.open(fileobj=io.BytesIO(archive)) as tar:
        for member in tar.getmembers():
            content = range(member.offset_data, member.offset_data + member.size)
            packing -= set(content)
            yield from product(content, range(8))
    yield from ((byte, byte % 8) for byte in sorted(packing))


def test_every_way_to_cut_an_archive_short_is_refused(log: ShopLog) -> None:
    archive = log.archive()
    for length in [*range(1, 3000, 13), *range(3000, len(archive), 4099), len(archive) - 1, len(archive) - 512]:
        with pytest.raises(Refused):
            verified(archive[:length])
    with pytest.raises(Refused, match="exactly two empty blocks"):
        verified(archive + bytes(512))


def test_an_archive_that_ends_with_any_of_its_blocks_is_refused() -> None:
    small = ShopLog()
    small.add(0, 300)
    small.seal()
    archive = small.archive()
    for length in range(512, len(archive), 512):
        with pytest.raises(Refused):
            verified(archive[:length])


def test_a_changed_record_is_named_by_its_position(log: ShopLog) -> None:
    partition = log.slice(7, 0, 99)
    lines = list(partition.lines)
    lines[70] = Shown(log.records[7][70][1].offset, START_MS + 70_000, b"{}")
    changed = [log.slice(0, 0, 1529), replace(partition, lines=lines)]

    with pytest.raises(Refused, match=rf"{TOPIC}/7/84: the record is not the one that was sealed"):
        verified(log.archive(slices=changed))


def test_records_in_another_order_left_out_or_doubled_are_refused(log: ShopLog) -> None:
    whole = log.slice(0, 0, 1529)
    lines = list(log.slice(7, 0, 99).lines)
    for wrong in (
        [lines[1], lines[0], *lines[2:]],
        [*lines[:50], lines[51], lines[51], *lines[52:]],
        [*lines[:50], *lines[51:]],
    ):
        part = replace(log.slice(7, 0, 99), lines=wrong, count=len(wrong))
        with pytest.raises(Refused):
            verified(log.archive(slices=[replace(whole, lines=log.slice(0, 0, 1529).lines), part]))


def test_a_range_shows_the_record_before_it_and_the_one_behind_it(log: ShopLog) -> None:
    bounds = {"start": START + 10 * SECOND, "end": START + 20 * SECOND}

    checked = verified(log.archive(slices=[log.slice(0, 9, 20), log.slice(7, 9, 20)], **bounds))

    assert checked.shown == 24
    for first, last, what in ((10, 20, "begins"), (9, 19, "ends"), (11, 20, "begins"), (9, 12, "ends")):
        with pytest.raises(Refused, match=f"{what} in the middle of its range"):
            verified(log.archive(slices=[log.slice(0, first, last), log.slice(7, 9, 20)], **bounds))


def test_an_open_range_must_hold_everything(log: ShopLog) -> None:
    with pytest.raises(Refused, match=f"leaves 0 to 1501 of the 1530 of {TOPIC}/0"):
        verified(log.archive(slices=[log.slice(0, 0, 1500), log.slice(7, 0, 99)]))
    with pytest.raises(Refused, match=f"leaves 3 to 100 of the 100 of {TOPIC}/7"):
        verified(log.archive(slices=[log.slice(0, 0, 1529), log.slice(7, 3, 99)]))
    with pytest.raises(Refused, match=f"leaves 0 to 0 of the 100 of {TOPIC}/7"):
        verified(log.archive(slices=[log.slice(0, 0, 1529)]))


def test_one_stores_archive_hides_the_records_of_others(log: ShopLog) -> None:
    archive = log.archive(store=GINZA, slices=[log.slice(7, 0, 99, GINZA)])

    checked = verified(archive)

    assert (checked.shown, checked.hidden) == (80, 20)
    assert b"oslo-1" not in archive


def test_an_archive_of_one_store_shows_no_other_stores_record_and_an_archive_of_all_hides_none(log: ShopLog) -> None:
    with pytest.raises(Refused, match=f"not of the store {OSLO}"):
        verified(log.archive(store=OSLO, slices=[log.slice(7, 0, 99)]))
    with pytest.raises(Refused, match="a hash in place of a record"):
        verified(log.archive(slices=[log.slice(0, 0, 1529), log.slice(7, 0, 99, GINZA)]))


def test_a_stale_checkpoint_over_newer_records_is_refused(log: ShopLog) -> None:
    with pytest.raises(Refused):
        verified(log.archive(sealed=log.sealed[0]))


def test_an_archive_by_another_key_is_refused_when_ours_is_pinned() -> None:
    forged = ShopLog([signing_key(2)])
    forged.add(0, 10)
    forged.seal()

    verify_export(Archive(io.BytesIO(forged.archive())))
    with pytest.raises(Refused, match="not signed by the pinned key"):
        verified(forged.archive())
    with pytest.raises(Refused, match="a signature by a key that is not known"):
        verified(forged.archive(keys=[signing_key().verifier]))


def test_during_a_change_of_keys_either_key_may_be_pinned() -> None:
    both = [signing_key(1), signing_key(2)]
    log = ShopLog(both)
    log.add(0, 10)
    log.seal()
    for key in both:
        verify_export(Archive(io.BytesIO(log.archive())), [read_key(str(key.verifier))])


def test_what_is_no_archive_or_from_the_future_is_unusable(log: ShopLog, monkeypatch: pytest.MonkeyPatch) -> None:
    with pytest.raises(Unusable, match="not an export archive"):
        verified(b"PK\x03\x04" + bytes(2000))
    with pytest.raises(Unusable):
        verified(b"")
    monkeypatch.setattr("event_store.export.packing.FORMAT", "shopfloor-export/3")
    with pytest.raises(Unusable, match="get the one for it"):
        verified(log.archive())


def test_a_copy_of_the_folder_runs_by_itself(log: ShopLog, tmp_path: Path) -> None:
    shutil.copytree(VERIFIER, tmp_path / "verifier", ignore=shutil.ignore_patterns("__pycache__"))
    (tmp_path / "record.tar").write_bytes(log.archive())
    flipped = bytearray(log.archive())
    flipped[200_000] ^= 1
    (tmp_path / "flipped.tar").write_bytes(flipped)

    def run(*arguments: str) -> subprocess.CompletedProcess[str]:
        command = [sys.executable, "-P", "-m", "verifier", *arguments]
        environment = {"PYTHONPATH": str(tmp_path), "PYTHONSAFEPATH": "1"}
        return subprocess.run(command, cwd="/", env=environment, capture_output=True, text=True, check=False)

    good, pinned = run("verify-export", "record.tar"), run("verify-export", str(tmp_path / "record.tar"))
    assert (good.returncode, pinned.returncode) == (2, 0)
    assert "key not pinned" in pinned.stdout
    assert "not pinned" not in run("verify-export", str(tmp_path / "record.tar"), "--key", VKEY).stdout
    bad = run("verify-export", str(tmp_path / "flipped.tar"))
    assert (bad.returncode, len(bad.stderr.splitlines())) == (1, 1)
    assert f"refused at {TOPIC}/0/" in bad.stderr
    assert run("verify-export", str(tmp_path / "record.tar"), "--key", "nonsense").returncode == 2


VKEY = str(signing_key().verifier)
START_MS = int(datetime(2026, 11, 21, 9, tzinfo=UTC).timestamp() * 1000)
