import subprocess
import sys
from collections.abc import Iterator
from pathlib import Path

import pytest
from typer.testing import CliRunner, Result

from event_store.checkpoints import VerifierKey
from event_store.checkpoints.errors import KeyFolderUnusable
from event_store.errors import ShopfloorError
from event_store.publishing.errors import InvalidWitnesses
from event_store.sealing.errors import ArchiveRefused, UnknownEvent, Unpublishable, UnwritableArchive
from event_store.serialization import encode
from infra.cli.app import app
from infra.errors import InvalidSettings
from infra.health.sealing import check_exposure
from infra.settings import load
from tests.builders.facts import came
from tests.builders.ledgers import Ledger, event_id
from tests.builders.receivers import SpecifiedWitness, serving
from tests.builders.records import envelope
from tests.builders.sealed_logs import TOPIC

VERIFIER = Path(__file__).parents[3] / "event_store"


@pytest.fixture
def ledger(database: str, tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> Iterator[Ledger]:
    monkeypatch.setenv("SHOPFLOOR_DATABASE", database)
    monkeypatch.setenv("SHOPFLOOR_DATA", str(tmp_path / "data"))
    monkeypatch.chdir(tmp_path)
    ledger = Ledger(database)
    yield ledger
    ledger.connection.close()


def shopfloor(*words: str) -> Result:
    result = CliRunner().invoke(app, list(words))
    if isinstance(result.exception, ShopfloorError):
        raise result.exception
    return result


def verifier(*words: str) -> subprocess.CompletedProcess[str]:
    command = [sys.executable, "-m", "verifier", *words]
    environment = {"PYTHONPATH": str(VERIFIER)}
    return subprocess.run(command, env=environment, capture_output=True, text=True, check=False)


@pytest.mark.postgres
def test_an_auditor_checks_what_an_operator_exported(ledger: Ledger) -> None:
    ledger.add(0, 300)
    ledger.add(4, 20, "acme/oslo-1")
    bounds = ("--from", "2026-11-21T09:00:10Z", "--to", "2026-11-21T10:01:00+01:00")

    said = shopfloor("export", *bounds, "--out", "minute.tar").stdout
    key = said.rsplit(" ", 1)[1].strip()
    checked = verifier("verify-export", "minute.tar", "--key", key)

    assert checked.returncode == 0, checked.stderr
    assert "valid: 63 records" in checked.stdout
    assert "minute.tar: 63 records" in said
    assert shopfloor("export", "--store", "acme/oslo-1", "--out", "oslo.tar").exit_code == 0
    assert "store acme/oslo-1" in verifier("verify-export", "oslo.tar", "--key", key).stdout
    assert verifier("diff", "minute.tar", "oslo.tar").returncode == 0


@pytest.mark.postgres
def test_one_event_goes_out_as_a_proof(ledger: Ledger) -> None:
    ledger.add(0, 3)
    shopfloor("proof", event_id(0, 1))

    checked = verifier("verify-proof", f"{event_id(0, 1)}.tlog-proof")

    assert checked.returncode == 0, checked.stderr
    assert checked.stdout.startswith("valid: shopfloor.events/0/1,")
    with pytest.raises(UnknownEvent):
        shopfloor("proof", "nonsense", "--out", "x")


@pytest.mark.postgres
def test_a_record_of_nothing_can_be_exported_too(ledger: Ledger) -> None:
    assert ledger.connection is not None
    shopfloor("export", "--out", "empty.tar")

    assert "valid: 0 records" in verifier("verify-export", "empty.tar").stdout


@pytest.mark.postgres
def test_an_archive_of_a_ledger_that_was_changed_is_not_kept(ledger: Ledger, tmp_path: Path) -> None:
    ledger.add(0, 3)
    shopfloor("sealer", "--once")
    ledger.change("UPDATE record.ledger SET value = '{}' WHERE \"offset\" = 1")

    with pytest.raises(ArchiveRefused, match=r"shopfloor\.events/0/1"):
        shopfloor("export", "--out", "changed.tar")
    assert not list(tmp_path.glob("*changed*"))


@pytest.mark.postgres
def test_an_export_says_in_one_line_that_numbers_are_missing(ledger: Ledger) -> None:
    ledger.add(0, 3)
    ledger.change('UPDATE record.ledger SET value = %s WHERE "offset" = 1', encode(envelope(came("anna"), 4)))

    _, told, key = shopfloor("export", "--out", "some.tar").stdout.splitlines()

    assert told.startswith("1 holes in the numbers of sources: no GapDetected tells of 1 of them")
    assert f"before {TOPIC}/0/1;" in told
    assert key.startswith("the key to pin")


@pytest.mark.postgres
def test_checkpoints_are_published_for_others_to_keep(ledger: Ledger, tmp_path: Path) -> None:
    ledger.add(0, 300)
    assert "checkpoint 1 covers 300 records" in shopfloor("sealer", "--once", "--publish", "elsewhere").stdout
    ledger.add(0, 300)
    shopfloor("sealer", "--once", "--publish", "elsewhere")
    shopfloor("export", "--out", "all.tar")

    assert sorted(path.name for path in (tmp_path / "elsewhere").iterdir()) == [
        *("1.note", "1.seal", "2.note", "2.seal", "checkpoint"),
    ]
    assert verifier("verify-consistency", "elsewhere/1.note", "all.tar").returncode == 0
    (tmp_path / "file").write_text("")
    with pytest.raises(Unpublishable):
        shopfloor("sealer", "--once", "--publish", "file")


@pytest.mark.postgres
def test_what_a_witness_cosigned_travels_in_exports_and_proofs(
    ledger: Ledger, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    log = shopfloor("keys", "create", "shop.example/record").stdout.strip()
    witness, stranger = SpecifiedWitness(VerifierKey.read(log)), SpecifiedWitness(VerifierKey.read(log), seed=7)
    with serving(witness.handle) as address:
        (tmp_path / "witnesses").write_text(f"{witness.key} {address}\n")
        monkeypatch.setenv("SHOPFLOOR_WITNESSES", "witnesses")
        ledger.add(0, 300)
        shopfloor("sealer", "--once")
        ledger.add(0, 3)
        shopfloor("export", "--out", "all.tar")
        ledger.add(0, 3)
        shopfloor("proof", event_id(0, 305), "--out", "one.tlog-proof")

    assert witness.asked == [0, 1, 2]
    for words in (("verify-export", "all.tar"), ("verify-proof", "one.tlog-proof")):
        good = verifier(*words, "--key", log, "--witness", str(witness.key))
        bad = verifier(*words, "--witness", str(stranger.key))
        assert (good.returncode, bad.returncode) == (0, 1), good.stderr
        assert f"witness.example/w1+{witness.key.id.hex()}" in good.stdout
        assert "not cosigned by the pinned witness" in bad.stderr
    assert verifier("verify-export", "all.tar", "--witness", log).returncode == 2
    assert "is a witness's" in shopfloor("keys", "list").stdout


@pytest.mark.postgres
def test_doctor_tells_the_exposure_window_and_what_holds_it_open(
    ledger: Ledger, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    ledger.add(0, 3)
    shopfloor("sealer", "--once")
    quiet = check_exposure(load())
    (tmp_path / "file").write_text("")
    monkeypatch.setenv("SHOPFLOOR_PUBLISH", "file")
    with pytest.raises(Unpublishable):
        shopfloor("sealer", "--once")
    troubled = check_exposure(load())

    assert (quiet.state, quiet.detail.partition(",")[0]) == ("ok", "oldest record not sealed: none")
    assert "not published: nothing is set, not witnessed: nothing is set" in quiet.detail
    assert troubled.state == "warn"
    assert "checkpoints cannot be published in file" in troubled.detail


@pytest.mark.parametrize(
    ("name", "value"),
    [
        ("SHOPFLOOR_PUBLISH_URL", "https://example.com/"),
        ("SHOPFLOOR_WITNESSES", "nowhere"),
        ("SHOPFLOOR_WITNESS_QUORUM", "1"),
    ],
)
@pytest.mark.postgres
def test_publishing_that_is_set_by_half_is_refused(
    ledger: Ledger, monkeypatch: pytest.MonkeyPatch, name: str, value: str
) -> None:
    assert ledger.connection is not None
    monkeypatch.setenv(name, value)
    with pytest.raises((InvalidSettings, InvalidWitnesses)):
        shopfloor("sealer", "--once")


@pytest.mark.postgres
def test_what_cannot_be_exported_is_told(ledger: Ledger) -> None:
    ledger.add(0, 3)
    with pytest.raises(UnwritableArchive):
        shopfloor("export", "--out", "nowhere/all.tar")
    for words in (
        ("--from", "2026-11-21T09:00:00Z", "--to", "2026-11-20T09:00:00Z"),
        ("--from", "yesterday"),
        ("--store", "acme"),
    ):
        assert shopfloor("export", "--out", "all.tar", *words).exit_code == 2


def test_keys_are_made_rotated_and_retired(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setenv("SHOPFLOOR_KEYS", str(tmp_path / "keys"))

    first = shopfloor("keys", "create", "shop.example/record").stdout.strip()
    second = shopfloor("keys", "rotate").stdout.strip()
    assert [line.split(" ")[1] for line in shopfloor("keys", "list").stdout.splitlines()] == ["signs", "signs"]
    shopfloor("keys", "retire", first.split("+")[1])

    assert set(shopfloor("keys", "list").stdout.splitlines()) == {f"{first} kept for what it signed", f"{second} signs"}
    for refused in (("retire", second.split("+")[1]), ("create", "other.example"), ("retire", "nonsense")):
        with pytest.raises(KeyFolderUnusable):
            shopfloor("keys", *refused)
