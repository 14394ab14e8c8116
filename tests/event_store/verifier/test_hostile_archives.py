"""Archives by somebody who holds a signing key and wants the verifier to err, hang or write elsewhere."""

import io
import json
from collections.abc import Callable, Mapping
from pathlib import Path
from typing import Any

import pytest

from event_store.checkpoints import PartitionState, Seal, checkpoint_text, encode_seal, sign
from event_store.merkle import TileId, leaf_hash
from event_store.verifier.__main__ import main
from event_store.verifier.canonical import Archive
from event_store.verifier.errors import Refused, VerifierError
from event_store.verifier.export import verify_export
from event_store.verifier.notes import read_key
from tests.builders.sealed_logs import ORIGIN, TOPIC, ShopLog, archive_manifest, repacked, signing_key

PINNED = read_key(str(signing_key().verifier))
HUGE = 2**62
PLACE = f"{TOPIC}/0"


def verify(archive: bytes) -> None:
    verify_export(Archive(io.BytesIO(archive)), [PINNED])


@pytest.fixture(scope="module")
def good() -> bytes:
    log = ShopLog()
    log.add(0, 20)
    log.seal()
    return log.archive()


def manifest(archive: bytes, change: Callable[[dict[str, Any]], object]) -> bytes:
    value = json.loads(archive_manifest(archive))
    change(value)
    return json.dumps(value, sort_keys=True, separators=(",", ":")).encode()


def test_the_forgers_tool_changes_nothing_by_itself(good: bytes) -> None:
    assert repacked(good, {}) == good


@pytest.mark.parametrize(
    "change",
    [
        lambda m: m["partitions"].update({PLACE: [0, HUGE]}),
        lambda m: m["partitions"].update({PLACE: [HUGE, HUGE + 20]}),
        lambda m: m["partitions"].update({PLACE: [0, 0]}),
        lambda m: m["partitions"].update({PLACE: [0, -1]}),
        lambda m: m["partitions"].update({PLACE: [-20, 20]}),
        lambda m: m["partitions"].update({PLACE: [1, 20]}),
        lambda m: m["partitions"].update({PLACE: [0, 19]}),
        lambda m: m["partitions"].update({PLACE: [0, 21]}),
        lambda m: m["partitions"].update({PLACE: [False, 20]}),
        lambda m: m["partitions"].update({PLACE: [0, 20.0]}),
        lambda m: m["partitions"].update({PLACE: [0, 20, 1]}),
        lambda m: m["partitions"].update({PLACE: {"first": 0, "end": 20}}),
        lambda m: m["partitions"].update({"../../etc": [0, 20]}),
        lambda m: m["partitions"].update({f"{TOPIC}/1": [0, 1]}),
        lambda m: m["partitions"].clear(),
        lambda m: m.update(partitions=None),
        lambda m: m.update(partitions=[1]),
        lambda m: m.update(first_seal=1),
        lambda m: m.update(first_seal=HUGE),
        lambda m: m.update(first_seal=-1),
        lambda m: m.update(first_seal=True),
        lambda m: m.update(files=["keys/../../x"]),
        lambda m: m["files"].update({"keys/../../etc/passwd": "0" * 64}),
        lambda m: m["files"].update({"/etc/passwd": "0" * 64}),
        lambda m: m["files"].popitem(),
        lambda m: m["files"].pop("checkpoints/newest.note"),
        lambda m: m["files"].pop("checkpoints/newest.seal"),
        lambda m: m["files"].update({"checkpoints/newest.seal": None}),
        lambda m: m.update(store="acme"),
        lambda m: m.update(store=None),
        lambda m: m.update(end="2026-11-21T09:00:00Z"),
        lambda m: m.update(end=1.5),
        lambda m: m.update(extra=1),
        lambda m: m.pop("partitions"),
    ],
)
def test_a_manifest_that_lies_is_refused(good: bytes, change: Callable[[dict[str, Any]], object]) -> None:
    with pytest.raises(Refused):
        verify(repacked(good, {"manifest.json": manifest(good, change)}))


