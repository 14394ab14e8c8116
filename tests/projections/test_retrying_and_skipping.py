from typing import Any

import pytest

from projections.rebuilding.filling import refill_store
from tests.builders.amending import corrected, fact_at, give_up, of_visit, retried
from tests.builders.emptied import letters, refilled
from tests.builders.facts import came, crossed
from tests.builders.logs import Log
from tests.builders.tallies import Takings, ask, dispositions, tallies

OFFICE = "office"


async def test_a_retried_record_and_what_waits_behind_it_count_at_their_place(takings: Takings, later: Takings) -> None:
    log = Log().add(crossed("cursed"), crossed("gate"), came("v1"))
    await takings.take(log)
    assert dispositions(takings.database) == ["dead", "parked", "applied"]

    log.add(retried(log.partition, 0), camera=OFFICE).add(crossed("gate"), crossed("cursed"))
    await later.take(log)

    assert dispositions(takings.database) == ["dead", "parked", "applied", "applied", "applied", "applied"]
    assert letters(takings.database) == [(0, "fold_failed", None, "retried"), (1, "parked", 0, "retried")]
    assert tallies(takings.database) == {"cursed": 2, "gate": 2} == await refilled(later)


async def test_a_record_that_fails_again_stays_dead_with_the_new_reason(takings: Takings) -> None:
    log = Log().add(crossed("cursed"), crossed("gate"))
    await takings.take(log)
    ask(takings.database, "SELECT 1")
    with_old_reason = ask(takings.database, "SELECT error FROM record.dead_letters WHERE behind IS NULL")
    await takings.apply(log.add(retried(log.partition, 0), camera=OFFICE).add(crossed("gate")), log.records[2:])

    assert with_old_reason == ["ValueError: nobody may cross the cursed line"]
    assert letters(takings.database) == [
        (0, "fold_failed", None, None), (1, "parked", 0, None), (3, "parked", 0, None)
    ]  # fmt: skip
    assert tallies(takings.database) == {} == await refilled(takings)


async def test_behind_a_skipped_record_the_others_go_on(takings: Takings) -> None:
    log = Log().add(crossed("cursed"), crossed("gate"), crossed("side"))
    await takings.take(log)
    await takings.apply(log.add(give_up(log, 0), camera=OFFICE).add(crossed("gate")), log.records[3:])

    assert letters(takings.database) == [
        (0, "fold_failed", None, "skipped"), (1, "parked", 0, "retried"), (2, "parked", 0, "retried")
    ]  # fmt: skip
    assert dispositions(takings.database)[-1] == "applied"
    assert tallies(takings.database) == {"gate": 2, "side": 1} == await refilled(takings)


async def test_a_second_dead_letter_behind_a_skipped_one_holds_the_rest_up(takings: Takings) -> None:
    log = Log().add(crossed("cursed"), crossed("gate"), crossed("cursed"), crossed("gate"))
    await takings.take(log)
    await takings.apply(log.add(give_up(log, 0), camera=OFFICE), log.records[4:])

    assert letters(takings.database) == [
        (0, "fold_failed", None, "skipped"),
        (1, "parked", 0, "retried"),
        (2, "fold_failed", None, None),
        (3, "parked", 2, None),
    ]
    assert tallies(takings.database) == {"gate": 1} == await refilled(takings)
    await takings.take(log.add(give_up(log, 2), camera=OFFICE))
    assert await refilled(takings) == {"gate": 2}


async def test_a_skipped_record_never_counts_even_where_a_later_program_could_take_it(
    takings: Takings, later: Takings
) -> None:
    log = Log().add(crossed("cursed"), crossed("gate"))
    await takings.take(log.add(give_up(log, 0), camera=OFFICE))
    await later.take(log.add(retried(log.partition, 0), camera=OFFICE))

    assert tallies(takings.database) == {"gate": 1} == await refilled(later)


async def test_a_new_database_that_a_later_program_fills_comes_to_the_same_rows(later: Takings) -> None:
    log = Log().add(crossed("cursed"), crossed("gate"), crossed("cursed"))
    log.add(give_up(log, 0), retried(log.partition, 2), camera=OFFICE)
    await later.take(log)

    assert tallies(later.database) == {"cursed": 1, "gate": 1} == await refilled(later)


