"""What a person decides at the command line, with the projector that carries it out beside it."""

import asyncio
import json
import re
import threading
from collections.abc import Iterator, Sequence
from contextlib import contextmanager
from pathlib import Path
from typing import Any

import pytest

from event_store.partitions import partition_of
from event_store.serialization import decode, encode
from event_store.topics import Topics
from infra import logs
from projections.deciding.decisions import WORDS
from tests.builders.amending import CURED, of_visit
from tests.builders.commands import CommandLine
from tests.builders.facts import came, crossed, went
from tests.builders.feeding import Feeding
from tests.builders.logs import GINZA
from tests.builders.records import envelope
from tests.builders.tallies import SMALL, ask, tallies

pytestmark = [pytest.mark.kafka, pytest.mark.postgres]

UNKNOWN_ID = "6a4e2b56-4df0-4ef5-8c0c-8f4d64a3b4a1"


class Shop:
    """Facts of one store that a projector has taken, the command's environment, and a later projector."""

    def __init__(self, feeding: Feeding) -> None:
        self.feeding = feeding
        self.database = feeding.database
        facts = feeding.facts(crossed("gate"), crossed("cursed"), crossed("side"), came("v1"), store=GINZA)
        self.ids = [decode(value).id for _, value in facts]
        records = [*facts, (GINZA, b"{"), ("nobody's", b"\xff"), (GINZA, encode(envelope(went("v2"), 9, store=GINZA)))]
        self.taken = len(records)
        asyncio.run(self._take(records))

    async def _take(self, records: Sequence[tuple[str, bytes]]) -> None:
        await self.feeding.write(records)
        async with self.feeding.projecting() as task:
            await self.feeding.until_taken(self.taken, task)

    def place(self, offset: int) -> str:
        return f"{self.feeding.topic}/{partition_of(GINZA)}/{offset}"

    @contextmanager
    def projecting(self, projections: Any = CURED) -> Iterator[None]:
        """Run a projector in a thread of its own."""
        stop = asyncio.Event()

        async def run() -> None:
            async with self.feeding.projecting(self.feeding.job(projections)):
                await stop.wait()

        with asyncio.Runner() as runner:
            loop = runner.get_loop()
            thread = threading.Thread(target=lambda: runner.run(run()))
            thread.start()
            try:
                yield
            finally:
                loop.call_soon_threadsafe(stop.set)
                thread.join()


@pytest.fixture
def shop(kafka: str, topics: Topics, database: str, monkeypatch: pytest.MonkeyPatch, tmp_path: Path) -> Shop:
    for name, value in {
        "SHOPFLOOR_DATABASE": database,
        "SHOPFLOOR_KAFKA": kafka,
        "SHOPFLOOR_TOPIC_PREFIX": topics.prefix,
        "SHOPFLOOR_DATA": str(tmp_path / "data"),
    }.items():
        monkeypatch.setenv(name, value)
    monkeypatch.chdir(tmp_path)
    logs.configure()  # as the command does: what a projector beside it logs is no answer
    return Shop(Feeding(kafka, topics, database))


def test_a_person_corrects_retries_and_skips_and_the_read_models_follow(shopfloor: CommandLine, shop: Shop) -> None:
    assert tallies(shop.database) == {"gate": 1}
    Path("right.json").write_text('{"line_id": "door", "time": "2026-03-02T11:00:00Z"}')

    with shop.projecting():
        assert shopfloor.run("correct", shop.ids[0], "--data", "right.json", "--reason", "misplaced") == 0
        assert b"every read model follows" in shopfloor.out
        assert shopfloor.run("dead-letters", "retry", shop.place(1), "--as", "kim") == 0, shopfloor.err
        assert shopfloor.out.decode() == f"{shop.place(1)}: counts at its place now; 1 waited behind it\n"
        assert tallies(shop.database) == {"door": 1, "cursed": 1, "side": 1}
        assert shopfloor.run("correct", shop.ids[2], "--retract", "--reason", "misjudged") == 0
        assert shopfloor.run("dead-letters", "skip", shop.place(4), "--store", GINZA, "--reason", "damaged") == 0

    assert shopfloor.out.decode() == f"{shop.place(4)}: skipped; what waited behind it goes on\n"
    assert tallies(shop.database) == {"door": 1, "cursed": 1}
    assert ask(shop.database, "SELECT count(*)::int FROM record.amendments") == [4]
    actors = {decode(value).actor for value in ask(shop.database, "SELECT value FROM record.amendments")}
    assert "person/kim" in actors