@pytest.mark.parametrize(
    "spelling",
    [
        lambda raw: raw.replace(b'"first_seal":0', b'"first_seal":0,"first_seal":0'),
        lambda raw: raw.replace(b"[0,20]", b"[0,2e1]"),
        lambda raw: raw.replace(b"[0,20]", b"[0, 20]"),
        lambda raw: raw.replace(b"[0,20]", b"[0," + b"9" * 5000 + b"]"),
        lambda raw: raw.replace(b"[0,20]", b"[" * 100_000),
        lambda raw: raw.replace(b'"first_seal":0', b'"first_seal":NaN'),
        lambda raw: raw.replace(b'"first_seal":0', b'"first_seal":1e999'),
        lambda raw: raw.replace(b"shopfloor.events", b"\xff"),
        lambda raw: raw + b"\n",
        lambda _: b"",
        lambda _: b"[]",
        lambda _: b"7",
    ],
)
def test_a_manifest_in_another_spelling_is_refused(good: bytes, spelling: Callable[[bytes], bytes]) -> None:
    changed = spelling(archive_manifest(good))
    assert changed != archive_manifest(good)

    with pytest.raises(Refused):
        verify(repacked(good, {"manifest.json": changed}))


@pytest.mark.parametrize(
    "changes",
    [
        {"keys/../../evil": b"x"},
        {"unexpected": b""},
        {"erasures.jsonl": b"{}\n"},
        {"erasures.jsonl": None},
        {f"records/{TOPIC}.0.0.jsonl": b""},
        {f"records/{TOPIC}.0.0.jsonl": None},
        {f"records/{TOPIC}.0.1.jsonl": b""},
        {"tile/seals/0/000.p/1": b""},
        {f"tile/{TOPIC}/0/0/000.p/20": None},
        {f"tile/{TOPIC}/0/0/000.p/20": bytes(640)},
        {"checkpoints/newest.seal": b"shopfloor-seal/1\n0\n0\n"},
        {"checkpoints/newest.note": None},
        {"schemas/extra.json": b"{}"},
    ],
)
def test_files_that_are_missing_added_or_changed_are_refused(good: bytes, changes: Mapping[str, bytes | None]) -> None:
    with pytest.raises(Refused):
        verify(repacked(good, changes))


LINE = b'{"position":"shopfloor.events/0/0","timestamp":1795251600000,"bytes":"'


@pytest.mark.parametrize(
    ("old", "new"),
    [
        (b'{"position"', b'{ "position"'),
        (b'{"position"', b'{"leaf":0,"position"'),
        (b"events/0/0", b"events/0/00"),
        (b"events/0/0", b"events/0/-0"),
        (b"events/0/0", b"events/0/-1"),
        (b'"timestamp":17', b'"timestamp":017'),
        (b'"timestamp":1', b'"timestamp":1e'),
        (b'"timestamp":1', b'"timestamp":' + b"1" * 30),
        (b"events/0/0", b"events/1/0"),
        (b"events/0/0", b"events/0/" + b"9" * 19),
        (b"events/0/0", b"events/0/" + b"9" * 30),
        (b"events/0/0", b"events/0/" + b"9" * 5000),
        (b'"bytes":"', b'"bytes":"\\u0065'),
        (b'"bytes":"', b'"bytes":" '),
        (b'"}\n', b'"}\r\n'),
        (b'"}\n', b'"}'),
        (b'"}\n', b'"}\n\n'),
        (b'="}', b'"}'),
    ],
)
def test_a_line_in_another_spelling_is_refused(good: bytes, old: bytes, new: bytes) -> None:
    name = f"records/{TOPIC}.0.0.jsonl"
    content = good[good.index(LINE) :]
    content = content[: content.index(b"\0")]
    changed = content.replace(old, new, 1)

    assert changed != content
    with pytest.raises(Refused):
        verify(repacked(good, {name: changed}))


def test_base64_with_loose_bits_at_its_end_is_refused(good: bytes) -> None:
    content = good[good.index(LINE) :]
    content = content[: content.index(b"\0")]
    place = content.index(b'="}')
    loose = bytes([content[place - 1] + 1])

    with pytest.raises(Refused):
        verify(repacked(good, {f"records/{TOPIC}.0.0.jsonl": content[: place - 1] + loose + content[place:]}))


@pytest.mark.parametrize(
    "states",
    [
        [PartitionState("..", 0, 20, bytes(32))],
        [PartitionState(TOPIC, 0, HUGE, bytes(32))],
        [PartitionState(TOPIC, 2**80, 20, bytes(32))],
        [PartitionState(TOPIC, 0, 20, bytes(31))],
        [PartitionState("a b", 0, 20, bytes(32))],
        [PartitionState("a" * 300, 0, 20, bytes(32))],
    ],
)
def test_a_signed_seal_that_lies_is_refused_at_once(states: list[PartitionState]) -> None:
    log = ShopLog()
    log.add(0, 20)
    log.seal()

    with pytest.raises(Refused):
        verify(of_seal(log, encode_seal(Seal(number=0, time_ms=0, partitions=tuple(states)))))


