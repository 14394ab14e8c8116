"""Somebody agrees, asks what is held about them, and is forgotten; every proof made before still holds."""

import asyncio
import io
import json
from pathlib import Path
from typing import Any

import pytest
from typer.testing import CliRunner, Result

from event_store.database import connect
from event_store.erasure import ROLE
from event_store.erasure.errors import MasterMissing
from event_store.errors import ShopfloorError
from event_store.topics import Topics
from event_store.verifier.__main__ import main as verifier
from event_store.verifier.canonical import Archive
from event_store.verifier.export import verify_export
from infra.cli.app import app
from projections.catalogue import READ_MODELS
from tests.builders.facts import came, stepped_in, stepped_out, went
from tests.builders.feeding import Feeding
from tests.builders.records import MINUTE, NOON
from tests.builders.tallies import ask

pytestmark = [pytest.mark.kafka, pytest.mark.postgres]

PROFILE = "profile/3b0c9a52-6a1b-4c7d-9f0e-2b8f6f6e9d42"
VISIT = "visit/5f0c3c1e-8a55-8d0e-9a4f-0d8f6b1c2a3b"
STORE = "acme/ginza-3"
WORDS = "agreed at the till, leaflet 7"


class Clerk:
    """Somebody at the command line of a shop."""

    def __init__(self, folder: Path) -> None:
        self.folder = folder

    async def say(self, *words: str) -> Result:
        """Run a command beside the projector; raises what it ends with."""
        result = await asyncio.to_thread(CliRunner().invoke, app, list(words))
        if isinstance(result.exception, ShopfloorError):
            raise result.exception
        assert result.exit_code == 0, result.output
        return result

    async def report(self, subject: str) -> Any:
        """Return what is held about a subject."""
        return json.loads((await self.say("subject-report", subject, "--json")).stdout)

    async def proof(self, event_id: str, name: str) -> bytes:
        """Return the proof of an event."""
        await self.say("proof", event_id, "--out", str(self.folder / name))
        return (self.folder / name).read_bytes()


