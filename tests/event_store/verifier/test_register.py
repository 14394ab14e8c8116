"""The register of erasures, against somebody who holds a signing key and wants it to say something else."""

import io
import json
import tarfile
from collections.abc import Callable

import pytest

from event_store.verifier.canonical import Archive
from event_store.verifier.errors import Refused
from event_store.verifier.export import verify_export
from event_store.verifier.notes import read_key
from tests.builders.sealed_logs import OSLO, TOPIC, ShopLog, repacked, signing_key

PINNED = read_key(str(signing_key().verifier))
NAME = "erasures.jsonl"


def erasures(archive: bytes) -> list[str]:
    lines = verify_export(Archive(io.BytesIO(archive)), [PINNED]).erasures
    return [json.loads(line)["position"] for line in lines]


def a_log() -> ShopLog:
    log = ShopLog()
    log.add(0, 300)
    log.forget(0, "visit/3")
    log.add(0, 5)
    log.forget(0, "profile/3b0c9a52-6a1b-4c7d-9f0e-2b8f6f6e9d42")
    log.add(2, 2, OSLO)
    log.forget(2, "visit/ø", OSLO)
    log.seal()
    return log


@pytest.fixture(scope="module")
def good() -> bytes:
    return a_log().archive()


def register(archive: bytes) -> bytes:
    with tarfile.open(fileobj=io.BytesIO(archive)) as tar:
        return tar.extractfile(NAME).read()  # type: ignore[union-attr]


def forged(archive: bytes, register: bytes) -> bytes:
    """Return the archive with another register, and signed again as if it belonged there."""
    return repacked(archive, {NAME: register})


def test_a_register_names_every_erasure_at_its_record(good: bytes) -> None:
    assert erasures(good) == [f"{TOPIC}/0/360", f"{TOPIC}/0/367", f"{TOPIC}/2/2"]
    assert forged(good, register(good)) == good


@pytest.mark.parametrize(
    "change",
    [
        lambda lines: lines[1:],
        lambda lines: lines[:-1],
        lambda lines: [lines[0], lines[2]],
        lambda _: [],
        lambda lines: [lines[1], lines[0], lines[2]],
        lambda lines: [*lines, lines[2]],
        lambda lines: [*lines, b'{"position":"shopfloor.events/0/1","subject":"visit/1","timestamp":1}\n'],
        lambda lines: [lines[0].replace(b"visit/3", b"visit/4"), *lines[1:]],
        lambda lines: [lines[0].replace(b"/0/360", b"/0/359"), *lines[1:]],
        lambda lines: [lines[0].replace(b'"timestamp":17', b'"timestamp":18'), *lines[1:]],
        lambda lines: [lines[0].replace(b"{", b'{"keys":1,'), *lines[1:]],
        lambda lines: [lines[0].replace(b":", b": ", 1), *lines[1:]],
        lambda lines: [lines[0].rstrip(), *lines[1:]],
        lambda lines: [*lines, b"\n"],
        lambda lines: [*lines[:2], lines[2].replace(rb"\u00f8", "ø".encode())],
    ],
)
def test_an_erasure_left_out_changed_or_invented_is_refused(
    good: bytes, change: Callable[[list[bytes]], list[bytes]]
) -> None:
    changed = b"".join(change(register(good).splitlines(keepends=True)))
    assert changed != register(good)

    with pytest.raises(Refused, match=NAME):
        erasures(forged(good, changed))


@pytest.mark.parametrize(
    ("record", "counts"),
    [
        (b'{"type":"shopfloor.SubjectForgotten.v1","subject":"visit/1"}', True),
        (rb'{"type":"shopfloor.\u0053ubjectForgotten.v1","subject":"visit/1"}', True),
        (b'{"type" : "shopfloor.SubjectForgotten.v12"}', True),
        (rb'{"type":"shopfloor.SubjectForgotten.v1","subject":"\ud800"}', False),
        (b'{"type":"shopfloor.SubjectForgotten.v1","subject":7}', True),
        (b'{"type":"shopfloor.SubjectForgotten.v1","n":1e999}', True),
        (b'{"type":"x","type":"shopfloor.SubjectForgotten.v1"}', True),
        (b'{"type":"shopfloor.SubjectForgotten.v1"', False),
        (b'{"type":"shopfloor.SubjectForgotten.v0"}', False),
        (b'{"type":"shopfloor.SubjectForgotten.v1 "}', False),
        (b'{"type":["shopfloor.SubjectForgotten.v1"]}', False),
        (b'["shopfloor.SubjectForgotten.v1"]', False),
        (b'"SubjectForgotten"', False),
        (b"SubjectForgotten\xff", False),
        (b'{"type":"shopfloor.SubjectForgotten.v1","n":' + b"9" * 5_000 + b"}", True),
        (b'{"type":"shopfloor.SubjectForgotten.v1","n":' + b"[" * 63 + b"]" * 63 + b"}", True),
        (b'{"type":"shopfloor.SubjectForgotten.v1","n":' + b"[" * 64 + b"]" * 64 + b"}", False),
        (b'{"type":"shopfloor.SubjectForgotten.v1","n":' + b"[" * 5_000, False),
    ],
)
def test_packer_and_verifier_agree_on_what_forgets_whatever_bytes_the_record_took(
    record: bytes, *, counts: bool
) -> None:
    log = ShopLog()
    log.add_bytes(0, record)
    log.seal()

    assert erasures(log.archive()) == ([f"{TOPIC}/0/0"] if counts else [])


def test_a_store_that_is_not_shown_has_no_line_in_the_register() -> None:
    log = a_log()
    slices = [log.slice(0, 0, 306, OSLO), log.slice(2, 0, 2, OSLO)]

    assert erasures(log.archive(store=OSLO, slices=slices)) == [f"{TOPIC}/2/2"]
