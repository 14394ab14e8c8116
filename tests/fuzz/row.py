"""Mutants of all golden facts through everybody who reads the record, one after the other."""

import asyncio
import json
import random
from collections import Counter
from collections.abc import Iterator
from pathlib import Path
from uuid import UUID

import msgspec

from event_store.archive.reading import Question
from event_store.checkpoints import KeyFolder
from event_store.database import connect, connect_blocking
from event_store.ledger import readable_attributes
from event_store.monitoring.sides import LAST, LedgerSide
from event_store.replay import Entry, Place, all_entries
from event_store.replaying.screen import line
from event_store.replaying.wanted import Wanted
from event_store.sealing.extract import Range
from event_store.sealing.office import Office
from event_store.serialization import encode
from event_store.verifier.export import Checked
from event_store.verifier.facts import read_fact
from infra import dead_letters
from projections.catalogue import READ_MODELS
from projections.deciding.letters import Wanted as WantedLetters
from projections.rebuilding.rebuild import rebuild
from projections.scope import Page
from projections.tables.digests import find_digests
from projections.tables.read_model import PROJECTOR_ROLE
from projections.taking.dead_letter_limits import DeadLetterLimits
from tests.builders.facts import came
from tests.builders.logs import GINZA, Log
from tests.builders.mutants import golden, mutants
from tests.builders.records import envelope
from tests.builders.samples import VISIT
from tests.builders.tallies import Takings

GOLDEN_ID = b"4c1b7c52-9a31-8c53-a2a4-0d3f1c9f3c55"
EVERY = 25
"""After so many mutants there is a fact that must be applied."""
BATCH = 200
NO_LIMITS = DeadLetterLimits(in_a_row=10**9, share=1)


class Read(msgspec.Struct, frozen=True):
    """What became of mutants, and what everybody made of them."""

    mutants: int
    dispositions: Counter[str]
    reasons: Counter[str]
    erasures: int


def read_in_a_row(database: str, folder: Path, seed: int, share: float) -> Read:
    """Take a share of all mutants, and have everybody read what the record then is; asserts that they agree."""
    log = Log(GINZA)
    sound = set(_fill(log, random.Random(seed), share))  # noqa: S311  # no secret
    asyncio.run(_take(database, log))
    entries = _replayed(database, log)
    assert {each.offset for each in entries if each.disposition == "applied"} >= sound
    asyncio.run(_rebuilt(database))
    asyncio.run(_watched(database, log))
    whole = _exported(database, folder, log)
    forgotten = {f"{each.topic}/{each.partition}/{each.offset}" for each in entries if _forgets(each)}
    assert forgotten <= {msgspec.json.decode(each)["position"] for each in whole.erasures}
    _looked_at(database)
    return Read(
        mutants=log.end - len(sound),
        dispositions=Counter(each.disposition for each in entries),
        reasons=Counter(each.reason for each in entries if each.reason is not None),
        erasures=len(whole.erasures),
    )


def _fill(log: Log, chance: random.Random, share: float) -> Iterator[int]:
    """Fill a log with mutants, each under ids of its own; yield the offsets of the facts that are sound."""
    for record in golden().values():
        for number, mutant in enumerate(mutants(record, chance, share)):
            new = (str(UUID(int=chance.getrandbits(128))).encode() for _ in range(2))
            log.add_bytes(mutant.replace(GOLDEN_ID, next(new)).replace(VISIT.encode(), next(new)))
            if number % EVERY == 0:
                yield log.end
                log.add_bytes(encode(envelope(came(f"sound-{log.end}"), log.end, camera="sound")))


async def _take(database: str, log: Log) -> None:
    takings = Takings(database, READ_MODELS, limits=NO_LIMITS)
    await takings.take(log, BATCH)
    await takings.close()


def _replayed(database: str, log: Log) -> list[Entry]:
    """Read the ledger as a replay does; every record is there once, with the number that an auditor gives it."""
    wanted = (Wanted(everything=True), Wanted(camera="entrance"), Wanted(visit="sound-1", everything=True))
    question = Question(topic=log.records[0].topic, partition=log.partition, start=0, end=LAST, limit=BATCH)
    with connect_blocking(database, PROJECTOR_ROLE) as connection:
        entries = list(all_entries(connection, question))
    assert [(each.offset, each.value) for each in entries] == [(each.offset, each.value) for each in log.records]
    for each in entries:
        assert json.loads(line(each))["position"].endswith(f"/{each.offset}")
        judged = [one.has(each) for one in wanted]
        assert judged[0]
        fact = read_fact(each.value or b"")
        assert fact is None or fact.number == each.attributes.sequence
        assert each.disposition != "applied" or fact is not None
    return entries


async def _rebuilt(database: str) -> None:
    async with await connect(database, PROJECTOR_ROLE) as connection:
        live = await find_digests(connection, READ_MODELS)
        await rebuild(connection, READ_MODELS)
        again = await find_digests(connection, READ_MODELS)
    assert [each.digest for each in again.models] == [each.digest for each in live.models]


async def _watched(database: str, log: Log) -> None:
    async with await connect(database, "shopfloor_monitor") as connection:
        found = await LedgerSide(connection).read(Place(log.records[0].topic, log.partition), 0, log.end + 1)
    assert len(found) == log.end


def _exported(database: str, folder: Path, log: Log) -> Checked:
    """Export all and one store; the verifier checks both."""
    office = Office(database, log.records[0].topic, KeyFolder(folder / "keys"))
    organisation, _, store = GINZA.partition("/")
    theirs = office.export(Range(organisation=organisation, store=store), folder / "store.tar")
    whole = office.export(Range(), folder / "whole.tar")
    about = [readable_attributes(each.value) for each in log.records]
    assert theirs.shown == sum((each.organisation, each.store) == (organisation, store) for each in about)
    assert whole.shown == log.end
    return whole


def _forgets(entry: Entry) -> bool:
    return entry.disposition == "applied" and (entry.attributes.type or "").startswith("shopfloor.SubjectForgotten.")


def _looked_at(database: str) -> None:
    """Describe dead letters."""
    letters = dead_letters.find(database, WantedLetters(), Page(50, None))
    for each in letters:
        assert dead_letters.told(dead_letters.look_at(database, each.position, 10))
