from datetime import timedelta

from event_store.events.visits import ShopperExited
from event_store.events.zones import ZoneEntered, ZoneExited
from tests.builders.shop_floor import DOOR, NOON, STORE, ZONE, FilmedFloor, layout

OUTSIDE, INSIDE = (0.5, 0.85), (0.5, 0.45)
SECOND = timedelta(seconds=1)


def test_a_stay_is_a_fact_once_it_has_lasted_and_is_dated_to_the_step_in() -> None:
    floor = FilmedFloor(layout(ZONE))
    floor.frame({"ann": OUTSIDE})

    assert floor.walk("ann", INSIDE, seconds=2) == []
    (entered,) = floor.walk("ann", INSIDE, seconds=0.2)
    assert isinstance(entered, ZoneEntered)
    assert (entered.zone_id, entered.zone_name, entered.time) == ("dairy", "Dairy", NOON + 0.1 * SECOND)


def test_passing_by_is_no_stay() -> None:
    floor = FilmedFloor(layout(ZONE))

    floor.walk("ann", OUTSIDE, INSIDE, (0.5, 0.1), seconds=3)
    floor.finish("source_end")

    assert floor.events == []


def test_stepping_out_ends_the_stay_at_the_last_moment_inside() -> None:
    floor = FilmedFloor(layout(ZONE))
    floor.walk("ann", INSIDE, seconds=3)
    last_inside = floor.now

    floor.walk("ann", OUTSIDE, seconds=1)

    entered, exited = floor.events
    assert isinstance(entered, ZoneEntered)
    assert isinstance(exited, ZoneExited)
    assert (exited.reason, exited.time, exited.entered_at) == ("left", last_inside, NOON)
    assert exited.dwell_ms == 2900


def test_leaning_out_for_a_moment_does_not_end_a_stay() -> None:
    floor = FilmedFloor(layout(ZONE))
    floor.walk("ann", INSIDE, seconds=3)

    floor.walk("ann", OUTSIDE, seconds=0.4)
    floor.walk("ann", INSIDE, seconds=3)

    assert [type(event) for event in floor.events] == [ZoneEntered]


def test_flickering_in_for_a_moment_begins_nothing() -> None:
    floor = FilmedFloor(layout(ZONE))

    for _ in range(20):
        floor.walk("ann", INSIDE, seconds=0.3)
        floor.walk("ann", OUTSIDE, seconds=0.1)

    assert floor.events == []
    assert floor.watchers.zones_of("ann") == ()


def test_who_is_hidden_for_a_while_stays_on() -> None:
    floor = FilmedFloor(layout(ZONE))
    floor.walk("ann", INSIDE, seconds=3)
    floor.lose("ann")

    floor.walk("ann again", (0.52, 0.45), seconds=3)
    floor.walk("ann again", OUTSIDE, seconds=1)

    entered, exited = floor.events
    assert isinstance(entered, ZoneEntered)
    assert isinstance(exited, ZoneExited)
    assert (exited.entered_at, exited.dwell_ms) == (NOON, 8_000)


def test_who_is_never_found_again_was_lost_when_last_seen() -> None:
    floor = FilmedFloor(layout(ZONE))
    floor.walk("ann", INSIDE, seconds=3)
    last_inside = floor.now
    floor.lose("ann")

    (exited,) = floor.wait(6)

    assert isinstance(exited, ZoneExited)
    assert (exited.reason, exited.time) == ("lost", last_inside)


def test_the_end_of_the_film_ends_the_stay() -> None:
    floor = FilmedFloor(layout(ZONE))
    floor.walk("ann", INSIDE, seconds=3)

    (exited,) = floor.finish("source_end")

    assert isinstance(exited, ZoneExited)
    assert exited.reason == "source_end"


def test_the_end_of_the_day_ends_the_stay_and_the_next_day_begins_its_own() -> None:
    floor = FilmedFloor(layout(ZONE), start=NOON.replace(hour=22, minute=59, second=55))

    floor.walk("ann", INSIDE, seconds=10)
    floor.finish("source_end")

    assert [(event.time.second, getattr(event, "reason", None)) for event in floor.events] == [
        (55, None),
        (59, "day_end"),
        (0, None),
        (4, "source_end"),
    ]


def test_a_stay_names_the_visit_and_ends_before_it() -> None:
    floor = FilmedFloor(layout(DOOR, ZONE))
    floor.walk("ann", (0.5, 0.95), INSIDE, seconds=2)
    floor.walk("ann", INSIDE, seconds=3)
    floor.finish("source_end")

    visit = floor.events[0].visit_id  # type: ignore[attr-defined]
    assert visit is not None
    assert [event.visit_id for event in floor.events] == [visit] * 4  # type: ignore[attr-defined]
    assert isinstance(floor.events[-1], ShopperExited)


def test_samples_learn_the_zones_of_a_track_and_since_when() -> None:
    floor = FilmedFloor(layout(ZONE))
    floor.walk("ann", INSIDE, seconds=1)

    (stay,) = floor.watchers.zones_of("ann")

    assert (stay.zone_id, stay.entered_at) == ("dairy", NOON)


FLOOR_STORE = (
    STORE
    + """
floor_points = [[[0.1, 0.9], [0.0, 0.0]], [[0.9, 0.9], [4.0, 0.0]], [[0.7, 0.3], [4.0, 6.0]], [[0.3, 0.3], [0.0, 6.0]]]
"""
)
FLOOR_ZONE = """
[[zone]]
id = "back"
name = "Back of the shop"
floor_polygon = [[0.0, 3.0], [4.0, 3.0], [4.0, 6.0], [0.0, 6.0]]
"""


def test_a_zone_on_the_floor_is_seen_through_the_cameras_calibration() -> None:
    floor = FilmedFloor(layout(FLOOR_ZONE, store=FLOOR_STORE))

    floor.walk("ann", (0.5, 0.8), seconds=3)
    assert floor.events == []
    floor.walk("ann", (0.5, 0.4), seconds=3)

    assert [event.zone_id for event in floor.events if isinstance(event, ZoneEntered)] == ["back"]


SECOND_CAMERA = STORE + '\n[[camera]]\nid = "till"\nsource = "till.mp4"\n'
TWO_VIEWS = (
    ZONE
    + """
[[zone.view]]
camera = "till"
polygon = [[0.0, 0.0], [0.2, 0.0], [0.2, 1.0], [0.0, 1.0]]
"""
)


def test_each_camera_sees_a_zone_by_its_own_view() -> None:
    shop = layout(TWO_VIEWS, store=SECOND_CAMERA)
    till, entrance = FilmedFloor(shop, camera="till"), FilmedFloor(shop)
    till.walk("ann", (0.1, 0.5), seconds=3)
    entrance.walk("ann", (0.1, 0.5), seconds=3)

    assert [type(event) for event in till.events] == [ZoneEntered]
    assert entrance.events == []
