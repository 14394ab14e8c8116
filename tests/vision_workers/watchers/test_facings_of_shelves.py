from datetime import timedelta

import pytest

from event_store.events.event import Box
from event_store.events.shelves import ShelfCounted, ShelfEmpty, ShelfRestocked
from tests.builders.shelf import (
    BARE,
    ELSEWHERE,
    IN_FRONT,
    NOTHING_STEADY,
    STOCKED,
    FilmedShelf,
    shop_with_shelf,
)
from tests.builders.watching import NOON
from vision_workers.watchers import wants_of
from vision_workers.watchers.facings import FACINGS
from vision_workers.watchers.shelves import ShelfWatcher

SECOND = timedelta(seconds=1)
SMOOTH = (2, 0.04)


def states(shelf: FilmedShelf) -> list[str]:
    return [event.state for event in shelf.events if isinstance(event, ShelfCounted)]


def test_a_camera_without_facings_is_not_looked_at_for_any() -> None:
    shop = shop_with_shelf(1)

    assert FACINGS in [want.target for want in wants_of(shop, "aisle")]
    assert FACINGS not in [want.target for want in wants_of(shop_with_shelf(), "aisle")]


def test_a_gap_that_lasts_is_told_once_and_dated_to_the_end_of_the_patience() -> None:
    shelf = FilmedShelf(ShelfWatcher, shop_with_shelf(1))
    shelf.shows(STOCKED, 3)
    gone_at = shelf.now

    shelf.shows(NOTHING_STEADY, 1)
    shelf.shows(BARE, 20)

    (empty,) = [event for event in shelf.events if isinstance(event, ShelfEmpty)]
    assert (empty.empty_since, empty.time) == (gone_at, gone_at + 2 * SECOND)
    assert (empty.shelf_id, empty.slot, empty.sku, empty.subject) == ("A1", 1, "sku-1", "facing/A1/1")
    assert states(shelf) == ["full", "empty"]


def test_a_gap_that_is_filled_within_the_patience_is_no_fact() -> None:
    shelf = FilmedShelf(ShelfWatcher, shop_with_shelf(1, patience_s=20))
    shelf.shows(STOCKED, 3)
    shelf.shows(BARE, 5)

    shelf.shows(STOCKED, 30)

    assert not [event for event in shelf.events if isinstance(event, ShelfEmpty | ShelfRestocked)]


def test_a_filled_gap_says_how_long_it_was_and_how_many_were_at_it() -> None:
    shelf = FilmedShelf(ShelfWatcher, shop_with_shelf(1))
    shelf.shows(STOCKED, 3)
    shelf.shows(BARE, 5)
    shelf.shows(BARE, 1, IN_FRONT, ELSEWHERE)

    shelf.shows(STOCKED, 3)

    (restocked,) = [event for event in shelf.events if isinstance(event, ShelfRestocked)]
    assert (restocked.time, restocked.empty_since) == (NOON + 9 * SECOND, NOON + 3 * SECOND)
    assert (restocked.empty_ms, restocked.people) == (6000, 1)


@pytest.mark.parametrize("look", [NOTHING_STEADY, BARE, (4, 0.2)], ids=["moving", "like a gap", "standing still"])
def test_a_shopper_in_front_is_no_gap_and_hides_the_facing_after_the_patience(look: tuple[int | None, float]) -> None:
    shelf = FilmedShelf(ShelfWatcher, shop_with_shelf(1))
    shelf.shows(STOCKED, 3)

    shelf.shows(look, 10, IN_FRONT)
    shelf.shows(STOCKED, 3)

    assert states(shelf) == ["full", "hidden", "full"]
    assert not [event for event in shelf.events if isinstance(event, ShelfEmpty)]


def test_a_shopper_whom_the_detector_misses_now_and_then_is_no_gap() -> None:
    shelf = FilmedShelf(ShelfWatcher, shop_with_shelf(1, patience_s=60))
    shelf.shows(STOCKED, 3)

    for _ in range(20):
        shelf.shows(BARE, 0.4)
        shelf.shows(BARE, 0.2, IN_FRONT)
    shelf.shows(STOCKED, 3)

    assert states(shelf) == ["full"]


