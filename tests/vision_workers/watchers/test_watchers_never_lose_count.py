"""What must hold for whatever people do in front of the camera."""

from collections import Counter
from itertools import pairwise

import msgspec
from hypothesis import given, settings
from hypothesis import strategies as st

from event_store.events.event import ShopperFact
from event_store.events.lines import LineCrossed
from event_store.events.visits import ShopperEntered, ShopperExited
from event_store.events.zones import ZoneEntered, ZoneExited
from tests.builders.shop_floor import DOOR, LINE, ZONE, FilmedFloor, Spot, layout

STORE = layout(DOOR, LINE.replace("[0.2, 0.5]", "[0.0, 0.5]").replace("[0.8, 0.5]", "[1.0, 0.5]"), ZONE)
NAMES = ("ann", "bob", "eve")

PLACES = ((0.5, 0.95), (0.5, 0.45), (0.5, 0.75), (0.45, 0.4))
"""In the door, in the zone, between them, and in the zone beyond the line."""

spots = st.one_of(st.sampled_from(PLACES), st.tuples(st.floats(0.05, 0.95), st.floats(0.05, 1.0)))
steps = st.one_of(
    st.tuples(st.just("walk"), st.dictionaries(st.sampled_from(NAMES), st.tuples(spots, spots), min_size=1)),
    st.tuples(st.just("wait"), st.floats(0.1, 8.0)),
    st.tuples(st.just("lose"), st.sampled_from(NAMES)),
)
stories = st.lists(steps, min_size=1, max_size=12)


def filmed(story: list[tuple[str, object]]) -> FilmedFloor:
    floor = FilmedFloor(STORE, fps=5)
    generation: Counter[str] = Counter()
    known: set[str] = set()
    for kind, what in story:
        match kind, what:
            case "walk", dict() as paths:
                named: dict[str, tuple[Spot, ...]] = {f"{name} {generation[name]}": p for name, p in paths.items()}
                known |= set(named)
                floor.walk_all(named, seconds=3)
            case "wait", float() as seconds:
                floor.wait(seconds)
            case _, str() as name if f"{name} {generation[name]}" in known:
                floor.lose(f"{name} {generation[name]}", after_s=0.4)
                known.discard(f"{name} {generation[name]}")
                generation[name] += 1
    floor.finish("source_end")
    return floor


@given(stories)
def test_every_zone_entered_has_its_zone_exited(story: list[tuple[str, object]]) -> None:
    facts = filmed(story).events

    entered = [fact for fact in facts if isinstance(fact, ZoneEntered)]
    exited = [fact for fact in facts if isinstance(fact, ZoneExited)]
    begun = Counter((fact.zone_id, fact.time, fact.track_id, fact.visit_id) for fact in entered)
    assert begun == Counter((fact.zone_id, fact.entered_at, fact.track_id, fact.visit_id) for fact in exited)


@given(stories)
def test_every_visit_is_opened_once_and_ended_once(story: list[tuple[str, object]]) -> None:
    facts = filmed(story).events

    opened = [fact.visit_id for fact in facts if isinstance(fact, ShopperEntered)]
    ended = [fact.visit_id for fact in facts if isinstance(fact, ShopperExited) and fact.visit_id is not None]
    assert len(set(opened)) == len(opened)
    assert sorted(map(str, opened)) == sorted(map(str, ended))


@given(stories)
def test_nobody_crosses_a_line_twice_in_the_same_direction_without_coming_back(
    story: list[tuple[str, object]],
) -> None:
    floor = filmed(story)

    directions: dict[str, list[str]] = {}
    for fact in floor.events:
        if isinstance(fact, LineCrossed):
            directions.setdefault(fact.track_id, []).append(fact.direction)
    for crossed in directions.values():
        assert all(one != other for one, other in pairwise(crossed))


@given(stories)
def test_a_stay_lasts_for_the_minimum_dwell_and_ends_after_it_began(story: list[tuple[str, object]]) -> None:
    for fact in filmed(story).events:
        if isinstance(fact, ZoneExited):
            assert fact.dwell_ms >= 2000
            assert fact.time > fact.entered_at


@given(stories)
@settings(max_examples=30)
def test_the_same_film_gives_the_same_facts(story: list[tuple[str, object]]) -> None:
    assert filmed(story).events == filmed(story).events


@given(stories)
def test_every_fact_can_be_traced_to_a_frame_and_carries_no_more_than_twenty(story: list[tuple[str, object]]) -> None:
    for fact in filmed(story).events:
        assert isinstance(fact, ShopperFact)
        assert fact.time <= fact.evidence.frame_time
        assert fact.evidence.input_digest == f"{fact.evidence.frame:064x}"
        assert len(fact.evidence.frames) <= 20
        assert msgspec.json.decode(msgspec.json.encode(fact))["track_id"] == fact.track_id
