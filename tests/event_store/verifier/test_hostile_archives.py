"""Archives by somebody who holds a signing key and wants the verifier to err, hang or write elsewhere."""

import io
import json
import tarfile
from base64 import b64encode
from collections.abc import Callable, Mapping
from pathlib import Path
from typing import Any

import pytest

from event_store.verifier import canonical
from event_store.verifier.__main__ import main
from event_store.verifier.canonical import Archive
from event_store.verifier.errors import Refused, VerifierError
from event_store.verifier.export import verify_export
from event_store.verifier.notes import read_key
from event_store.verifier.tree import record_leaf
from tests.builders.sealed_logs import TOPIC, ShopLog, archive_manifest, content, repacked, signing_key

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


def test_a_manifest_that_was_not_signed_is_refused(good: bytes) -> None:
    with tarfile.open(fileobj=io.BytesIO(good)) as tar:
        note = tar.extractfile("manifest.note").read()  # type: ignore[union-attr]
    changed = manifest(good, lambda m: m["files"].pop("schemas/shopfloor.ShopperEntered.v1.json"))
    files = {"manifest.json": changed, "schemas/shopfloor.ShopperEntered.v1.json": None}

    verify(repacked(good, files))
    with pytest.raises(Refused, match="not the one that was signed"):
        verify(repacked(good, files | {"manifest.note": note}))


def test_a_manifest_of_many_megabytes_is_not_read(good: bytes) -> None:
    with pytest.raises(Refused, match=r"manifest\.json: at byte 0 .* of at most 4194304 bytes"):
        verify(repacked(good, {"manifest.json": bytes(5 << 20)}))


@pytest.mark.parametrize("name", ["manifest.json", "checkpoints/newest.seal", f"records/{TOPIC}.0.0.jsonl"])
def test_a_file_that_is_cut_or_filled_with_something_is_refused(good: bytes, name: str) -> None:
    with tarfile.open(fileobj=io.BytesIO(good)) as tar:
        member = tar.getmember(name)
    end = member.offset_data + member.size

    for wrong in (good[: end - 1], good[:end], good[:end] + b"x" + good[end + 1 :]):
        with pytest.raises(Refused, match="in the middle of this file, or the filling"):
            verify(wrong)


def renamed(archive: bytes, start: str, other: str) -> bytes:
    """Return the archive with another name for the listed file that begins so, signed as if it belonged there."""
    with tarfile.open(fileobj=io.BytesIO(archive)) as tar:
        (file,) = [each for each in tar.getmembers() if each.name.startswith(start)]
    told = manifest(archive, lambda m: m["files"].update({other: m["files"].pop(file.name)}))
    changed = repacked(archive, {"manifest.json": told})
    place = changed.index(file.name.encode().ljust(100, b"\0"))
    return changed[:place] + canonical.header(other, file.size) + changed[place + 512 :]


def test_a_key_under_another_keys_name_is_refused(good: bytes) -> None:
    with pytest.raises(Refused, match="not named for the key in it"):
        verify(renamed(good, "keys/", "keys/00000000.vkey"))


def test_a_listed_file_has_one_of_the_names_that_it_may_have(good: bytes) -> None:
    verify(renamed(good, "schemas/", "schemas/other.json"))
    for name in ("schemas/../../evil", "schemas/.hidden", "templates/x"):
        with pytest.raises(Refused, match="not the one that the manifest names"):
            verify(renamed(good, "schemas/", name))


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


def test_a_record_that_was_changed_together_with_its_hash_is_refused() -> None:
    log = ShopLog()
    log.add(0, 300)
    log.seal()
    archive, tile, records = log.archive(), f"tile/{PLACE}/0/000", f"records/{TOPIC}.0.0.jsonl"
    line, *others = content(archive, records).split(b"\n")
    forged = {**json.loads(line), "bytes": b64encode(b"{}").decode()}
    value = record_leaf(0, forged["timestamp"], b"{}")
    changes = {
        records: b"\n".join([json.dumps(forged, separators=(",", ":")).encode(), *others]),
        tile: value + content(archive, tile)[len(value) :],
    }

    verify(archive)
    with pytest.raises(Refused, match=rf"{tile}: the tile does not lead to the hash above it"):
        verify(repacked(archive, changes))