def test_what_fails_again_is_told_with_status_1(shopfloor: CommandLine, shop: Shop) -> None:
    with shop.projecting(SMALL):
        assert shopfloor.run("dead-letters", "retry", "--reason", "fold_failed") == 1

    assert shopfloor.out.decode() == f"{shop.place(1)}: still dead: ValueError: nobody may cross the cursed line\n"
    assert "1 of 1 are still dead" in shopfloor.err


def test_a_loss_is_accepted_up_to_a_position_that_the_log_has(shopfloor: CommandLine, shop: Shop) -> None:
    assert shopfloor.run("dead-letters", "accept", shop.place(4), "--as", "kim") == 0, shopfloor.err
    assert shopfloor.out.decode() == (
        f"accepted up to {shop.place(4)}; a projector that runs goes on within 30 seconds\n"
    )
    assert ask(shop.database, "SELECT before, accepted_by FROM record.accepted_letters") == [(5, "kim")]

    assert shopfloor.run("dead-letters", "accept", shop.place(999), "--as", "kim") == 2
    assert "name a position that is there" in shopfloor.err


def test_dead_letters_are_listed_filtered_and_shown(shopfloor: CommandLine, shop: Shop) -> None:
    assert shopfloor.run("dead-letters", "list") == 0
    assert f"{shop.place(1)} {GINZA} track/track-None" in shopfloor.out.decode()
    assert "1 wait behind it" in shopfloor.out.decode()
    assert len(shopfloor.out.splitlines()) == 3

    assert shopfloor.run("dead-letters", "list", "--store", GINZA, "--parked", "--json") == 0
    dead, parked = map(json.loads, shopfloor.out.splitlines())
    assert (dead["reason"], dead["waiting"], parked["reason"], parked["behind"]) == ("fold_failed", 1, "parked", 1)

    assert shopfloor.run("dead-letters", "list", "--first", "1") == 0
    assert "there may be more: --after" in shopfloor.err
    assert shopfloor.run("dead-letters", "list", "--reason", "unknown_type") == 0
    assert shopfloor.out == b""

    assert shopfloor.run("dead-letters", "show", shop.place(1)) == 0
    assert f"waiting:   {shop.place(2)}" in shopfloor.out.decode()
    assert shop.ids[1] in shopfloor.out.decode()
    assert shopfloor.run("dead-letters", "show", shop.place(4), "--json") == 0
    assert json.loads(shopfloor.out)["value"] == "{"


def test_without_a_projector_a_decision_is_written_and_says_that_it_waits(shopfloor: CommandLine, shop: Shop) -> None:
    assert shopfloor.run("correct", shop.ids[0], "--retract", "--reason", "misjudged", "--patience", "0") == 0
    assert b"once a projector runs" in shopfloor.out
    assert shopfloor.run("dead-letters", "retry", shop.place(1), "--patience", "0") == 0
    assert b"once a projector runs" in shopfloor.out
    assert tallies(shop.database) == {"gate": 1}


def refused(shopfloor: CommandLine, *words: object) -> tuple[int, str]:
    status = shopfloor.run(*words)
    assert "unexpected" not in shopfloor.err, shopfloor.err
    return status, shopfloor.err


def test_what_cannot_be_decided_is_refused_with_a_reason(shopfloor: CommandLine, shop: Shop) -> None:
    why = ("--reason", "test")
    nowhere = shop.place(999)
    for words, status, complaint in (
        (("dead-letters", "retry", nowhere), 2, f"there is no record at {nowhere}"),
        (("dead-letters", "skip", nowhere, *why), 2, f"there is no record at {nowhere}"),
        (("dead-letters", "show", nowhere), 2, f"there is no record at {nowhere}"),
        (("dead-letters", "retry", shop.place(0)), 1, "it was applied"),
        (("dead-letters", "skip", shop.place(0), *why), 1, "it was applied"),
        (("dead-letters", "retry", shop.place(2)), 1, "it waits behind the dead letter at offset 1"),
        (("dead-letters", "skip", shop.place(2), *why), 1, "it waits behind the dead letter at offset 1"),
        (("dead-letters", "skip", shop.place(4), *why), 1, "with --store"),
        (("dead-letters", "skip", shop.place(4), *why, "--store", "acme/oslo-1"), 1, "in another partition"),
        (("dead-letters", "retry", "nonsense"), 2, "is no position"),
        (("dead-letters", "retry"), 2, "name a position"),
        (("dead-letters", "list", "--store", "acme"), 2, "is not ORGANISATION/STORE"),
        (("correct", UNKNOWN_ID, "--retract", *why), 2, f"no fact with the id '{UNKNOWN_ID}'"),
        (("correct", "nonsense", "--retract", *why), 2, "no fact with the id"),
        (("correct", shop.ids[0], *why), 2, "either --data FILE or --retract"),
        (
            ("correct", shop.ids[0], "--retract", "--reason", "Kim saw it"),
            2,
            "'Kim saw it' is no reason; the record takes",
        ),
        (("correct", shop.ids[0], "--data", "absent.json", *why), 2, "cannot read absent.json"),
    ):
        found, said = refused(shopfloor, *words)
        assert (found, complaint in " ".join(said.replace("│", " ").split())) == (status, True), (words, said)