async def test_a_fact_that_was_retried_and_comes_again_is_a_duplicate(takings: Takings, later: Takings) -> None:
    log = Log().add(crossed("cursed")).again(0)
    await takings.take(log, batch=1)
    await later.take(log.add(retried(log.partition, 0), camera=OFFICE).again(0))

    assert dispositions(takings.database) == ["dead", "parked", "applied", "duplicate"]
    assert [letter[3] for letter in letters(takings.database)] == ["retried", "duplicate"]  # type: ignore[index]
    assert tallies(takings.database) == {"cursed": 1} == await refilled(later)


async def test_a_record_whose_rows_postgresql_refuses_again_stays_dead(takings: Takings) -> None:
    log = Log().add(crossed("gate"), crossed("too-long"), crossed("gate"))
    await takings.take(log)
    log.add(retried(log.partition, 1), retried(log.partition, 1), camera=OFFICE)
    await takings.apply(log, log.records[3:])

    assert letters(takings.database) == [(1, "fold_failed", None, None), (2, "parked", 1, None)]
    assert "out of range" in str(ask(takings.database, "SELECT error FROM record.dead_letters"))
    assert tallies(takings.database) == {"gate": 1} == await refilled(takings)


async def test_an_unreadable_record_is_given_up_and_retrying_it_changes_nothing(takings: Takings) -> None:
    log = Log().add_bytes(b"{").add(crossed("gate"))
    await takings.take(log.add(retried(log.partition, 0), camera=OFFICE))
    assert letters(takings.database) == [(0, "undecodable", None, None)]

    await takings.apply(log.add(give_up(log, 0), camera=OFFICE), log.records[3:])
    assert letters(takings.database) == [(0, "undecodable", None, "skipped")]


async def test_a_record_that_went_astray_is_given_up_by_its_store_in_its_own_partition(takings: Takings) -> None:
    log = Log()
    stray = next(f"acme/shop-{n}" for n in range(99) if Log(f"acme/shop-{n}").partition != log.partition)
    log.add(crossed("gate"), store=stray)
    home = Log(stray).add(give_up(log, 0), camera=OFFICE)
    await takings.take(log)
    await takings.take(home)

    assert letters(takings.database) == [(0, "misaddressed", None, "skipped")]


async def test_many_that_fail_again_fold_the_store_once_and_keep_what_waits_behind_them_waiting(
    takings: Takings, monkeypatch: pytest.MonkeyPatch
) -> None:
    filled = []

    async def counted(*of: Any) -> None:
        filled.append(of)
        await refill_store(*of)

    log = Log().add(*(of_visit(f"v{number}", "cursed") for number in range(30)), of_visit("v0", "gate"))
    await takings.take(log)
    monkeypatch.setattr("projections.taking.carrying_out.refill_store", counted)
    log.add(*(retried(log.partition, number) for number in range(30)), camera=OFFICE)
    await takings.apply(log, log.records[31:])

    assert len(filled) == 1
    assert letters(takings.database) == [
        *((number, "fold_failed", None, None) for number in range(30)),
        (30, "parked", 0, None),
    ]
    assert tallies(takings.database) == {} == await refilled(takings)


async def test_of_many_that_are_retried_those_count_that_do_not_fail(takings: Takings) -> None:
    log = Log()
    for number in range(4):
        log.add(of_visit(f"v{number}", "cursed"), of_visit(f"v{number}", "gate"))
    await takings.take(log)
    log.add(*(corrected(fact_at(log, at), of_visit("v9", "side")) for at in (2, 6)), camera=OFFICE)
    log.add(*(retried(log.partition, at) for at in (0, 2, 4, 6)), camera=OFFICE)
    await takings.apply(log, log.records[8:])

    resolved = ask(takings.database, 'SELECT resolved FROM record.dead_letters ORDER BY "offset"')
    assert resolved == [None, None, "retried", "retried"] * 2
    assert tallies(takings.database) == {"side": 2, "gate": 2} == await refilled(takings)