@pytest.fixture
def clerk(kafka: str, topics: Topics, database: str, tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> Clerk:
    monkeypatch.setenv("SHOPFLOOR_KAFKA", kafka)
    monkeypatch.setenv("SHOPFLOOR_TOPIC_PREFIX", topics.prefix)
    monkeypatch.setenv("SHOPFLOOR_DATABASE", database)
    monkeypatch.setenv("SHOPFLOOR_DATA", str(tmp_path / "data"))
    return Clerk(tmp_path)


async def test_who_is_forgotten_is_gone_and_every_proof_still_holds(
    clerk: Clerk, kafka: str, topics: Topics, database: str, tmp_path: Path
) -> None:
    feeding = Feeding(kafka, topics, database)
    visit, at = VISIT.removeprefix("visit/"), NOON + MINUTE
    facts = [came(visit), stepped_in(visit, "dairy", NOON), stepped_out(visit, "dairy", NOON, at), went(visit, at)]
    picture = tmp_path / "data" / "evidence" / STORE / VISIT / "1.jpg"
    picture.parent.mkdir(parents=True)
    picture.write_bytes(b"a picture")
    async with feeding.projecting(feeding.job(READ_MODELS)) as task:
        await feeding.write(feeding.facts(*facts, came("another"), store=STORE))
        said = await clerk.say(
            "consent",
            "give",
            PROFILE,
            "--store",
            STORE,
            "--purpose",
            "loyalty",
            "--concerns",
            VISIT,
            "--statement",
            WORDS,
        )
        assert f"{PROFILE} agrees to loyalty in {STORE}; recorded at {topics.events}/" in said.stdout
        await feeding.until_taken(6, task)

        await demand_all_is_told(clerk, picture)

        event_id = ask(database, "SELECT event_id FROM record.ledger WHERE type LIKE '%Consent%'")[0]
        proof_before = await clerk.proof(event_id, "before.tlog-proof")
        await clerk.say("export", "--out", str(tmp_path / "before.tar"))

        for subject, keys, pictures in ((VISIT, 0, 1), (PROFILE, 1, 0)):
            said = await clerk.say("forget", subject, "--reason", "requested")
            assert f"{subject} is forgotten: {keys} keys destroyed, {pictures} pictures removed" in said.stdout
        await feeding.until_taken(8, task)
        again = await clerk.say("forget", PROFILE, "--reason", "ordered")
        assert "was forgotten at" in again.stdout
        assert "(requested) and stays so" in again.stdout

        await demand_nothing_is_left(clerk)
        proof_after = await clerk.proof(event_id, "after.tlog-proof")
        await clerk.say("export", "--out", str(tmp_path / "after.tar"))

    assert not picture.exists()
    assert ask(database, "SELECT count(*)::int FROM visits_v3.visits") == [2]
    assert verifier(["verify-proof", str(tmp_path / "before.tlog-proof")]) == 0
    assert verifier(["verify-proof", str(tmp_path / "after.tlog-proof")]) == 0
    assert proof_before != proof_after
    assert verifier(["verify-export", str(tmp_path / "before.tar")]) == 0
    assert verifier(["verify-consistency", str(tmp_path / "before.tar"), str(tmp_path / "after.tar")]) == 0
    assert verifier(["diff", str(tmp_path / "before.tar"), str(tmp_path / "after.tar")]) == 0
    archive = Archive(io.BytesIO((tmp_path / "after.tar").read_bytes()))
    assert len(verify_export(archive).erasures) == 2
    assert [WORDS.encode() in (tmp_path / name).read_bytes() for name in ("before.tar", "after.tar")] == [False, False]


async def demand_all_is_told(clerk: Clerk, picture: Path) -> None:
    """Everything is in the reports."""
    before = await clerk.report(PROFILE)
    assert before["has_key"]
    (given,) = before["facts"]
    assert given["personal"] == {"concerns": VISIT, "statement": WORDS}
    assert [(row["read_model"], row["row"]["purpose"]) for row in before["rows"]] == [("consents", "loyalty")]
    assert before["consents"][0]["purpose"] == "loyalty"
    visit_before = await clerk.report(VISIT)
    assert [fact["type"].split(".")[1] for fact in visit_before["facts"]] == [
        *("ShopperEntered", "ZoneEntered", "ZoneExited", "ShopperExited", "ConsentGiven"),
    ]
    assert visit_before["facts"][-1]["personal"] == {"concerns": VISIT, "statement": "(encrypted for another subject)"}
    assert {row["read_model"] for row in visit_before["rows"]} == {"visits", "zones"}
    assert visit_before["pictures"] == [str(picture)]


async def demand_nothing_is_left(clerk: Clerk) -> None:
    """The reports say what remains."""
    after = await clerk.report(PROFILE)
    assert (after["has_key"], after["rows"], after["consents"]) == (False, [], [])
    assert WORDS not in json.dumps(after)
    assert "nobody can read it" in after["facts"][0]["personal"]["statement"]
    visit_after = await clerk.report(VISIT)
    assert (visit_after["rows"], visit_after["pictures"]) == ([], [])
    assert len(visit_after["facts"]) == 5
    assert visit_after["remains"]
    shown = (await clerk.say("subject-report", VISIT)).stdout
    assert "what remains, and why:" in shown


async def test_what_a_backup_brings_back_opens_with_nothing_once_the_master_key_is_renewed(
    clerk: Clerk, database: str, tmp_path: Path
) -> None:
    await clerk.say("consent", "give", PROFILE, "--store", STORE, "--purpose", "loyalty", "--statement", WORDS)
    ((key_id, wrapped, master),) = ask(database, "SELECT key_id, wrapped, master FROM erasure.keys")
    await clerk.say("forget", PROFILE, "--reason", "requested")

    renewed = await clerk.say("keys", "renew-master")

    assert f"destroyed: {master};" in renewed.stdout
    assert not (tmp_path / "data" / "keys" / f"{master}.master").exists()
    async with await connect(database, ROLE) as connection:
        await connection.execute("DELETE FROM erasure.tombstones")
        await connection.execute(
            "INSERT INTO erasure.keys (organisation, subject, key_id, wrapped, master) VALUES ('acme', %s, %s, %s, %s)",
            (PROFILE, key_id, wrapped, master),
        )
    with pytest.raises(MasterMissing):
        await clerk.say("keys", "renew-master")


REFUSED = (
    (("forget", "visit/nobody", "--reason", "requested"), 1, "nothing is held about visit/nobody"),
    (("forget", "astrid", "--reason", "requested"), 2, "names no subject"),
    (("forget", VISIT, "--reason", "she asked for it"), 2, "--reason"),
    (("forget", VISIT), 2, "--reason"),
    (("subject-report", "visit/nobody"), 1, "nothing is held about visit/nobody"),
    (("subject-report", "profile/astrid@example.org"), 2, "random UUID"),
    (("consent", "give", VISIT, "--store", STORE, "--purpose", "loyalty"), 2, "a consent is a person's"),
    (("consent", "give", PROFILE, "--store", "acme", "--purpose", "loyalty"), 2, "ORGANISATION/STORE"),
    (("consent", "give", PROFILE, "--store", STORE, "--purpose", "Loyalty!"), 2, "is no purpose"),
    (("consent", "give", PROFILE, "--store", STORE, "--purpose", "x", "--concerns", "till"), 2, "names no subject"),
    (("consent", "withdraw", PROFILE, "--store", STORE, "--purpose", "loyalty"), 1, "no consent of"),
)


@pytest.mark.usefixtures("clerk")
async def test_what_cannot_be_done_is_told_in_one_line() -> None:
    for words, status, told in REFUSED:
        result = await asyncio.to_thread(CliRunner().invoke, app, list(words))

        if isinstance(result.exception, ShopfloorError):
            said = str(result.exception)
            assert (result.exception.exit_status, told in said, "\n" in said) == (status, True, False), words
        else:
            assert (result.exit_code, told in result.output) == (status, True), words


async def test_two_organisations_of_one_subject_are_told_apart(clerk: Clerk, database: str) -> None:
    for store in ("acme/ginza-3", "other/shop"):
        await clerk.say("consent", "give", PROFILE, "--store", store, "--purpose", "loyalty", "--statement", WORDS)

    with pytest.raises(ShopfloorError, match="known to acme, other; say which one with --organisation"):
        await clerk.say("forget", PROFILE, "--reason", "requested")
    await clerk.say("forget", PROFILE, "--reason", "requested", "--organisation", "other")

    assert ask(database, "SELECT organisation FROM erasure.keys") == ["acme"]