def test_wrong_data_of_a_correction_is_refused_by_the_name_of_its_field(shopfloor: CommandLine, shop: Shop) -> None:
    for data, complaint in (
        ("[]", "is no JSON object of fields"),
        ('{"lin_id": "door"}', "has no field 'lin_id'; it has camera_id"),
        ('{"direction": "up"}', "Invalid enum value 'up' - at `$.direction`"),
        ('{"line_id": null}', "Expected `str`, got `null` - at `$.line_id`"),
        ('{"time": "yesterday"}', "at `$.time`"),
    ):
        Path("right.json").write_text(data)
        status, said = refused(shopfloor, "correct", shop.ids[0], "--data", "right.json", "--reason", "test")
        assert (status, complaint in said) == (2, True), said


def test_a_letter_is_decided_about_once(shopfloor: CommandLine, shop: Shop) -> None:
    skip = ("dead-letters", "skip", shop.place(1), "--reason", "test")
    with shop.projecting(SMALL):
        assert shopfloor.run(*skip) == 0
        status, said = refused(shopfloor, *skip)
        assert (status, "was skipped for good" in said) == (1, True)
        assert "was skipped for good" in refused(shopfloor, "dead-letters", "retry", shop.place(1))[1]
        assert "was retried and counts" in refused(shopfloor, "dead-letters", "retry", shop.place(2))[1]
    assert shopfloor.run("dead-letters", "list", "--resolved", "--store", GINZA) == 0
    assert "[skipped]" in shopfloor.out.decode()


def test_the_help_names_every_reason(shopfloor: CommandLine) -> None:
    assert shopfloor.run("correct", "--help") == 0

    assert set(WORDS) <= set(re.findall(r"\w+", shopfloor.out.decode()))


def test_two_people_correct_a_fact_at_once_and_what_was_retracted_is_brought_back(
    shopfloor: CommandLine, shop: Shop
) -> None:
    for data in ('{"line_id": "door"}', '{"direction": "out"}'):
        Path("right.json").write_text(data)
        words = ("correct", shop.ids[0], "--data", "right.json", "--reason", "misplaced", "--patience", "0")
        assert shopfloor.run(*words) == 0
    with shop.projecting(SMALL):
        assert shopfloor.run("correct", shop.ids[2], "--retract", "--reason", "misjudged") == 0
        assert tallies(shop.database) == {"door": 1}
        assert shopfloor.run("correct", shop.ids[0], "--retract", "--reason", "misjudged") == 0
        assert tallies(shop.database) == {}
        Path("right.json").write_text("{}")
        assert shopfloor.run("correct", shop.ids[0], "--data", "right.json", "--reason", "other") == 0

    assert tallies(shop.database) == {"gate": 1}


def test_many_are_retried_in_parts(shopfloor: CommandLine, shop: Shop, monkeypatch: pytest.MonkeyPatch) -> None:
    more = shop.feeding.facts(*(of_visit(f"v{number}", "cursed") for number in range(4)), store=GINZA)
    shop.taken += len(more)
    asyncio.run(shop._take(more))
    monkeypatch.setattr("infra.dead_letters.PART", 2)
    with shop.projecting():
        assert shopfloor.run("dead-letters", "retry", "--reason", "fold_failed") == 0

    assert len(shopfloor.out.splitlines()) == 5
    assert tallies(shop.database) == {"gate": 1, "cursed": 5, "side": 1}
    assert shopfloor.run("dead-letters", "retry", "--reason", "fold_failed") == 0
    assert shopfloor.out == b"nothing is dead that was chosen\n"
