import asyncio
import random

import psycopg
import pytest

from event_store import progress
from projections.taking.continuity import Seek
from projections.taking.partition import Applied
from tests.builders.facts import crossed
from tests.builders.logs import Log
from tests.builders.tallies import Takings, crossings, dispositions, tallies


async def test_of_two_projectors_with_the_same_batch_one_writes_it(database: str) -> None:
    log = Log().add(*crossings("gate", 5))
    first, second = Takings(database), Takings(database)
    await first.start(log)
    await second.start(log)

    outcomes = await asyncio.gather(*(each.apply(log, log.records) for each in (first, second)))
    await first.close()
    await second.close()

    assert [outcome for outcome in outcomes if isinstance(outcome, Seek)] == [Seek(4)]
    assert tallies(database) == {"gate": 5}


async def test_projectors_that_race_crash_and_come_back_apply_each_fact_once(database: str) -> None:
    log, chance = Log(), random.Random(11)  # noqa: S311  # the race is to be the same each time
    turned_away = facts = 0

    async def race() -> None:
        nonlocal turned_away
        while True:
            takings = Takings(database)
            at = await takings.start(log)
            while at < log.end:
                size = chance.randint(1, 30)
                outcome = await takings.apply(log, log.records[at : at + size])
                turned_away += isinstance(outcome, Seek)
                taken = takings.projector.next_offset(log.partition) or 0
                at = outcome.offset if isinstance(outcome, Seek) else max(at, taken)
                if chance.random() < 0.1:
                    break
                await asyncio.sleep(0)
            await takings.close()
            if at >= log.end:
                return

    while turned_away <= 5:  # how often two meet is up to the machine
        log.add(*crossings("gate", 400))
        facts += 400
        await asyncio.gather(race(), race(), race())

    assert tallies(database) == {"gate": facts}
    assert dispositions(database) == ["applied"] * facts


async def test_without_the_fence_facts_are_applied_twice(database: str, monkeypatch: pytest.MonkeyPatch) -> None:
    """The race above proves something only if it fails without the guard: here the guard, and the ids, are gone."""
    unfenced = progress._ADVANCE.replace("c.next_offset = step.before AND", "")
    assert unfenced != progress._ADVANCE
    monkeypatch.setattr(progress, "_ADVANCE", unfenced)
    log = Log().add(*crossings("gate", 5))
    first, second = Takings(database), Takings(database)
    await first.start(log)
    await second.start(log)
    await first.apply(log, log.records)
    with psycopg.connect(database) as connection:
        connection.execute("DELETE FROM record.applied")
        connection.execute("DELETE FROM record.ledger")

    await second.apply(log, log.records)
    await first.close()
    await second.close()
    assert tallies(database) == {"gate": 10}


async def test_of_partitions_in_one_transaction_the_one_that_another_took_is_left_and_the_others_are_written(
    database: str,
) -> None:
    here, there = Log().add(*crossings("gate", 3)), Log("acme/elsewhere-1").add(*crossings("gate", 4))
    ends = {here.partition: here.end, there.partition: there.end}
    both, other = Takings(database), Takings(database)
    await other.start(here)
    await both.projector.assign(ends)
    await other.apply(here, here.records[:1])

    batches = {here.partition: here.records, there.partition: there.records}
    outcomes = await both.projector.apply_all(batches, ends)
    assert outcomes[here.partition] == Seek(0)
    assert outcomes[there.partition] == Applied(next_offset=4, records=4, letters=0, duplicates=0, derived=0)
    await both.projector.apply_all({here.partition: here.records}, ends)
    await both.close()
    await other.close()
    assert tallies(database) == {"gate": 7}


async def test_a_record_that_postgresql_refuses_does_not_hold_up_the_partitions_beside_it(database: str) -> None:
    here = Log().add(crossed("gate"), crossed("too-long"), crossed("gate"))
    there = Log("acme/elsewhere-1").add(*crossings("gate", 4))
    takings, ends = Takings(database), {here.partition: here.end, there.partition: there.end}
    await takings.start(here)
    await takings.projector.assign(ends)

    outcomes = await takings.projector.apply_all({here.partition: here.records, there.partition: there.records}, ends)
    await takings.close()
    assert outcomes == {
        here.partition: Applied(next_offset=3, records=3, letters=2, duplicates=0, derived=0),
        there.partition: Applied(next_offset=4, records=4, letters=0, duplicates=0, derived=0),
    }
    assert tallies(database) == {"gate": 5}


async def test_rows_that_another_projector_wrote_are_read_again(database: str) -> None:
    log = Log().add(*crossings("gate", 2))
    first, second = Takings(database), Takings(database)
    await first.take(log)
    await second.take(log.add(crossed("gate")))

    assert await first.apply(log, log.records[2:]) == Seek(2)
    log.add(crossed("gate"))
    await first.apply(log, log.records[2:])
    await first.close()
    await second.close()
    assert tallies(database) == {"gate": 4}
