"""Records, seals and checkpoints by somebody who holds a signing key and wants the verifier to err."""

import io

import pytest

from event_store.checkpoints import PartitionState, Seal, checkpoint_text, encode_seal, sign
from event_store.export import Shown
from event_store.merkle import TileId, leaf_hash, record_leaf
from event_store.verifier.canonical import Archive
from event_store.verifier.errors import Refused
from event_store.verifier.export import verify_export
from event_store.verifier.notes import read_key
from tests.builders.sealed_logs import GINZA, ORIGIN, TOPIC, ShopLog, repacked, signing_key

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
        (b'"}\n', b'"]\n'),
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


@pytest.mark.parametrize("rest", [b"x", b"\n", b'{"hash":"', b"\0"])
def test_records_with_more_behind_them_are_refused(good: bytes, rest: bytes) -> None:
    content = good[good.index(LINE) :]
    content = content[: content.index(b"\0")]

    with pytest.raises(Refused, match="more lines than the manifest says"):
        verify(repacked(good, {f"records/{TOPIC}.0.0.jsonl": content + rest}))


def test_a_checkpoint_of_another_log_than_the_manifest_is_refused() -> None:
    other = signing_key(1, "other.example/record")
    log = ShopLog()
    log.add(0, 20)
    root = leaf_hash(encode_seal(log.seal().seal))
    both = log.archive(keys=[log.keys[0].verifier, other.verifier])
    note = sign(checkpoint_text("other.example/record", 1, root), [other])

    with pytest.raises(Refused, match="the checkpoint is of another log than the manifest"):
        verify_export(Archive(io.BytesIO(repacked(both, {"checkpoints/newest.note": note}))))


def test_offsets_that_do_not_rise_are_refused_though_they_were_sealed() -> None:
    for second in (5, 4):
        log = ShopLog()
        log.records[0] = [(GINZA, Shown(offset, 0, b"{}")) for offset in (5, second)]
        log._keep(PLACE, log.log.append(TOPIC, 0, [record_leaf(offset, 0, b"{}") for offset in (5, second)]))
        log.seal()

        with pytest.raises(Refused, match=f"{PLACE}/{second}: the offsets do not rise"):
            verify(log.archive())


@pytest.mark.parametrize(("old", "new"), [(b'{"hash"', b'{"hush"'), (b'"}', b'"]'), (b'":"', b'": "'), (b"=", b"+")])
def test_a_hash_in_another_spelling_is_refused(old: bytes, new: bytes) -> None:
    log = ShopLog()
    log.add(0, 1)
    log.seal()
    hidden = log.archive(store="acme/oslo-1", slices=[log.slice(0, 0, 0, "acme/oslo-1")])
    verify(hidden)
    content = hidden[hidden.index(b'{"hash":"') :]
    content = content[: content.index(b"\0")]

    with pytest.raises(Refused, match="the line is not as it must be"):
        verify(repacked(hidden, {f"records/{TOPIC}.0.0.jsonl": content.replace(old, new)}))


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
