"""Stays made again from samples: as they were by the same layout, as the simulator's truth says by another one."""

from collections.abc import Iterator, Mapping, Sequence
from datetime import datetime, timedelta

import msgspec
import pytest

from event_store.events.event import Event
from event_store.events.zones import ZoneExited
from event_store.layout.geometry import contains
from event_store.layout.model import Layout, Zone
from event_store.restating.stays import RestatedStay
from tests.builders.shop_floor import DOOR, STORE, FilmedFloor, Spot, layout
from tests.builders.stories import Watched, watched_story
from tests.builders.two_cameras import AISLE, DOORSTEP, ENTRANCE, LEFT, RIGHT, Shop
from vision_workers.cameras.moments import EPOCH
from vision_workers.restating import restate_stays
from vision_workers.samples import Sample, Sampler, encode_sample
from vision_workers.simulator.truth import CameraTruth
from vision_workers.watchers.zones import ZoneStay

HALF_A_SECOND = timedelta(seconds=0.5)
WALK = [(0.5, 0.9), (0.5, 0.5), (0.5, 0.1)]
DAIRY = Zone(
    id="dairy",
    name="Dairy",
    camera="entrance",
    polygon=[(0.0, 0.3), (1.0, 0.3), (1.0, 0.7), (0.0, 0.7)],
    min_dwell_s=1.0,
)


AT_THE_EDGE = """
[[zone]]
id = "dairy"
name = "Dairy"
camera = "entrance"
polygon = [[0.6, 0.3], [1.0, 0.3], [1.0, 0.7], [0.6, 0.7]]
min_dwell_s = 0.5
debounce_s = 0.3
"""


class Sampled:
    """Samples whom a camera films, from now on."""

    def __init__(self, store: Layout, floor: FilmedFloor) -> None:
        self.samples: list[bytes] = []
        self._sampler, self._floor, self._frame = Sampler(store, "entrance", "ab" * 32), floor, floor.frame
        floor.frame = self._film  # type: ignore[method-assign]

    def _film(self, spots: Mapping[str, Spot], *lost: str) -> list[Event]:
        facts = self._frame(spots, *lost)
        seen = [self._floor._tracks[name] for name in spots]
        self.samples += map(encode_sample, self._sampler.sample(self._floor.now, seen, self._floor.watchers))
        return facts


@pytest.fixture(scope="module")
def story(tmp_path_factory: pytest.TempPathFactory) -> Watched:
    """Five people queue, closely enough to hide one another."""
    return watched_story("queue-at-the-till", tmp_path_factory.mktemp("story"))


def test_by_the_same_layout_every_stay_lies_within_half_a_second_of_the_one_that_was_recorded(story: Watched) -> None:
    recorded = [fact for fact in story.facts if isinstance(fact, ZoneExited)]

    again = restate_stays(story.layout, story.samples)

    assert len(again) == len(recorded) > 0
    for fact in recorded:
        stay = _nearest(again, fact)
        assert abs(stay.entered_at - fact.entered_at) <= HALF_A_SECOND
        assert abs(stay.exited_at - fact.time) <= HALF_A_SECOND


def test_by_a_longer_minimum_dwell_fewer_stays_count(story: Watched) -> None:
    layout = _with_zones(story.layout, lambda zone: msgspec.structs.replace(zone, min_dwell_s=6.0))
    longer = [fact for fact in story.facts if isinstance(fact, ZoneExited) and fact.dwell_ms >= 6_500]
    doubtful = [fact for fact in story.facts if isinstance(fact, ZoneExited) and 5_500 <= fact.dwell_ms < 6_500]

    again = restate_stays(layout, story.samples)

    assert len(longer) <= len(again) <= len(longer) + len(doubtful)
    assert all(stay.exited_at - stay.entered_at >= timedelta(seconds=6) for stay in again)


def test_by_another_polygon_the_stays_are_those_of_the_truth(story: Watched) -> None:
    layout = _with_zones(story.layout, _moved)

    again = restate_stays(layout, story.samples)

    for zone in layout.zone:
        true = [stay for camera in story.cameras if camera.camera_id == zone.camera for stay in _true(zone, camera)]
        made = [stay for stay in again if stay.zone_id == zone.id]
        assert abs(len(made) - len(true)) <= 1, (zone.id, made, true)


def _moved(zone: Zone) -> Zone:
    """Let a zone begin at the same corner and be a third larger each way."""
    assert zone.polygon is not None
    x0, y0 = zone.polygon[0]
    larger = [(x0 + (x - x0) * 4 / 3, y0 + (y - y0) * 4 / 3) for x, y in zone.polygon]
    return msgspec.structs.replace(zone, polygon=larger)


def test_a_stay_ends_at_the_stores_midnight_and_another_one_begins() -> None:
    layout = _one_zone()
    begun = datetime.fromisoformat("2026-03-02T14:59:50Z")
    samples = [_sample(begun + timedelta(seconds=at / 2), "t1", (0.5, 0.5)) for at in range(40)]

    first, second = restate_stays(layout, samples)

    assert first.exited_at < datetime.fromisoformat("2026-03-02T15:00:00Z") <= second.entered_at


