import struct
from base64 import b64encode
from hashlib import sha256

import pytest
from cryptography.hazmat.primitives.asymmetric.ed25519 import Ed25519PrivateKey

from event_store.checkpoints import VerifierKey, sign
from event_store.checkpoints.notes import COSIGNATURE
from event_store.verifier.canonical import base64, number, read_json
from event_store.verifier.errors import Refused, refusing
from event_store.verifier.notes import Key, read_checkpoint, read_key, read_note
from tests.builders.sealed_logs import ORIGIN, signing_key

TEXT = b"shop.example/record\n7\n" + b64encode(bytes(32)) + b"\n"
WITNESS = Ed25519PrivateKey.from_private_bytes(b"w" * 32)

LOG = signing_key()


def log() -> Key:
    return read_key(str(LOG.verifier))


def witness() -> Key:
    verifier = VerifierKey(kind=COSIGNATURE, name="witness.example/w1", public=WITNESS.public_key().public_bytes_raw())
    return read_key(str(verifier))


def cosigned(time: int, signed_time: int | None = None) -> bytes:
    message = f"cosignature/v1\ntime {time if signed_time is None else signed_time}\n".encode() + TEXT
    value = witness().id + struct.pack(">Q", time) + WITNESS.sign(message)
    return sign(TEXT, [LOG]) + f"— witness.example/w1 {b64encode(value).decode()}\n".encode()


def test_the_example_of_gos_note_package_is_accepted() -> None:
    key = read_key("PeterNeumann+c74f20a3+ARpc2QcUPDhMQegwxbzhKqiBfsVkmqq/LDE4izWy10TW")
    signature = "x08go/ZJkuBS9UG/SffcvIAQxVBtiFupLLr8pAcElZInNIuGUgYN1FFYC2pZSNXgKvqfqdngotpRZb6KE6RyyBwJnAM="
    text = b"If you think cryptography is the answer to your problem,\nthen you don't know what your problem is.\n"

    with pytest.raises(ValueError, match="not signed by the log If you think"):
        read_note(text + f"\n— PeterNeumann {signature}\n".encode(), [key])
    with pytest.raises(ValueError, match=r"the signature of PeterNeumann.* is wrong"):
        read_note(b"I" + text + f"\n— PeterNeumann {signature}\n".encode(), [key])


def test_a_witness_signs_the_time_too() -> None:
    keys = [log(), witness()]
    assert read_note(cosigned(1_795_000_000), keys) == (TEXT, keys)
    for wrong in (cosigned(1_795_000_000, 1_795_000_001), cosigned(2**63)):
        with pytest.raises(ValueError, match=r"the signature of witness.example/w1.* is wrong"):
            read_note(wrong, keys)


def test_a_strangers_signature_is_ignored_only_where_that_is_asked_for() -> None:
    with pytest.raises(ValueError, match="not known"):
        read_note(cosigned(1), [log()])
    assert read_note(cosigned(1), [log()], strangers=True) == (TEXT, [log()])


@pytest.mark.parametrize(
    "raw",
    [
        b"",
        b"text\n",
        b"text\n\n",
        b"text\n\nno dash\n",
        b"text\n\n- name AAAA\n",
        "text\n\n— name\n".encode(),
        "text\n\n— na+me AAAA\n".encode(),
        "text\n\n— name AAA\n".encode(),
        "text\n\n— name AAAA".encode(),
        "te\txt\n\n— name AAAA\n".encode(),
        "text\r\n\n— name AAAA\n".encode(),
        b"te\xffxt\n\n" + "— name AAAA\n".encode(),
        b"text\n\n\xff\n",
    ],
)
def test_what_is_no_signed_note_is_refused(raw: bytes) -> None:
    with pytest.raises(ValueError, match=r"not a signed note|not a signature line|decode|base64"):
        read_note(raw, [log()], strangers=True)


@pytest.mark.parametrize("character", ["\t", "\r", "\x00", "\x1b"])
def test_a_note_with_a_control_character_is_refused_though_it_is_signed(character: str) -> None:
    with pytest.raises(ValueError, match="a control character in it"):
        read_note(sign(TEXT + f"more{character}\n".encode(), [LOG]), [log()])


