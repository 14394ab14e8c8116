import msgspec
import pytest

from event_store.envelope import Position
from event_store.serialization import encode
from infra.deciding import asking
from projections.deciding.accepted_letters import accept
from projections.errors import TooLargeShareDead, TooManyDeadLetters
from projections.taking.dead_letter_limits import DeadLetterLimits
from tests.builders.amending import give_up
from tests.builders.emptied import empty
from tests.builders.facts import came, crossed, went
from tests.builders.logs import TOPIC, Log
from tests.builders.records import envelope
from tests.builders.tallies import Takings, ask, crossings, dispositions, tallies


def of_version(wrapped_bytes: bytes, type_name: str) -> bytes:
    return msgspec.json.encode(msgspec.json.decode(wrapped_bytes) | {"type": type_name})


def letters(database: str) -> list[object]:
    return ask(database, 'SELECT "offset", reason, subject, behind FROM record.dead_letters ORDER BY "offset"')


async def test_bytes_that_nobody_can_read_hold_nobody_up(takings: Takings) -> None:
    log = Log().add(crossed("gate")).add_bytes(b"{").add(crossed("gate"))
    await takings.take(log)

    assert tallies(takings.database) == {"gate": 2}
    assert letters(takings.database) == [(1, "undecodable", None, None)]


@pytest.mark.parametrize("type_name", ["shopfloor.ShopperEntered.v9", "shopfloor.ShopperAbducted.v1"])
async def test_behind_an_unknown_fact_of_a_visit_its_later_facts_are_parked_and_others_go_on(
    takings: Takings, type_name: str
) -> None:
    log = Log()
    log.add_bytes(of_version(encode(envelope(came("v1"), 1, camera="door")), type_name))
    log.add(went("v1"), came("v2"), went("v1"), crossed("gate"))
    await takings.take(log, batch=2)

    assert dispositions(takings.database) == ["dead", "parked", "applied", "parked", "applied"]
    assert letters(takings.database) == [
        (0, "unknown_type", "visit/v1", None),
        (1, "parked", "visit/v1", 0),
        (3, "parked", "visit/v1", 0),
    ]
    assert tallies(takings.database) == {"gate": 1}


async def test_what_is_parked_stays_parked_after_a_restart(takings: Takings) -> None:
    log = Log().add_bytes(of_version(encode(envelope(came("v1"), 1, camera="door")), "shopfloor.ShopperEntered.v9"))
    await takings.take(log)
    later = Takings(takings.database)
    await later.take(log.add(went("v1")))
    await later.close()

    assert dispositions(takings.database) == ["dead", "parked"]


async def test_an_applied_fact_that_is_sent_again_after_a_restart_is_a_duplicate_even_where_its_subject_waits_by_now(
    takings: Takings,
) -> None:
    log = Log().add(came("v1"))
    log.add_bytes(of_version(encode(envelope(came("v1"), 1, camera="door")), "shopfloor.ShopperEntered.v9"))
    await takings.take(log)
    later = Takings(takings.database)
    await later.take(log.add(came("v2")))  # the first batch looks ids up, the next ones trust them
    await later.apply(log.again(0).add(went("v1")), log.records[3:])
    await later.close()

    assert dispositions(takings.database) == ["applied", "dead", "applied", "duplicate", "parked"]


async def test_the_same_visit_id_in_another_store_is_not_parked(takings: Takings) -> None:
    log = Log()
    neighbour = next(f"acme/shop-{n}" for n in range(99) if Log(f"acme/shop-{n}").partition == log.partition)
    log.add_bytes(of_version(encode(envelope(came("v1"), 1, camera="door")), "shopfloor.ShopperEntered.v9"))
    log.records.append(
        msgspec.structs.replace(
            log.records[0],
            offset=1,
            key=neighbour.encode(),
            value=encode(envelope(went("v1"), 1, store=neighbour)),
        )
    )
    await takings.take(log)

    assert dispositions(takings.database) == ["dead", "applied"]


async def test_a_fact_that_a_fold_cannot_take_is_a_dead_letter_and_the_rest_of_its_batch_is_applied(
    takings: Takings,
) -> None:
    log = Log().add(crossed("gate"), crossed("cursed"), crossed("gate"), crossed("cursed"), came("v1"))
    await takings.take(log)

    assert dispositions(takings.database) == ["applied", "dead", "parked", "parked", "applied"]
    assert ask(takings.database, "SELECT error FROM record.dead_letters WHERE reason = 'fold_failed'") == [
        "ValueError: nobody may cross the cursed line"
    ]
    assert tallies(takings.database) == {"gate": 1}


async def test_a_fact_whose_row_postgresql_refuses_is_found_among_many(takings: Takings) -> None:
    log = Log()
    for visit in range(20):
        log.add(came(f"v{visit}"))
    log.add(crossed("too-long"))
    for visit in range(20):
        log.add(went(f"v{visit}"))
    await takings.take(log)

    assert dispositions(takings.database) == [*["applied"] * 20, "dead", *["applied"] * 20]
    assert "out of range" in str(ask(takings.database, "SELECT error FROM record.dead_letters"))


async def test_too_many_dead_letters_in_a_row_stop_the_projector_and_say_why(emptied: str) -> None:
    takings = Takings(emptied, limits=DeadLetterLimits(in_a_row=3))
    log = Log().add(crossed("gate"))
    await takings.take(log)
    for _ in range(4):
        log.add_bytes(b"{")

    with pytest.raises(TooManyDeadLetters, match="4 records in a row"):
        await takings.apply(log, log.records[1:])
    await takings.close()
    assert dispositions(emptied) == ["applied"]
    assert "4 records in a row" in str(ask(emptied, "SELECT stopped FROM record.checkpoints"))


