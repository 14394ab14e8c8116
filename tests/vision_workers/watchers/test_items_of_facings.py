from datetime import timedelta

import pytest

from event_store.events.event import Box
from event_store.events.items import ItemFact, ItemPicked, ItemReturned
from tests.builders.shelf import BARE, ELSEWHERE, IN_FRONT, NOTHING_STEADY, STOCKED, FilmedShelf, shop_with_shelf
from vision_workers.watchers.shelves import ShelfWatcher

SECOND = timedelta(seconds=1)
AT_THE_SECOND = Box(x0=0.36, y0=0.1, x1=0.44, y1=0.9)
BESIDE = Box(x0=0.22, y0=0.1, x1=0.3, y1=0.9)


def moved(shelf: FilmedShelf) -> list[ItemFact]:
    return [event for event in shelf.events if isinstance(event, ItemFact)]


def test_what_somebody_takes_is_picked_by_their_track_when_it_was_first_gone() -> None:
    shelf = FilmedShelf(ShelfWatcher, shop_with_shelf(1, 4))
    shelf.shows(STOCKED, 3)
    shelf.shows(STOCKED, 1, IN_FRONT)
    gone_at = shelf.now

    shelf.shows({1: NOTHING_STEADY, 4: STOCKED}, 1, IN_FRONT)
    shelf.shows({1: BARE, 4: STOCKED}, 3)

    (picked,) = moved(shelf)
    assert isinstance(picked, ItemPicked)
    assert (picked.time, picked.slot, picked.sku, picked.count) == (gone_at, 1, "sku-1", 0)
    assert (picked.track_id, picked.visit_id, picked.subject) == ("track-0", None, "track/track-0")


def test_what_comes_back_is_returned_and_then_nothing_is_missing() -> None:
    shelf = FilmedShelf(ShelfWatcher, shop_with_shelf(1))
    shelf.shows(STOCKED, 3)
    shelf.shows(BARE, 5, IN_FRONT)
    shelf.shows(BARE, 3)
    shelf.shows(STOCKED, 2, IN_FRONT)
    shelf.shows(STOCKED, 3)

    picked, returned = moved(shelf)
    assert isinstance(picked, ItemPicked)
    assert isinstance(returned, ItemReturned)
    assert (returned.slot, returned.misplaced, returned.count, returned.track_id) == (1, False, 1, "track-0")
    shelf.shows((5, 0.3), 10)
    assert len(moved(shelf)) == 2


def test_what_comes_to_another_facing_is_misplaced_and_keeps_its_sku() -> None:
    shelf = FilmedShelf(ShelfWatcher, shop_with_shelf(1, 2))
    shelf.shows({1: STOCKED, 2: BARE}, 3)
    shelf.shows({1: BARE, 2: BARE}, 2, IN_FRONT)
    shelf.shows({1: BARE, 2: BARE}, 3)

    shelf.shows({1: BARE, 2: STOCKED}, 2, AT_THE_SECOND)
    shelf.shows({1: BARE, 2: STOCKED}, 3)

    _, returned = moved(shelf)
    assert isinstance(returned, ItemReturned)
    assert (returned.slot, returned.sku, returned.misplaced) == (2, "sku-1", True)


def test_filling_an_empty_facing_is_no_return_where_nothing_was_taken() -> None:
    shelf = FilmedShelf(ShelfWatcher, shop_with_shelf(1))
    shelf.shows(BARE, 5)

    shelf.shows(STOCKED, 2, IN_FRONT)
    shelf.shows(STOCKED, 3)

    assert moved(shelf) == []


def test_filling_a_facing_long_after_something_was_taken_is_no_return() -> None:
    shelf = FilmedShelf(ShelfWatcher, shop_with_shelf(1))
    shelf.shows(STOCKED, 3)
    shelf.shows(BARE, 660)

    shelf.shows(STOCKED, 3)

    assert [type(item) for item in moved(shelf)] == [ItemPicked]


@pytest.mark.parametrize(
    ("visits", "movements"),
    [
        ({"track-0": "anna", "track-1": "ben"}, [ItemPicked]),
        ({"track-0": "anna", "track-1": "anna"}, [ItemPicked, ItemReturned]),
        ({"track-0": "anna"}, [ItemPicked, ItemReturned]),
        ({"track-1": "ben"}, [ItemPicked, ItemReturned]),
    ],
    ids=["another visit", "the same visit", "who brought it is unknown", "who took it is unknown"],
)
def test_who_is_known_to_be_somebody_else_fills_up_and_returns_nothing(
    visits: dict[str, str], movements: list[type[ItemFact]]
) -> None:
    shelf = FilmedShelf(ShelfWatcher, shop_with_shelf(1), visits=visits)
    shelf.shows(STOCKED, 3)
    shelf.shows(BARE, 2, IN_FRONT)
    shelf.shows(BARE, 3)

    shelf.shows(STOCKED, 2, ELSEWHERE, IN_FRONT)
    shelf.shows(STOCKED, 3)

    assert [type(event) for event in moved(shelf)] == movements


def test_with_two_people_at_the_facing_nobody_is_named() -> None:
    shelf = FilmedShelf(ShelfWatcher, shop_with_shelf(1))
    shelf.shows(STOCKED, 3)

    shelf.shows(NOTHING_STEADY, 1, IN_FRONT, BESIDE)
    shelf.shows(BARE, 5)

    (picked,) = moved(shelf)
    assert (picked.track_id, picked.visit_id, picked.subject) == (None, None, "facing/A1/1")


def test_who_stands_beside_is_not_named_where_somebody_is_at_the_facing() -> None:
    shelf = FilmedShelf(ShelfWatcher, shop_with_shelf(1))
    shelf.shows(STOCKED, 3)

    shelf.shows(NOTHING_STEADY, 1, ELSEWHERE, IN_FRONT)
    shelf.shows(BARE, 5)

    assert [item.track_id for item in moved(shelf)] == ["track-1"]


def test_a_passing_hand_and_somebody_who_walks_by_take_nothing() -> None:
    shelf = FilmedShelf(ShelfWatcher, shop_with_shelf(1))
    shelf.shows(STOCKED, 3)

    for look in (NOTHING_STEADY, (7, 0.01), (8, 0.3)):
        shelf.shows(look, 1.2)
        shelf.shows(STOCKED, 3)
        shelf.shows(look, 10, IN_FRONT)
        shelf.shows(STOCKED, 3)

    assert moved(shelf) == []


def test_a_hand_without_a_person_takes_with_less_confidence() -> None:
    def confidence(*people: Box) -> float:
        shelf = FilmedShelf(ShelfWatcher, shop_with_shelf(1))
        shelf.shows(STOCKED, 3)
        shelf.shows(NOTHING_STEADY, 1, *people)
        shelf.shows(BARE, 5)
        (picked,) = moved(shelf)
        return picked.confidence

    assert confidence() < confidence(IN_FRONT)


def test_a_pushed_camera_takes_nothing_from_any_facing() -> None:
    shelf = FilmedShelf(ShelfWatcher, shop_with_shelf(1, 2, 3, 4))
    shelf.shows(STOCKED, 3)

    shelf.shows(BARE, 5)

    assert moved(shelf) == []
