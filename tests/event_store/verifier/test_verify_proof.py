import json
from base64 import b64decode, b64encode
from functools import cache
from itertools import product
from pathlib import Path

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from event_store.export import Shown
from event_store.merkle import record_leaf
from event_store.verifier.__main__ import main
from event_store.verifier.errors import Refused
from event_store.verifier.notes import Key, read_key
from event_store.verifier.proof import verify_proof
from tests.builders.sealed_logs import TOPIC, ShopLog, signing_key

KEY = signing_key().verifier
PINNED = read_key(str(KEY))


def sealed_log() -> ShopLog:
    log = ShopLog()
    log.add(0, 3)
    log.seal()
    log.add(0, 300)
    log.add(2, 1)
    log.seal()
    log.seal()
    return log


LOG = sealed_log()


@given(st.integers(0, 302))
@settings(max_examples=30, deadline=None)
def test_every_record_has_its_proof(leaf: int) -> None:
    proved = verify_proof(LOG.proof(0, leaf), [PINNED])

    assert proved.record == LOG.records[0][leaf][1].record


def test_a_proof_under_an_older_seal_holds_too() -> None:
    proved = verify_proof(LOG.proof(0, 2, LOG.sealed[0]), [PINNED])

    assert (proved.seal.number, proved.checkpoint.size) == (0, 3)


def test_the_only_record_of_a_partition_has_an_empty_path() -> None:
    assert verify_proof(LOG.proof(2, 0), [PINNED]).position == f"{TOPIC}/2/0"


def test_every_flipped_bit_of_a_proof_is_refused(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(Key, "verifies", cache(Key.verifies))  # the same signature is not checked 10,000 times
    proof = bytearray(LOG.proof(0, 2, LOG.sealed[0]))

    accepted = []
    for byte, bit in product(range(len(proof)), range(8)):
        proof[byte] ^= 1 << bit
        try:
            verify_proof(bytes(proof), [PINNED])
        except Refused:
            pass
        else:
            accepted.append((byte, bit))
        proof[byte] ^= 1 << bit

    assert accepted == []


def test_a_proof_that_is_cut_short_or_has_more_is_refused() -> None:
    proof = LOG.proof(0, 2)
    for wrong in (*(proof[:length] for length in range(0, len(proof), 7)), proof + b"\n", proof[:-1], b"\n" + proof):
        with pytest.raises(Refused):
            verify_proof(wrong, [PINNED])


@pytest.mark.parametrize(
    "change",
    [
        {"leaf": 2**62},
        {"leaf": -1},
        {"leaf": 1},
        {"leaf": True},
        {"timestamp": 10**30},
        {"timestamp": "1"},
        {"position": f"{TOPIC}/1/2"},
        {"position": "nowhere"},
        {"record": "e30="},
        {"record": 7},
        {"path": []},
        {"path": ["AAAA"] * 100},
        {"path": None},
        {"keys": []},
        {"keys": [str(signing_key(2).verifier)]},
        {"keys": [str(KEY), str(signing_key(2).verifier)]},
        {"seal": "shopfloor-seal/1\n"},
        {"format": "shopfloor-proof/2"},
        {"more": 1},
    ],
)
def test_an_extra_line_that_lies_is_refused(change: dict[str, object]) -> None:
    with pytest.raises(Refused):
        verify_proof(saying(LOG.proof(0, 2), change), [PINNED])


def saying(proof: bytes, change: dict[str, object]) -> bytes:
    head, extra, rest = proof.split(b"\n", 2)
    claim = {**json.loads(b64decode(extra.removeprefix(b"extra "))), **change}
    encoded = b64encode(json.dumps(claim, sort_keys=True, separators=(",", ":")).encode())
    return b"\n".join([head, b"extra " + encoded, rest])


@pytest.mark.parametrize(
    ("partition", "leaf", "change"),
    [
        (0, 302, {"leaf": 303}),
        (0, 0, {"leaf": -1}),
        (2, 0, {"leaf": 1}),
        (2, 0, {"path": [b64encode(bytes(32)).decode()]}),
    ],
    ids=["behind the last", "before the first", "beside the only one", "a longer path"],
)
def test_a_record_has_one_place_and_one_path(partition: int, leaf: int, change: dict[str, object]) -> None:
    proof = LOG.proof(partition, leaf)
    assert verify_proof(proof, [PINNED])

    with pytest.raises(Refused):
        verify_proof(saying(proof, change), [PINNED])


@pytest.mark.parametrize("word", [b"extra ", b"index "])
def test_a_proof_says_what_each_of_its_lines_is(word: bytes) -> None:
    with pytest.raises(Refused, match="with the extra line that a record's proof needs"):
        verify_proof(LOG.proof(0, 2).replace(word, b"", 1), [PINNED])


def test_a_proof_of_a_later_format_says_so() -> None:
    head, extra, rest = LOG.proof(0, 2).split(b"\n", 2)
    later = b64decode(extra.removeprefix(b"extra ")).replace(b"shopfloor-proof/1", b"shopfloor-proof/2")

    with pytest.raises(Refused, match="'shopfloor-proof/2'; this program reads shopfloor-proof/1, get the one for it"):
        verify_proof(b"\n".join([head, b"extra " + b64encode(later), rest]), [PINNED])


def test_the_proof_of_a_forger_is_refused_when_our_key_is_pinned(
    tmp_path: Path, capsys: pytest.CaptureFixture[str]
) -> None:
    forged = ShopLog([signing_key(2)])
    forged.add(0, 3)
    forged.seal()
    path = tmp_path / "event.tlog-proof"
    path.write_bytes(forged.proof(0, 1))

    assert main(["verify-proof", str(path)]) == 0
    assert "key not pinned" in capsys.readouterr().out
    assert main(["verify-proof", str(path), "--key", str(KEY)]) == 1
    assert "not signed by the pinned key" in capsys.readouterr().err


def test_a_record_cannot_write_to_the_auditors_terminal(tmp_path: Path, capsys: pytest.CaptureFixture[str]) -> None:
    log = ShopLog()
    record = b"\x1b[2K\nkey pinned \xe2\x80\xae"
    log.records[1] = [("", Shown(0, 0, record))]
    log._keep(f"{TOPIC}/1", log.log.append(TOPIC, 1, [record_leaf(0, 0, record)]))
    log.seal()
    path = tmp_path / "event.tlog-proof"
    path.write_bytes(log.proof(1, 0))

    assert main(["verify-proof", str(path)]) == 0
    assert r"\x1b[2K\nkey pinned \u202e" in capsys.readouterr().out