def test_a_passing_hand_is_no_gap() -> None:
    shelf = FilmedShelf(ShelfWatcher, shop_with_shelf(1))

    for _ in range(10):
        shelf.shows(STOCKED, 2)
        shelf.shows(NOTHING_STEADY, 1)
        shelf.shows((7, 0.01), 1.2)

    assert states(shelf) == ["full"]


def test_somebody_in_front_of_one_facing_hides_no_other() -> None:
    shelf = FilmedShelf(ShelfWatcher, shop_with_shelf(1, 4))
    shelf.shows(STOCKED, 3)

    shelf.shows({1: STOCKED, 4: BARE}, 5, IN_FRONT)

    assert [event.slot for event in shelf.events if isinstance(event, ShelfEmpty)] == [4]


def test_a_facing_that_shows_half_of_what_it_did_is_low() -> None:
    shelf = FilmedShelf(ShelfWatcher, shop_with_shelf(1))
    shelf.shows((0, 0.25), 3)

    shelf.shows((1, 0.1), 5)

    assert states(shelf) == ["full", "low"]


def test_a_facing_is_judged_by_what_it_shows_when_nobody_is_near_any_more() -> None:
    shelf = FilmedShelf(ShelfWatcher, shop_with_shelf(1, patience_s=20))
    shelf.shows((0, 0.16), 3)

    shelf.shows((1, 0.04), 3, IN_FRONT)
    shelf.shows((1, 0.1), 90)

    assert states(shelf) == ["full"]
    assert not [event for event in shelf.events if isinstance(event, ShelfEmpty)]


def test_a_gap_that_was_somebody_who_hid_half_of_the_goods_is_none_once_they_are_in_sight() -> None:
    shelf = FilmedShelf(ShelfWatcher, shop_with_shelf(1, patience_s=20))
    shelf.shows((0, 0.16), 3)

    shelf.shows((1, 0.04), 3)
    shelf.shows((1, 0.1), 90)

    assert states(shelf) == ["full", "empty", "full"]
    assert not [event for event in shelf.events if isinstance(event, ShelfEmpty)]


def test_smooth_goods_are_not_taken_for_a_gap_once_the_facing_has_been_barer() -> None:
    shelf = FilmedShelf(ShelfWatcher, shop_with_shelf(1))
    shelf.shows(SMOOTH, 10)
    gone_at = shelf.now
    shelf.shows(BARE, 10)

    shelf.shows(SMOOTH, 200)

    assert states(shelf) == ["empty", "full"]
    assert [event.empty_since for event in shelf.events if isinstance(event, ShelfEmpty)] == [gone_at]


def test_what_may_be_smooth_goods_is_called_empty_only_after_a_minute() -> None:
    shelf = FilmedShelf(ShelfWatcher, shop_with_shelf(1))

    assert shelf.shows(SMOOTH, 59) == []
    assert {type(event) for event in shelf.shows(SMOOTH, 5)} == {ShelfCounted, ShelfEmpty}


def test_an_unchanged_facing_is_told_again_every_ten_minutes() -> None:
    shelf = FilmedShelf(ShelfWatcher, shop_with_shelf(1))

    shelf.shows(STOCKED, 1260)

    assert [event.time - NOON for event in shelf.events] == [0 * SECOND, 600.6 * SECOND, 1200.6 * SECOND]


def test_a_picture_that_stands_for_itself_says_the_state_at_once() -> None:
    shelf = FilmedShelf(ShelfWatcher, shop_with_shelf(1, 2, patience_s=0), still=True)

    told = shelf.shows({1: STOCKED, 2: BARE}, 0.2)

    assert [(type(event), getattr(event, "slot", None)) for event in told] == [
        (ShelfCounted, 1),
        (ShelfCounted, 2),
        (ShelfEmpty, 2),
    ]


def test_the_count_is_said_where_a_facing_holds_one_piece() -> None:
    shelf = FilmedShelf(ShelfWatcher, shop_with_shelf(1, capacity=1))
    shelf.shows(STOCKED, 3)

    shelf.shows(BARE, 3)

    assert [event.count for event in shelf.events if isinstance(event, ShelfCounted)] == [1, 0]


def test_a_small_box_far_away_hides_nothing() -> None:
    shelf = FilmedShelf(ShelfWatcher, shop_with_shelf(1))
    shelf.shows(STOCKED, 3)

    shelf.shows(BARE, 5, Box(x0=0.9, y0=0.0, x1=0.95, y1=0.1))

    assert states(shelf) == ["full", "empty"]
