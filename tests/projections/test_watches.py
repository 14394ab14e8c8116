from event_store.events.event import Event
from projections.folding.folding import fold_all
from projections.read_models.watches import Watches, WatchRow
from tests.builders.records import MINUTE, NOON, SECOND, history
from tests.builders.workers import reported, stopped


def watch(*events: Event) -> WatchRow:
    (row,) = fold_all(Watches(), history(*events)).values()
    assert isinstance(row, WatchRow)
    return row


def test_a_camera_is_watched_by_the_worker_that_spoke_of_it_last() -> None:
    row = watch(reported(NOON), reported(NOON + MINUTE, worker="other"))

    assert (row.worker, row.said_at, row.stopped_at) == ("other", NOON + MINUTE, None)
    assert row.recorded_at == NOON + MINUTE + SECOND


def test_what_a_worker_said_before_and_the_record_had_later_changes_nothing() -> None:
    assert watch(reported(NOON + MINUTE), reported(NOON, worker="other")).worker == "main"
    assert watch(reported(NOON + MINUTE), stopped(NOON)).stopped_at is None


def test_a_worker_that_says_it_stops_leaves_its_cameras_and_no_others() -> None:
    assert watch(reported(NOON), stopped(NOON + SECOND)).stopped_at == NOON + SECOND
    assert watch(reported(NOON, worker="other"), stopped(NOON + SECOND)).stopped_at is None
    assert watch(reported(NOON), stopped(NOON + SECOND), reported(NOON + MINUTE)).stopped_at is None


def test_a_recording_is_over_since_that_was_first_said_until_it_is_played_again() -> None:
    over, again = {"entrance": "ended"}, {"entrance": "starting"}
    said = [reported(NOON + n * MINUTE, live=False, cameras=over) for n in range(2)]  # type: ignore[arg-type]

    assert watch(*said).ended_at == NOON
    assert watch(*said, stopped(NOON + 2 * MINUTE)).ended_at == NOON
    assert watch(*said, reported(NOON + 3 * MINUTE, live=False, cameras=again)).ended_at is None  # type: ignore[arg-type]
