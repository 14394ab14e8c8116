from datetime import timedelta
from pathlib import Path

import msgspec
import pytest

from event_store.events.visits import ShopperExited
from infra.accuracy.fused import Watched, watch
from infra.accuracy.identity import judge, visits_of
from infra.accuracy.shops import Day, Shop, play

LONE = Shop(store="corner", cameras=2, people=2, places=("dairy", "bakery", "drinks"))


@pytest.fixture(scope="module")
def day(tmp_path_factory: pytest.TempPathFactory) -> Day:
    return play(LONE, 5, tmp_path_factory.mktemp("day"))


@pytest.fixture(scope="module")
def watched(day: Day) -> Watched:
    return watch(day, 5)


def test_each_of_two_who_shop_has_one_whole_visit_of_the_right_length(day: Day, watched: Watched) -> None:
    judged = judge(watched, day.truth)

    assert (judged.people, judged.visits, judged.whole) == (2, 2, 2)
    assert abs(judged.length_s - judged.true_length_s) < 2
    assert judged.idf1 > 0.9


def test_a_visit_that_shows_two_people_is_not_whole(day: Day, watched: Watched) -> None:
    first, second = (each.visit_id for each in visits_of(watched))
    joined = [
        msgspec.structs.replace(
            sight,
            seen=[
                msgspec.structs.replace(each, visit_id=first) if each.visit_id == second else each
                for each in sight.seen
            ],
        )
        for sight in watched.sights
    ]

    judged = judge(msgspec.structs.replace(watched, sights=joined), day.truth)

    assert judged.whole == 0
    assert judged.idf1 < judge(watched, day.truth).idf1 - 0.1


def test_a_visit_that_ends_when_patience_runs_out_is_not_whole(day: Day, watched: Watched) -> None:
    late = [
        msgspec.structs.replace(fact, stepped_out_at=fact.time + timedelta(seconds=6))
        if isinstance(fact, ShopperExited)
        else fact
        for fact in watched.facts
    ]

    assert judge(msgspec.structs.replace(watched, facts=late), day.truth).whole == 0


def test_equal_seeds_give_equal_days(day: Day, tmp_path: Path) -> None:
    assert play(LONE, 5, tmp_path).truth == day.truth
