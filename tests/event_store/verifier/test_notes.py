import json
import re
import struct
from base64 import b64encode

import pytest
from cryptography.hazmat.primitives.asymmetric.ed25519 import Ed25519PrivateKey

from event_store.checkpoints import VerifierKey
from event_store.checkpoints.notes import COSIGNATURE
from event_store.verifier.canonical import base64, number, read_json
from event_store.verifier.notes import Key, read_key, read_note
from event_store.verifier.seals import read_checkpoint

TEXT = b"shop.example/record\n7\n" + b64encode(bytes(32)) + b"\n"
WITNESS = Ed25519PrivateKey.from_private_bytes(b"w" * 32)

EXAMPLE = """\
Ognuno sta solo sul cuor della terra
trafitto da un raggio di sole:

ed è subito sera.

— quasimodo.example/salvatore SIGNATURE
"""
EXAMPLE = EXAMPLE.replace(
    "SIGNATURE", "NnugSzTjtVAewIS+Z/iJhUPeFDkO/5QQ2i5ddnGITLlC+EhfLW9oJKONrMouFSQU0xMcXxj99ihAQwaqP3ZekRwNtIc="
)


def witness() -> Key:
    verifier = VerifierKey(kind=COSIGNATURE, name="witness.example/w1", public=WITNESS.public_key().public_bytes_raw())
    return read_key(str(verifier))


def cosigned(time: int, signed_time: int | None = None) -> bytes:
    message = f"cosignature/v1\ntime {time if signed_time is None else signed_time}\n".encode() + TEXT
    value = witness().id + struct.pack(">Q", time) + WITNESS.sign(message)
    return TEXT + f"\n— witness.example/w1 {b64encode(value).decode()}\n".encode()


def test_the_specifications_example_is_read_as_a_note() -> None:
    note = read_note(EXAMPLE.encode())

    assert note.text.decode().endswith("ed è subito sera.\n")
    assert [(line.name, line.id.hex()) for line in note.signatures] == [("quasimodo.example/salvatore", "367ba04b")]


def test_a_witness_signs_the_time_too() -> None:
    assert read_note(cosigned(1_795_000_000)).signers([witness()]) == [witness()]
    for wrong in (cosigned(1_795_000_000, 1_795_000_001), cosigned(2**63)):
        with pytest.raises(ValueError, match="is wrong"):
            read_note(wrong).signers([witness()])


def test_a_strangers_signature_is_ignored_only_where_that_is_asked_for() -> None:
    with pytest.raises(ValueError, match="not known"):
        read_note(cosigned(1)).signers([])
    assert read_note(cosigned(1)).signers([], strangers=True) == []


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
        ("text\n\n" + "— name AAAA\n" * 65).encode(),
        ("t" * 70_000 + "\n\n— name AAAA\n").encode(),
    ],
)
def test_what_is_no_signed_note_is_refused(raw: bytes) -> None:
    with pytest.raises(ValueError, match=r"."):
        read_note(raw).text.decode()


@pytest.mark.parametrize("text", ["a\n1\n", "a\n01\nx\n", "a\n-1\nx\n", "\n1\nx\n", "a\n1\nAAAA\n", "a\n1\nx\nmore\n"])
def test_what_is_no_checkpoint_is_refused(text: str) -> None:
    root = b64encode(bytes(32)).decode()
    with pytest.raises(ValueError, match=r"."):
        read_checkpoint(text.replace("x", root).encode())
    assert read_checkpoint(TEXT).size == 7


@pytest.mark.parametrize("text", ["", "00", "+1", "-0", " 1", "1_0", "٣", "9223372036854775808", "1" * 5000])
def test_a_number_has_one_spelling(text: str) -> None:
    with pytest.raises(ValueError, match="is not a number"):
        number(text)
    assert number("9223372036854775807") == 2**63 - 1


@pytest.mark.parametrize("text", ["A", "AA", "AAA", "AB==", "AA==\n", "A A=", "AAAA====", "é", "_-8="])
def test_base64_has_one_spelling(text: str) -> None:
    with pytest.raises(ValueError, match=r"."):
        base64(text)


@pytest.mark.parametrize(
    ("raw", "good", "shape"),
    [
        (b'{"a":1,"a":1}', b'{"a":1}', {"a": int}),
        (b'{"b":1,"a":1}', b'{"a":1,"b":1}', {"a": int, "b": int}),
        (b"1e1", b"10", int),
        (b"true", b"1", int),
        (b"-1", b"0", int),
        (b"9223372036854775808", b"9223372036854775807", int),
        (b'"\xc3\xa9"', rb'"\u00e9"', re.compile(".")),
        (b'"aa"', b'"a"', re.compile(".")),
        (b"[1 ]", b"[1]", [int]),
        (b"[1,null]", b"[1,2]", [int]),
        (b"null", b"[]", [int]),
        (b'{"a":1,"b":2}', b'{"a":1}', {"a": int}),
        (b'{"a":0}', b'{"a":null}', {"a": (None, re.compile("."))}),
        (b"{", b"{}", {}),
        (b"[" * 9999, b"[]", [int]),
    ],
)
def test_json_has_one_spelling_and_the_shape_that_is_asked_for(raw: bytes, good: bytes, shape: object) -> None:
    assert read_json(good, shape) == json.loads(good)
    with pytest.raises(ValueError, match=r"."):
        read_json(raw, shape)