async def test_dead_letters_with_facts_between_them_stop_nobody(emptied: str) -> None:
    takings = Takings(emptied, limits=DeadLetterLimits(in_a_row=1))
    log = Log()
    for visit in range(5):
        log.add_bytes(b"{").add(came(f"v{visit}"))
    await takings.take(log, batch=3)
    await takings.close()

    assert dispositions(emptied).count("dead") == 5


async def test_dead_letters_in_a_row_are_counted_over_batches(emptied: str) -> None:
    takings = Takings(emptied, limits=DeadLetterLimits(in_a_row=3))
    log = Log()
    for _ in range(4):
        log.add_bytes(b"{")
    await takings.start(log)
    await takings.apply(log, log.records[:2])

    with pytest.raises(TooManyDeadLetters):
        await takings.apply(log, log.records[2:])
    await takings.close()


async def test_a_projector_that_goes_on_is_no_longer_stopped(emptied: str) -> None:
    log = Log().add_bytes(b"{").add_bytes(b"{").add(*crossings("gate", 1))
    strict = Takings(emptied, limits=DeadLetterLimits(in_a_row=1))
    with pytest.raises(TooManyDeadLetters):
        await strict.take(log)
    await strict.close()
    lenient = Takings(emptied, limits=DeadLetterLimits(in_a_row=2))
    await lenient.take(log)
    await lenient.close()

    assert ask(emptied, "SELECT stopped FROM record.checkpoints") == [None]


async def test_too_large_a_share_of_dead_and_parked_records_stops_the_projector_and_says_why(emptied: str) -> None:
    takings = Takings(emptied, limits=DeadLetterLimits(share=0.4, window=10))
    log = Log().add_bytes(of_version(encode(envelope(came("v1"), 1, camera="door")), "shopfloor.ShopperEntered.v9"))
    for visit in range(2, 5):
        log.add(went("v1"), came(f"v{visit}"))
    await takings.take(log, batch=2)
    log.add(went("v1"))

    with pytest.raises(
        TooLargeShareDead, match=r"5 of the last 10 records .* waits behind the dead letter at offset 0"
    ):
        await takings.apply(log, log.records[7:])
    await takings.close()
    assert dispositions(emptied).count("parked") == 3
    assert "5 of the last 10 records" in str(ask(emptied, "SELECT stopped FROM record.checkpoints"))


async def test_letters_that_lie_further_back_than_the_window_count_no_longer(emptied: str) -> None:
    takings = Takings(emptied, limits=DeadLetterLimits(share=0.2, window=10))
    log = Log()
    for visit in range(8):
        log.add_bytes(b"{").add(*(came(f"{visit}-{number}") for number in range(4)))
    await takings.take(log, batch=3)
    await takings.close()

    assert dispositions(emptied).count("dead") == 8


async def test_a_projector_that_starts_again_has_not_forgotten_what_was_lost(emptied: str) -> None:
    for limits, complaint in (
        (DeadLetterLimits(in_a_row=3), "4 records in a row"),
        (DeadLetterLimits(share=0.3, window=10), "4 of the last 10 records"),
    ):
        empty(emptied)
        log = Log().add(came("ann")).add_bytes(b"{").add_bytes(b"{")
        for _ in range(2):
            takings = Takings(emptied, limits=limits)
            await takings.take(log)
            await takings.close()
            log.add_bytes(b"{")
        takings = Takings(emptied, limits=limits)

        with pytest.raises(TooManyDeadLetters, match=complaint):
            await takings.take(log)
        await takings.close()


async def test_what_was_accepted_counts_for_no_limit_before_and_after_a_restart(emptied: str) -> None:
    for limits, complaint in (
        (DeadLetterLimits(in_a_row=3), "4 records in a row"),
        (DeadLetterLimits(share=0.3, window=10), "4 of the last 10 records"),
    ):
        empty(emptied)
        log = Log()
        for _ in range(9):
            log.add_bytes(b"{")
        await accepted(emptied, log, upto=5)
        takings = Takings(emptied, limits=limits)
        await takings.take(log)
        await takings.close()
        takings = Takings(emptied, limits=limits)

        assert dispositions(emptied) == ["dead"] * 9
        with pytest.raises(TooManyDeadLetters, match=complaint):
            await takings.take(log.add_bytes(b"{"))
        await takings.close()


async def accepted(database: str, log: Log, *, upto: int) -> None:
    async with asking(database) as connection:
        await accept(connection, Position(topic=TOPIC, partition=log.partition, offset=upto), "kim")


async def test_what_was_decided_about_is_no_loss_any_longer_before_and_after_a_restart(emptied: str) -> None:
    limits = DeadLetterLimits(share=0.3, window=10)
    takings = Takings(emptied, limits=limits)
    log = Log()
    for _ in range(3):
        log.add_bytes(b"{")
    await takings.take(log.add(give_up(log, 0), give_up(log, 1), camera="office").add_bytes(b"{"))
    again = Takings(emptied, limits=limits)
    await again.take(log.add_bytes(b"{"))

    assert dispositions(emptied).count("dead") == 5
    with pytest.raises(TooLargeShareDead, match="4 of the last 10"):
        await again.apply(log.add_bytes(b"{"), log.records[7:])
    await takings.close()
    await again.close()
