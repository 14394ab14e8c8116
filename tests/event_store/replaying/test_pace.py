from datetime import timedelta

from event_store.replaying.pace import Pace
from tests.builders.records import NOON, SECOND


async def test_records_come_as_many_times_as_fast_as_they_were_recorded() -> None:
    now, slept = 100.0, []

    async def sleep(seconds: float) -> None:
        nonlocal now
        now += seconds
        slept.append(round(seconds, 6))

    pace = Pace(10, clock=lambda: now, sleep=sleep)
    for at in (NOON, NOON + SECOND, NOON - SECOND, NOON + 3 * SECOND):
        await pace.wait_for(at)
    now += 60
    await pace.wait_for(NOON + timedelta(minutes=5))

    assert slept == [0.1, 0.2]
    assert pace.left(NOON + timedelta(hours=1)) == 360 - 60.3
