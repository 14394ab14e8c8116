from datetime import timedelta

import msgspec
import pytest

from event_store.events.visits import ShopperEntered, ShopperExited
from tests.builders.shop_floor import DOOR, STORE, layout
from tests.builders.two_cameras import AISLE, DOORSTEP, ENTRANCE, LEFT, MIDDLE, RIGHT, Shop
from vision_workers.frames import Clothing
from vision_workers.samples import Sample


@pytest.fixture
def shop() -> Shop:
    return Shop(layout(ENTRANCE, AISLE, DOOR, store=STORE))


def test_who_walks_from_one_camera_to_another_and_back_has_one_visit(shop: Shop) -> None:
    shop.walk(shop.entrance, "ann 1", DOORSTEP, RIGHT)
    shop.lose(shop.entrance, "ann 1", after_s=2)
    shop.walk(shop.aisle, "ann 2", LEFT, MIDDLE, seconds=20)
    visit = shop.aisle.watchers.visit_of("ann 2")
    shop.walk(shop.aisle, "ann 2", MIDDLE, LEFT)
    shop.lose(shop.aisle, "ann 2", after_s=2)
    shop.walk(shop.entrance, "ann 3", RIGHT, DOORSTEP)
    shop.lose(shop.entrance, "ann 3", after_s=2)
    shop.wait(70)

    (entered,), (exited,) = shop.of(ShopperEntered), shop.of(ShopperExited)
    assert isinstance(entered, ShopperEntered)
    assert isinstance(exited, ShopperExited)
    assert entered.visit_id == visit == exited.visit_id
    assert (exited.reason, exited.track_id) == ("left", "ann 3")


def test_two_cameras_that_see_the_same_floor_agree_on_one_person(shop: Shop) -> None:
    shop.walk(shop.entrance, "ann 1", DOORSTEP, RIGHT)
    for _ in range(20):
        shop.entrance.frame({"ann 1": (0.95, 0.5)})
        shop.aisle.frame({"ann 2": (0.03, 0.5)})

    assert shop.entrance.watchers.visit_of("ann 1") == shop.aisle.watchers.visit_of("ann 2") is not None


def test_nobody_takes_over_the_visit_of_who_cannot_have_walked_there(shop: Shop) -> None:
    shop.walk(shop.entrance, "ann", DOORSTEP, (0.1, 0.5))
    shop.walk(shop.aisle, "bob", (0.9, 0.5), (0.95, 0.5))

    assert shop.aisle.watchers.visit_of("bob") is None


def test_nobody_takes_over_the_visit_of_who_is_hidden_beside_them(shop: Shop) -> None:
    shop.walk(shop.entrance, "ann", DOORSTEP, MIDDLE)
    for _ in range(10):
        shop.entrance.frame({"ann": MIDDLE, "bob": (0.4, 0.5)})
    for _ in range(20):
        shop.entrance.frame({"bob": (0.4, 0.5)})
        assert shop.entrance.watchers.visit_of("bob") is None
    shop.entrance.frame({"bob": (0.4, 0.5)}, "ann")
    shop.entrance.walk("bob", (0.4, 0.5), seconds=2)
    assert shop.entrance.watchers.visit_of("bob") is None
    shop.entrance.frame({"ann again": MIDDLE, "bob": (0.4, 0.5)})

    assert shop.entrance.watchers.visit_of("ann again") is not None
    assert shop.entrance.watchers.visit_of("bob") is None


def test_nobody_takes_over_the_visit_of_who_is_hidden_beside_them_and_seen_by_another_camera(shop: Shop) -> None:
    shop.walk(shop.entrance, "ann 1", DOORSTEP, RIGHT)
    for _ in range(10):
        shop.entrance.frame({"ann 1": (0.97, 0.5)})
        shop.aisle.frame({"ann 2": (0.06, 0.5)})
    for _ in range(10):
        shop.entrance.frame({"ann 1": (0.97, 0.5)})
        shop.aisle.frame({"ann 2": (0.06, 0.5), "bob": (0.1, 0.5)})
    for _ in range(15):
        shop.entrance.frame({"ann 1": (0.97, 0.5)})
        shop.aisle.frame({"bob": (0.1, 0.5)})

    assert shop.aisle.watchers.visit_of("bob") is None


BLACK, RED = Clothing(12.0, 0.0, -2.0), Clothing(45.0, 40.0, 20.0)


def two_who_walk_out_of_sight(shop: Shop) -> tuple[str | None, str | None]:
    """Let two come in and walk to the edge of the entrance's picture, side by side; return their visits."""
    for floor in (shop.entrance, shop.aisle):
        floor.clothes |= {"ann": BLACK, "bob": RED}
    shop.walk(shop.entrance, "ann", DOORSTEP, (0.93, 0.5))
    for _ in range(30):
        shop.entrance.frame({"ann": (0.93, 0.5), "bob": DOORSTEP})
        shop.aisle.frame({})
    for step in range(30):
        shop.entrance.frame({"ann": (0.93, 0.5), "bob": (0.5 + 0.45 * step / 29, 0.9 - 0.25 * step / 29)})
        shop.aisle.frame({})
    visits = shop.entrance.watchers.visit_of("ann"), shop.entrance.watchers.visit_of("bob")
    for _ in range(20):
        shop.entrance.frame({})
        shop.aisle.frame({})
    shop.entrance.frame({}, "ann", "bob")
    shop.aisle.frame({})
    return visits