def of_seal(log: ShopLog, entry: bytes) -> bytes:
    """Return the archive of a log as one would make it who holds the key and signs another seal."""
    tile = leaf_hash(entry)
    note = sign(checkpoint_text(ORIGIN, 1, tile), log.keys)
    changed = {"checkpoints/newest.seal": entry, "checkpoints/newest.note": note, "tile/seals/0/000.p/1": tile}
    return repacked(log.archive(), changed)


@pytest.mark.parametrize(
    ("old", "new", "why"),
    [
        (b"seal/1", b"seal/2", "not a seal of the format"),
        (b"\n0\n", b"\n1\n", "not the last one in the log"),
        (b"\n0\n", b"\n00\n", "not a number"),
        (b"\n0\n", b"\n0 0\n", "unpack"),
        (b"events 1", b"events 0", "not in their order"),
        (b"events 0", b"events 2", "not in their order"),
        (b"events 0", b"... 0", r"leaves 0 to 0 of the 2 of shopfloor\.\.\.\./0"),
        (b"events 0", b"ev\\nts 0", "a topic is none"),
        (b"=\n", b"=", "format"),
        (b"=\n", b"==\n", "."),
    ],
)
def test_a_seal_in_another_spelling_is_refused(old: bytes, new: bytes, why: str) -> None:
    log = ShopLog()
    log.add(0, 2)
    log.add(1, 2)
    entry = encode_seal(log.seal().seal)
    verify(of_seal(log, entry))

    with pytest.raises(Refused, match=why):
        verify(of_seal(log, entry.replace(old, new)))


@pytest.mark.parametrize("size", [0, 2, HUGE])
def test_a_checkpoint_of_an_inflated_size_is_refused(size: int) -> None:
    log = ShopLog()
    log.add(0, 20)
    root = leaf_hash(encode_seal(log.seal().seal))
    note = sign(checkpoint_text(ORIGIN, size, root), log.keys)

    with pytest.raises(Refused):
        verify(repacked(log.archive(), {"checkpoints/newest.note": note}))


def test_tiles_of_another_partition_are_refused() -> None:
    log = ShopLog()
    log.add(0, 300)
    log.add(1, 300, padding=1)
    log.seal()

    def swapped(tree: str, tile: TileId) -> bytes:
        other = {f"{TOPIC}/0": f"{TOPIC}/1", f"{TOPIC}/1": f"{TOPIC}/0"}
        return log.read_tile(other.get(tree, tree), tile)

    with pytest.raises(Refused, match="do not lead to the root"):
        verify(log.archive(read_tile=swapped))


@pytest.mark.parametrize(
    "block",
    [
        b"../../../../etc/cron.d/x".ljust(100, b"\0"),
        b"manifest.json".ljust(100, b"\0") + b"0000755\0",
        b"manifest.json".ljust(100, b"\0") + b"0000644\0" + b"0001750\0",
        b"manifest.json".ljust(100, b"\0") + b"0000644\x000000000\x000000000\x00-0000000512\0",
        b"manifest.json".ljust(100, b"\0") + b"0000644\x000000000\x000000000\x0077777777777\0",
        b"manifest.json".ljust(100, b"\0") + b"0000644\x000000000\x000000000\x00\x80" + b"\xff" * 11,
    ],
)
def test_a_header_in_another_packing_is_refused(good: bytes, block: bytes) -> None:
    with pytest.raises(VerifierError):
        verify(block + good[len(block) :])


def test_a_files_name_stays_on_its_line(good: bytes, tmp_path: Path, capsys: pytest.CaptureFixture[str]) -> None:
    path = tmp_path / "bad.tar"
    files = {"x\nvalid: all\x1b[2K": "0" * 64}
    path.write_bytes(repacked(good, {"manifest.json": manifest(good, lambda m: m.update(files=files))}))

    assert main(["verify-export", str(path)]) == 1
    (line,) = capsys.readouterr().err.splitlines()
    assert line.startswith(r"refused at x\nvalid: all\x1b[2K: at byte")
