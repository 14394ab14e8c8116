"""A database that was restored to an earlier state is sealed as it was before, or not at all."""

from collections.abc import Iterator
from pathlib import Path
from typing import Any

import psycopg
import pytest

from event_store.checkpoints import KeyFolder, SignedLog
from event_store.checkpoints import signed as signed_log
from event_store.checkpoints.errors import KeyFolderUnusable
from event_store.sealing import Sealer
from event_store.sealing.errors import LedgerBehind, OtherwiseSigned
from tests.builders.ledgers import Ledger
from tests.builders.own_services import own_database
from tests.builders.sealed_logs import TOPIC, signing_key

pytestmark = pytest.mark.postgres

KEY = signing_key()


@pytest.fixture
def ledger(database: str) -> Iterator[Ledger]:
    ledger = Ledger(database)
    yield ledger
    ledger.connection.close()


@pytest.fixture
def restored(postgres: str, migrated_template: str) -> Iterator[Ledger]:
    """The same server, restored from a backup of before the first record."""
    with own_database(postgres, migrated_template) as address:
        ledger = Ledger(address)
        yield ledger
        ledger.connection.close()


@pytest.fixture
def signed(tmp_path: Path) -> SignedLog:
    return SignedLog(tmp_path)


def seals(ledger: Ledger) -> list[Any]:
    return ledger.connection.execute("SELECT number, entry, note FROM record.seals ORDER BY number").fetchall()


def seal(ledger: Ledger, signed: SignedLog, time_ms: int) -> Any:
    return Sealer(ledger.connection, TOPIC, [KEY], signed).seal(time_ms)


def history(ledger: Ledger, signed: SignedLog, upto: int = 4) -> None:
    """Seal so many times, each with more records."""
    for number in range(upto):
        ledger.add(0, 300)
        ledger.add(4 + number, 2)
        seal(ledger, signed, 1_000 + number)


def test_the_seals_that_a_backup_lacks_are_made_again_to_the_byte(
    ledger: Ledger, restored: Ledger, signed: SignedLog
) -> None:
    history(ledger, signed)
    restored.add(0, 1_250)
    for number in range(4):
        restored.add(4 + number, 2)

    made = seal(restored, signed, 9_000)

    assert seals(restored)[:4] == seals(ledger)
    assert (made.seal.number, made.seal.time_ms) == (4, 9_000)
    assert seal(restored, signed, 10_000) is None


def test_nothing_is_signed_until_the_ledger_has_again_what_was_signed(
    ledger: Ledger, restored: Ledger, signed: SignedLog
) -> None:
    history(ledger, signed, upto=2)
    restored.add(0, 599)
    restored.add(4, 2)
    restored.add(5, 2)

    with pytest.raises(LedgerBehind, match=r"has 599 of the 600 records of shopfloor\.events/0"):
        seal(restored, signed, 9_000)
    assert seals(restored) == []
    restored.add(0, 1)
    assert seal(restored, signed, 9_000) is not None
    assert seals(restored) == seals(ledger)


def test_a_record_that_is_not_the_one_that_was_signed_is_signed_by_nobody(
    ledger: Ledger, restored: Ledger, signed: SignedLog
) -> None:
    history(ledger, signed, upto=1)
    restored.add(0, 300)
    restored.add(4, 2)
    restored.change('UPDATE record.ledger SET value = %s WHERE "offset" = 60', b"{}")

    with pytest.raises(OtherwiseSigned, match=r"checkpoint 1 of shop\.example/record was signed over other records"):
        seal(restored, signed, 9_000)
    assert seals(restored) == []


@pytest.mark.parametrize("as_large", [True, False])
def test_a_database_that_was_sealed_otherwise_meanwhile_is_signed_no_further(
    ledger: Ledger, restored: Ledger, signed: SignedLog, tmp_path: Path, *, as_large: bool
) -> None:
    history(ledger, signed, upto=2)
    (tmp_path / "elsewhere").mkdir()
    history(restored, SignedLog(tmp_path / "elsewhere"), upto=1)
    for _ in range(1 if as_large else 2):
        restored.add(7, 1)
        Sealer(restored.connection, TOPIC, [KEY]).seal(5_000)
    restored.add(0, 1)

    with pytest.raises(OtherwiseSigned, match="checkpoint 2 "):
        seal(restored, signed, 9_000)


def test_a_sealer_that_dies_between_its_note_and_its_commit_makes_the_same_seal(
    ledger: Ledger, signed: SignedLog, monkeypatch: pytest.MonkeyPatch
) -> None:
    history(ledger, signed, upto=1)
    ledger.add(0, 5)
    with monkeypatch.context() as dying:
        dying.setattr("event_store.sealing.sealer._KEEP_SEAL", "SELECT 1/0, %s, %s, %s, %s")
        with pytest.raises(psycopg.errors.DivisionByZero):
            seal(ledger, signed, 2_000)
    ledger.add(0, 5)

    seal(ledger, signed, 3_000)

    assert [each[1].split(b"\n")[2] for each in seals(ledger)] == [b"1000", b"2000", b"3000"]


def test_a_note_that_a_power_cut_left_unfinished_was_not_signed(ledger: Ledger, signed: SignedLog) -> None:
    history(ledger, signed, upto=1)
    with (signed._path).open("ab") as file:
        file.write(b'{"origin":"shop.exam')
    ledger.add(0, 1)

    assert seal(ledger, signed, 2_000).seal.number == 1
    assert signed.newest(KEY.verifier.name) == signed.following(KEY.verifier.name, 0)[-1]
    assert [each.size for each in signed.following(KEY.verifier.name, 0)] == [1, 2]


def test_what_is_kept_is_bounded(ledger: Ledger, signed: SignedLog, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(signed_log, "MOST_BYTES", 1_000)

    history(ledger, signed, upto=12)

    assert signed._path.stat().st_size < 2_000
    assert [each.size for each in signed.following(KEY.verifier.name, 0)][-1] == 12


def test_the_notes_are_ours_alone_and_without_them_nothing_is_signed(ledger: Ledger, tmp_path: Path) -> None:
    keys = KeyFolder(tmp_path / "keys")
    signing = keys.ready()
    ledger.add(0, 1)
    Sealer(ledger.connection, TOPIC, signing, keys.signed()).seal(1_000)
    kept = tmp_path / "keys" / "signed.jsonl"
    assert kept.stat().st_mode & 0o777 == 0o600
    kept.unlink()
    kept.mkdir()
    ledger.add(0, 1)

    with pytest.raises(KeyFolderUnusable, match=r"signed\.jsonl"):
        Sealer(ledger.connection, TOPIC, signing, keys.signed()).seal(2_000)
    assert len(seals(ledger)) == 1