def test_of_two_who_may_have_come_the_one_in_the_same_clothes_goes_on(shop: Shop) -> None:
    ann, bob = two_who_walk_out_of_sight(shop)

    shop.walk(shop.aisle, "bob again", (0.05, 0.5), (0.3, 0.5))
    shop.walk(shop.aisle, "ann again", (0.05, 0.65), (0.3, 0.65))

    assert ann is not None
    assert bob is not None
    assert shop.aisle.watchers.visit_of("ann again") == ann
    assert shop.aisle.watchers.visit_of("bob again") == bob


def test_nobody_in_other_clothes_takes_over_a_visit(shop: Shop) -> None:
    shop.entrance.clothes["ann"], shop.aisle.clothes["cid"] = BLACK, RED
    shop.walk(shop.entrance, "ann", DOORSTEP, RIGHT)
    shop.lose(shop.entrance, "ann", after_s=2)

    shop.walk(shop.aisle, "cid", LEFT, MIDDLE)

    assert shop.aisle.watchers.visit_of("cid") is None


def test_the_colour_of_clothes_is_in_no_fact(shop: Shop) -> None:
    two_who_walk_out_of_sight(shop)
    shop.wait(70)

    assert len(shop.events) == 4
    assert all("cloth" not in str(msgspec.to_builtins(event)) for event in shop.events)
    assert not any("cloth" in name for name in Sample.__struct_fields__)


def test_who_is_seen_in_the_street_by_another_camera_takes_over_no_visit() -> None:
    measured = STORE.replace('time_zone = "Europe/Oslo"\n', 'time_zone = "Europe/Oslo"\nfloor = [16.0, 8.0]\n')
    entrance, aisle = (each.replace(".0, 0.0]]", ".0, -1.0]]") for each in (ENTRANCE, AISLE))
    shop = Shop(layout(entrance, aisle, DOOR.replace("0.9]", "0.85]"), store=measured))
    shop.walk(shop.entrance, "ann", (0.5, 0.97), (0.97, 0.7), (0.97, 0.7))
    assert shop.entrance.watchers.visit_of("ann") is not None

    for _ in range(30):
        shop.entrance.frame({"ann": (0.97, 0.78)})
        shop.aisle.frame({"bob": (0.02, 0.92)})

    assert shop.aisle.watchers.visit_of("bob") is None


def test_who_left_by_the_door_is_not_found_again(shop: Shop) -> None:
    shop.walk(shop.entrance, "ann", DOORSTEP, MIDDLE)
    shop.walk(shop.entrance, "ann", MIDDLE, (0.95, 0.95))
    shop.wait(1)
    shop.walk(shop.aisle, "bob", (0.05, 0.9), (0.05, 0.8), seconds=0.5)

    assert shop.aisle.watchers.visit_of("bob") is None


def test_whom_no_camera_finds_for_a_minute_is_lost_where_they_were_seen_last(shop: Shop) -> None:
    shop.walk(shop.entrance, "ann", DOORSTEP, RIGHT)
    last_seen = shop.entrance.now
    shop.lose(shop.entrance, "ann", after_s=2)
    shop.wait(50)
    assert shop.of(ShopperExited) == []
    shop.wait(20)

    (exited,) = shop.of(ShopperExited)
    assert isinstance(exited, ShopperExited)
    assert (exited.reason, exited.time) == ("lost", last_seen)
    shop.walk(shop.aisle, "bob", LEFT, MIDDLE)
    assert shop.aisle.watchers.visit_of("bob") is None


def test_every_visit_ends_once_when_all_cameras_end(shop: Shop) -> None:
    shop.walk(shop.entrance, "ann 1", DOORSTEP, RIGHT)
    for _ in range(20):
        shop.entrance.frame({"ann 1": (0.95, 0.5)})
        shop.aisle.frame({"ann 2": (0.03, 0.5)})
    shop.entrance.finish("source_end")
    shop.aisle.finish("source_end")

    assert len(shop.of(ShopperExited)) == 1


def test_a_day_that_ends_ends_a_visit_of_two_cameras_once() -> None:
    store = layout(ENTRANCE, AISLE, DOOR, store=STORE)
    shop = Shop(store)
    shop.walk(shop.entrance, "ann 1", DOORSTEP, RIGHT)
    shop.lose(shop.entrance, "ann 1", after_s=2)
    shop.walk(shop.aisle, "ann 2", LEFT, MIDDLE, seconds=2)
    tomorrow = timedelta(hours=12)
    for floor in (shop.entrance, shop.aisle):
        floor._start += tomorrow
    shop.wait(1)

    assert [event.reason for event in shop.of(ShopperExited) if isinstance(event, ShopperExited)] == ["day_end"]