def test_a_key_of_a_kind_that_is_not_known_is_refused_and_not_taken_for_another() -> None:
    material = bytes([5]) + LOG.verifier.public
    own = sha256(ORIGIN.encode() + b"\n" + material).hexdigest()[:8]

    with pytest.raises(ValueError, match="a key of type 5"):
        read_key(f"{ORIGIN}+{own}+{b64encode(material).decode()}")


def test_signatures_come_once_each_in_the_order_of_their_keys() -> None:
    other = signing_key(2)
    first, second = sorted([LOG, other], key=lambda key: key.verifier)
    lines, keys = [first.signature_line(TEXT), second.signature_line(TEXT)], [log(), read_key(str(other.verifier))]

    assert read_note(TEXT + b"\n" + "".join(lines).encode(), keys) == (TEXT, sorted(keys))
    for wrong in (lines[::-1], [lines[0], *lines], [*lines, lines[1]]):
        with pytest.raises(ValueError, match="not in their order, or one is there twice"):
            read_note(TEXT + b"\n" + "".join(wrong).encode(), keys)


def test_a_note_that_another_than_its_log_has_signed_is_refused() -> None:
    other = signing_key(1, "other.example/record")

    with pytest.raises(ValueError, match=r"not signed by the log shop.example/record"):
        read_note(sign(TEXT, [other]), [read_key(str(other.verifier))])


@pytest.mark.parametrize("text", ["N\n1\n", "N\n01\nx\n", "N\n-1\nx\n", "N\n1\nAAAA\n", "N\n1\nx\nmore\n"])
def test_what_is_no_checkpoint_is_refused(text: str) -> None:
    root = b64encode(bytes(32)).decode()
    with pytest.raises(ValueError, match=r"."):
        read_checkpoint(sign(text.replace("x", root).replace("N", ORIGIN).encode(), [LOG]), [log()])
    assert read_checkpoint(sign(TEXT, [LOG]), [log()]).size == 7


@pytest.mark.parametrize("text", ["", "00", "+1", "-0", " 1", "1_0", "٣", "9223372036854775808", "1" * 5000])
def test_a_number_has_one_spelling(text: str) -> None:
    with pytest.raises(ValueError, match="is not a number"):
        number(text)
    assert number("9223372036854775807") == 2**63 - 1


@pytest.mark.parametrize("text", ["A", "AA", "AAA", "AB==", "AA==\n", "A A=", "AAAA====", "é", "_-8="])
def test_base64_has_one_spelling(text: str) -> None:
    with pytest.raises(ValueError, match=r"."):
        base64(text)


KINDS = {"a": int, "b": list, "c": str}
GOOD = b'{"a":10,"b":[],"c":"x","format":"f/1"}'


@pytest.mark.parametrize(
    ("old", "new"),
    [
        (b'"a":10', b'"a":10,"a":10'),
        (b'"a":10,"b":[]', b'"b":[],"a":10'),
        (b"10", b"1e1"),
        (b"10", b"10.0"),
        (b"10", b"true"),
        (b"10", b'"10"'),
        (b"10", b"NaN"),
        (b"10", b"1e999"),
        (b"10", b"1" * 5000),
        (b"[]", b"[ ]"),
        (b"[]", b"{}"),
        (b"[]", b'""'),
        (b"[]", b"[" * 9999),
        (b'"x"', b"7"),
        (b'"x"', b"null"),
        (b'"x"', rb'"\u0078"'),
        (b'"x"', '"ø"'.encode()),
        (b'"x"', b'"x","d":1'),
        (b"f/1", b"f/2"),
        (b',"format":"f/1"', b""),
        (b"}", b"}\n"),
        (GOOD, b"[]"),
    ],
)
def test_json_has_one_spelling_and_values_of_its_kinds(old: bytes, new: bytes) -> None:
    assert read_json(GOOD, "f/1", KINDS) == {"a": 10, "b": [], "c": "x"}
    with pytest.raises(Refused), refusing("here"):
        read_json(GOOD.replace(old, new), "f/1", KINDS)
