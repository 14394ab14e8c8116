"""What the verifier says to input that nobody should have handed it: one line and a status, never a traceback."""

import json
import os
from collections.abc import Callable
from pathlib import Path

import pytest

from event_store.verifier.__main__ import main
from tests.builders.sealed_logs import ShopLog, archive_manifest, repacked, signing_key

VKEY = str(signing_key().verifier)
WITNESS = "witness.example/w1+490ca8b1+BAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAA"
TWO_FILES = ("verify-consistency", "diff")


@pytest.fixture(scope="module")
def good() -> bytes:
    return a_log().archive()


def a_log() -> ShopLog:
    log = ShopLog()
    log.add(0, 20)
    log.seal()
    return log


def said(capsys: pytest.CaptureFixture[str], *words: str) -> tuple[int, str]:
    """Run a command that must fail; return its status and the one line that it says."""
    status = main([*words])
    (line,) = capsys.readouterr().err.splitlines()
    return status, line


def future(archive: bytes) -> bytes:
    manifest = json.loads(archive_manifest(archive)) | {"format": "shopfloor-export/3", "new": [1]}
    return repacked(archive, {"manifest.json": json.dumps(manifest).encode()})


def huge(archive: bytes) -> bytes:
    return archive[:124] + b"77777777777" + archive[135:]


def deep(archive: bytes) -> bytes:
    return repacked(archive, {"manifest.json": b"[" * 500_000})


@pytest.mark.parametrize(
    "case",
    [
        (lambda raw: raw[:-1], 1, "here the archive must end"),
        (lambda raw: raw[:5000], 1, "the archive"),
        (lambda raw: raw + b"x", 1, "here the archive must end"),
        (lambda raw: raw.replace(b'"timestamp":1', b'"timestamp":2', 1), 1, "refused at"),
        (lambda raw: raw.replace(b"shop.example", b"shop.eyample"), 1, "refused at"),
        (future, 2, "of the format shopfloor-export/3; this program reads shopfloor-export/2"),
        (huge, 1, "refused at manifest.json: at byte 0"),
        (deep, 1, "refused at manifest.json: it has not the parts"),
        (lambda _: b"", 2, "not an export archive"),
        (lambda _: b"\0" * 10_240, 2, "not an export archive"),
        (lambda _: b"PK\x03\x04" * 1000, 2, "not an export archive"),
    ],
)
@pytest.mark.parametrize("command", ["verify-export", *TWO_FILES])
def test_a_file_that_is_no_valid_archive_is_told_in_one_line(
    good: bytes,
    case: tuple[Callable[[bytes], bytes], int, str],
    command: str,
    tmp_path: Path,
    capsys: pytest.CaptureFixture[str],
) -> None:
    change, status, why = case
    (tmp_path / "good.tar").write_bytes(good)
    (tmp_path / "bad.tar").write_bytes(change(good))
    first = [str(tmp_path / "good.tar")] if command in TWO_FILES else []

    told = said(capsys, command, *first, str(tmp_path / "bad.tar"), "--key", VKEY)

    assert told[0] == status
    assert why in told[1]


@pytest.mark.parametrize("command", ["verify-export", "verify-proof", *TWO_FILES])
def test_what_cannot_be_opened_is_unusable(
    good: bytes, command: str, tmp_path: Path, capsys: pytest.CaptureFixture[str]
) -> None:
    (tmp_path / "good.tar").write_bytes(good)
    last = [str(tmp_path / "good.tar")] if command in TWO_FILES else []
    os.mkfifo(tmp_path / "pipe")
    keep = os.open(tmp_path / "pipe", os.O_RDWR)

    assert "No such file" in said(capsys, command, str(tmp_path / "missing"), *last)[1]
    assert "Is a directory" in said(capsys, command, str(tmp_path), *last)[1]
    if command == "verify-export":
        assert said(capsys, command, str(tmp_path / "pipe"), *last)[0] == 2
    os.close(keep)


@pytest.mark.parametrize(
    "raw",
    [b"", b"\0" * 3_000_000, b"c2sp.org/tlog-proof@v1\n", b"c2sp.org/tlog-proof@v1\nextra W1tb\nindex 0\n\n", b"\xff"],
    ids=["empty", "long", "cut", "deep", "bytes"],
)
def test_what_is_no_proof_is_refused(raw: bytes, tmp_path: Path, capsys: pytest.CaptureFixture[str]) -> None:
    (tmp_path / "event.tlog-proof").write_bytes(raw)

    status, line = said(capsys, "verify-proof", str(tmp_path / "event.tlog-proof"))

    assert (status, line.startswith("refused at the proof: ")) == (1, True)


def test_a_checkpoint_by_another_log_is_refused(
    good: bytes, tmp_path: Path, capsys: pytest.CaptureFixture[str]
) -> None:
    other = ShopLog([signing_key(2)])
    other.add(0, 1)
    (tmp_path / "other.note").write_bytes(other.seal().note)
    (tmp_path / "good.tar").write_bytes(good)

    status, line = said(capsys, "verify-consistency", str(tmp_path / "other.note"), str(tmp_path / "good.tar"))

    assert (status, "not signed by the log" in line) == (1, True)


@pytest.mark.parametrize(
    "words",
    [
        ("--key", "nonsense"),
        ("--key", VKEY[:-4] + "AAA="),
        ("--key", WITNESS),
        ("--witness", VKEY),
        ("--witness", ""),
    ],
)
def test_a_key_that_is_none_or_of_the_other_kind_is_unusable(
    good: bytes, words: tuple[str, str], tmp_path: Path, capsys: pytest.CaptureFixture[str]
) -> None:
    (tmp_path / "good.tar").write_bytes(good)

    assert said(capsys, "verify-export", str(tmp_path / "good.tar"), *words)[0] == 2
