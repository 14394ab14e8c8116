import pytest

from event_store.log import Continuation
from projections.errors import RecreatedTopic
from projections.taking.continuity import Seek
from projections.taking.partition import Applied
from tests.builders.facts import came, crossed
from tests.builders.logs import Log
from tests.builders.tallies import Takings, ask, crossings, tallies

NOTHING = Continuation(log_start=0, following=None)


async def after(database: str, log: Log, goes_on: Continuation | None = None) -> Takings:
    """Take a log, and return another projector that is to go on with it."""
    takings = Takings(database)
    await takings.take(log)
    await takings.close()
    return Takings(database, goes_on=goes_on)


async def test_the_record_taken_last_is_compared_before_anything_is_taken(database: str) -> None:
    log = Log().add(*crossings("gate", 3))
    later = await after(database, log)

    assert await later.start(log.add(crossed("gate"))) == 2
    await later.apply(log, log.records[2:])
    await later.close()
    assert tallies(database) == {"gate": 4}


async def test_another_log_of_the_same_length_is_refused(database: str) -> None:
    later = await after(database, Log().add(*crossings("gate", 3)))
    recreated = Log().add(came("v1"), came("v2"), came("v3"), crossed("gate"))
    start = await later.start(recreated)

    with pytest.raises(RecreatedTopic, match="the record at offset 2 differs"):
        await later.apply(recreated, recreated.records[start:])
    await later.close()
    assert tallies(database) == {"gate": 3}
    assert "is not the log" in str(ask(database, "SELECT stopped FROM record.checkpoints"))


async def test_a_shorter_log_is_refused_before_it_is_read(database: str) -> None:
    later = await after(database, Log().add(*crossings("gate", 3)), NOTHING)

    with pytest.raises(RecreatedTopic, match="it ends at offset 1, and 3 were taken"):
        await later.start(Log().add(came("v1")))
    await later.close()


async def test_a_log_that_becomes_shorter_while_it_is_read_is_refused(database: str) -> None:
    takings, log = Takings(database, goes_on=NOTHING), Log().add(*crossings("gate", 3))
    await takings.take(log)
    truncated = Log().add(came("v1"))

    with pytest.raises(RecreatedTopic, match="it ends at offset 1"):
        await takings.apply(truncated, truncated.records)
    await takings.close()


async def test_the_end_of_the_log_may_have_been_seen_before_another_projector_went_on(database: str) -> None:
    log = Log().add(*crossings("gate", 3))
    later = await after(database, log, Continuation(log_start=0, following=2))

    starts = await later.projector.assign({log.partition: 1})
    outcome = await later.projector.apply(log.partition, log.records[:1], log_end=1)
    await later.close()
    assert starts == {log.partition: 2}
    assert not isinstance(outcome, Applied)
    assert ask(database, "SELECT stopped FROM record.checkpoints") == [None]


async def test_batches_that_were_skipped_are_asked_for_until_they_come(database: str) -> None:
    takings = Takings(database, goes_on=Continuation(log_start=0, following=0))
    log = Log().add(*crossings("gate", 9))
    await takings.start(log)

    for _ in range(5):
        assert await takings.apply(log, log.records[6:]) == Seek(0)
    assert isinstance(await takings.apply(log, log.records), Applied)
    await takings.close()
    assert tallies(database) == {"gate": 9}


async def test_a_hole_that_the_log_really_has_is_passed(database: str) -> None:
    takings = Takings(database, goes_on=Continuation(log_start=0, following=4))
    log = Log().add(*crossings("gate", 9))
    await takings.start(log)
    await takings.apply(log, log.records[:2])

    outcomes = [await takings.apply(log, log.records[4:]) for _ in range(3)]
    await takings.close()
    assert outcomes[:2] == [Seek(2), Seek(2)]
    assert isinstance(outcomes[2], Applied)
    assert tallies(database) == {"gate": 7}


async def test_a_log_whose_untaken_records_were_deleted_is_refused(database: str) -> None:
    takings = Takings(database, goes_on=Continuation(log_start=4, following=4))
    log = Log().add(*crossings("gate", 9))
    await takings.start(log)

    assert [await takings.apply(log, log.records[4:]) for _ in range(2)] == [Seek(0), Seek(0)]
    with pytest.raises(RecreatedTopic, match="before offset 4 were deleted, 0 were taken"):
        await takings.apply(log, log.records[4:])
    await takings.close()


async def test_a_log_that_was_deleted_up_to_the_checkpoint_goes_on(database: str) -> None:
    log = Log().add(*crossings("gate", 3))
    await (await after(database, log)).close()
    later = Takings(database, goes_on=Continuation(log_start=3, following=3))
    await later.start(log.add(crossed("gate")))

    outcomes = [await later.apply(log, log.records[3:]) for _ in range(3)]
    await later.close()
    assert isinstance(outcomes[-1], Applied)
    assert tallies(database) == {"gate": 4}