def test_who_was_hidden_for_a_while_goes_on_with_the_same_stay() -> None:
    begun = datetime.fromisoformat("2026-03-02T09:00:00Z")
    stay = ZoneStay(zone_id="dairy", entered_at=begun)
    before = [_sample(begun + timedelta(seconds=at / 2), "t1", (0.5, 0.5), stay) for at in range(6)]
    after = [_sample(begun + timedelta(seconds=5 + at / 2), "t2", (0.5, 0.5), stay) for at in range(6)]
    beside = [_sample(begun + timedelta(seconds=at / 2), "t3", (0.4, 0.5)) for at in range(6)]

    again = restate_stays(_one_zone(), [*before, *after, *beside])

    assert [(each.person, (each.exited_at - each.entered_at).total_seconds()) for each in again] == [
        ("t3", 2.5),
        ("t1", 7.5),
    ]


def test_a_visit_that_was_known_late_is_the_visit_from_the_first_sample() -> None:
    begun = datetime.fromisoformat("2026-03-02T09:00:00Z")
    samples = [
        _sample(begun + timedelta(seconds=at / 2), "t1", (0.5, 0.5), visit=None if at < 3 else "v1") for at in range(6)
    ]

    (stay,) = restate_stays(_one_zone(), samples)

    assert (stay.person, stay.entered_at) == ("v1", begun)


@pytest.mark.parametrize("away_s", [2, 20])
def test_who_went_to_another_camera_and_came_back_has_the_two_stays_that_were_recorded(away_s: float) -> None:
    store = layout(ENTRANCE, AISLE, DOOR, AT_THE_EDGE, store=STORE)
    shop = Shop(store)
    sampled = Sampled(store, shop.entrance)
    shop.walk(shop.entrance, "ann 1", DOORSTEP, RIGHT)
    shop.lose(shop.entrance, "ann 1", after_s=2)
    shop.walk(shop.aisle, "ann 2", LEFT, (0.1, 0.5), seconds=away_s)
    shop.lose(shop.aisle, "ann 2", after_s=2)
    shop.walk(shop.entrance, "ann 3", RIGHT, DOORSTEP)
    shop.wait(1)
    recorded = [fact for fact in shop.entrance.events if isinstance(fact, ZoneExited)]

    again = restate_stays(store, sampled.samples)

    assert [stay.person for stay in again] == [fact.visit_id for fact in recorded]
    assert len(recorded) == 2
    for stay, fact in zip(again, recorded, strict=True):
        assert abs(stay.entered_at - fact.entered_at) <= HALF_A_SECOND
        assert abs(stay.exited_at - fact.time) <= HALF_A_SECOND


def test_a_visit_that_ends_elsewhere_ends_no_stay() -> None:
    begun = datetime.fromisoformat("2026-03-02T09:00:00Z")
    stay = ZoneStay(zone_id="dairy", entered_at=begun)
    samples = [
        _sample(begun + timedelta(seconds=at / 2), "t1", (0.5, 0.5), stay, visit="v1" if at < 6 else None)
        for at in range(12)
    ]

    (again,) = restate_stays(_one_zone(), samples)

    assert (again.person, again.exited_at - again.entered_at) == ("v1", timedelta(seconds=5.5))


def test_passing_through_between_two_samples_is_found_on_the_straight_way() -> None:
    begun = datetime.fromisoformat("2026-03-02T09:00:00Z")
    zone = msgspec.structs.replace(DAIRY, min_dwell_s=0.2, debounce_s=0.0)
    samples = [_sample(begun + timedelta(seconds=at / 2), "t1", foot) for at, foot in enumerate(WALK)]

    (stay,) = restate_stays(_one_zone(zone), samples)

    assert stay.exited_at - stay.entered_at == timedelta(seconds=0.4)


def _one_zone(zone: Zone = DAIRY) -> Layout:
    document = {
        "store": {"organisation": "acme", "id": "ginza-3", "name": "Ginza", "time_zone": "Asia/Tokyo"},
        "camera": [{"id": "entrance", "source": "0"}],
    }
    return msgspec.structs.replace(msgspec.convert(document, Layout), zone=[zone])


def _sample(at: datetime, track: str, foot: tuple[float, float], *zones: ZoneStay, visit: str | None = None) -> bytes:
    return encode_sample(
        Sample(
            organisation="acme",
            store="ginza-3",
            camera_id="entrance",
            time=at,
            track_id=track,
            visit_id=visit,
            foot=foot,
            floor=None,
            zones=zones,
            layout_digest="ab" * 32,
        )
    )


def _nearest(stays: Sequence[RestatedStay], fact: ZoneExited) -> RestatedStay:
    same = [stay for stay in stays if stay.zone_id == fact.zone_id]
    return min(same, key=lambda stay: abs(stay.entered_at - fact.entered_at) + abs(stay.exited_at - fact.time))


def _with_zones(layout: Layout, change: object) -> Layout:
    return msgspec.structs.replace(layout, zone=[change(zone) for zone in layout.zone])  # type: ignore[operator]


def _true(zone: Zone, camera: CameraTruth) -> Iterator[tuple[datetime, datetime]]:
    """Yield the stays of those in the picture, by where they really stood, broken by half a second outside."""
    assert zone.polygon is not None
    inside: dict[int, list[float]] = {}
    for frame in camera.frames:
        for person in frame.people:
            if contains(zone.polygon, person.foot):
                inside.setdefault(person.number, []).append(frame.time_s)
    for times in inside.values():
        begun = before = times[0]
        for now in [*times[1:], float("inf")]:
            if now - before > zone.debounce_s + 0.01:
                if before - begun >= zone.min_dwell_s:
                    yield EPOCH + timedelta(seconds=begun), EPOCH + timedelta(seconds=before)
                begun = now
            before = now
