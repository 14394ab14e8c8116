"""What nobody watched becomes a fact, once somebody watches again."""

from event_store.events.event import Event
from event_store.events.workers import WatchResumed
from projections.folding.rows import TableRows
from projections.policies.absences import AbsenceRow, Absences
from tests.builders.records import MINUTE, NOON, SECOND, history
from tests.builders.workers import reported, stopped


def resumed(*events: Event) -> list[WatchResumed]:
    """Return what is derived from facts of one store."""
    rows: TableRows[AbsenceRow] = TableRows()
    return [each for fact in history(*events) for each in Absences().decide(rows.of("acme", "ginza-3"), fact)]


def gap(*, stopped: bool) -> WatchResumed:
    return WatchResumed(
        time=NOON + 12 * MINUTE, camera_id="entrance", worker="main", unwatched_since=NOON + SECOND, stopped=stopped
    )


AGAIN = reported(NOON + 12 * MINUTE, started_at=NOON + 12 * MINUTE)


def test_a_worker_that_died_and_is_back_leaves_a_gap_since_it_was_last_heard() -> None:
    assert resumed(reported(NOON), reported(NOON + SECOND), AGAIN) == [gap(stopped=False)]


def test_a_gap_after_a_worker_that_said_it_stops_says_so() -> None:
    assert resumed(reported(NOON), stopped(NOON + SECOND), AGAIN) == [gap(stopped=True)]


def test_a_worker_that_comes_back_at_once_leaves_a_gap_too_and_one_that_was_silent_while_it_ran() -> None:
    assert len(resumed(reported(NOON), reported(NOON + SECOND, started_at=NOON + SECOND))) == 1
    assert len(resumed(reported(NOON), reported(NOON + MINUTE))) == 1


def test_a_worker_that_speaks_in_time_leaves_no_gap_however_late_the_record_has_it() -> None:
    assert resumed(*(reported(NOON + n * 20 * SECOND) for n in range(10))) == []


def test_another_worker_that_takes_a_camera_over_leaves_a_gap_of_that_camera_only() -> None:
    both = reported(NOON, cameras={"entrance": "online", "aisle": "online"})
    other = reported(NOON + 20 * SECOND, worker="other", started_at=NOON + 20 * SECOND)

    (found,) = resumed(both, other, reported(NOON + 30 * SECOND, cameras={"aisle": "online"}))
    assert (found.camera_id, found.worker, found.unwatched_since) == ("entrance", "other", NOON)


def test_a_recording_loses_nothing_while_nobody_plays_it() -> None:
    assert resumed(reported(NOON, live=False), reported(NOON + 9 * MINUTE, live=False)) == []


def test_what_comes_late_is_no_news() -> None:
    assert resumed(reported(NOON + 20 * SECOND), reported(NOON), stopped(NOON), reported(NOON + 30 * SECOND)) == []
