"""Whatever dies in the middle of a run with four stores, the answers are those of an undisturbed run."""

from collections.abc import Iterator
from pathlib import Path

import pytest

import migrations
from event_store.topics import Topics
from infra.local.services import Services
from tests.builders.filmed_shops import FILM_S, FPS, film_shops
from tests.builders.own_services import own_database, own_topics, services_folder
from tests.builders.whole_line import Fact, Rows, WholeLine, kill, whole_line

pytestmark = [pytest.mark.kafka, pytest.mark.postgres]

STORES = 4
PEOPLE = 3
HALF = int(FILM_S * FPS / 2)
"""The frame before which the recordings stand still until something has died."""
EARLY = 6 * STORES
"""Fewer facts than are recorded by then; a whole run has more than twice as many."""


@pytest.fixture(scope="module")
def layouts(tmp_path_factory: pytest.TempPathFactory) -> list[Path]:
    return film_shops(tmp_path_factory.mktemp("shops"), STORES)


@pytest.fixture(scope="module")
def undisturbed(
    kafka: str, postgres: str, migrated_template: str, layouts: list[Path], tmp_path_factory: pytest.TempPathFactory
) -> Iterator[tuple[int, Rows]]:
    """How many facts a run has that nothing disturbs, and its answers."""
    folder = tmp_path_factory.mktemp("undisturbed")
    with (
        own_database(postgres, migrated_template) as database,
        whole_line(kafka, database, own_topics(kafka), folder) as line,
    ):
        line.projector()
        assert line.worker(layouts).wait(60) == 0, line.logs()
        line.wait_for(_is_whole, "everybody leaves and the clocks end")
        yield len(line.facts()), line.rows()


@pytest.fixture
def line(kafka: str, database: str, topics: Topics, tmp_path: Path) -> Iterator[WholeLine]:
    with whole_line(kafka, database, topics, tmp_path) as line:
        yield line


def test_an_undisturbed_run_sees_everybody_come_and_go(undisturbed: tuple[int, Rows]) -> None:
    _, rows = undisturbed

    assert len(rows["visits"]) == STORES * PEOPLE
    assert all('"reason":"left"' in row and '"exit_door":"right"' in row for row in rows["visits"])
    assert len(rows["zones"]) == STORES * PEOPLE


def test_a_killed_worker_that_is_started_twice_loses_and_doubles_nothing(
    line: WholeLine, layouts: list[Path], undisturbed: tuple[int, Rows]
) -> None:
    line.projector()
    worker = line.worker(layouts, held_before=HALF)
    line.wait_for(lambda facts: len(facts) >= EARLY, "the run begins")
    kill(worker)
    seen = len(line.facts())
    for _ in ("it ends what was interrupted", "everything was told"):
        assert line.worker(layouts).wait(60) == 0, line.logs()

    assert seen < undisturbed[0]
    _assert_undisturbed(line, undisturbed)


def test_a_killed_projector_loses_and_doubles_nothing(
    line: WholeLine, layouts: list[Path], undisturbed: tuple[int, Rows]
) -> None:
    projector = line.projector()
    worker = line.worker(layouts, held_before=HALF)
    line.wait_for(lambda facts: len(facts) >= EARLY, "the run begins")
    kill(projector)
    line.projector()
    line.go_on()
    assert worker.wait(60) == 0, line.logs()

    _assert_undisturbed(line, undisturbed)


def test_of_two_projectors_one_may_be_killed(
    line: WholeLine, layouts: list[Path], undisturbed: tuple[int, Rows]
) -> None:
    first, _ = line.projector(), line.projector()
    worker = line.worker(layouts, held_before=HALF)
    line.wait_for(lambda facts: len(facts) >= EARLY, "the run begins")
    kill(first)
    line.go_on()
    assert worker.wait(60) == 0, line.logs()

    _assert_undisturbed(line, undisturbed)


def test_a_killed_kafka_that_stays_away_for_a_while_loses_nothing(
    layouts: list[Path], undisturbed: tuple[int, Rows], tmp_path: Path
) -> None:
    folder = tmp_path / "line"
    folder.mkdir()
    with (
        services_folder() as place,
        Services(place, prepare=migrations.upgrade, durable=False) as services,
        whole_line(services.kafka, services.database, Topics(), folder) as line,
    ):
        line.projector()
        worker = line.worker(layouts, held_before=HALF)
        line.wait_for(lambda facts: len(facts) >= EARLY, "the run begins")
        services.broker.kill()
        line.go_on()
        line.wait_until(lambda: _waits_for_kafka(line), "everything was watched, and waits in the spool")
        assert worker.poll() is None, "the worker waits too"
        assert services.revive() == ["Kafka"]
        assert worker.wait(60) == 0, line.logs()

        _assert_undisturbed(line, undisturbed)


def _assert_undisturbed(line: WholeLine, undisturbed: tuple[int, Rows]) -> None:
    count, rows = undisturbed
    line.wait_for(lambda facts: sum(fact.disposition == "applied" for fact in facts) >= count, "all facts arrive")
    facts = line.facts()
    applied = [fact for fact in facts if fact.disposition == "applied"]
    assert len({fact.event_id for fact in applied}) == len(applied) == count, "each fact is applied once"
    assert {fact.disposition for fact in facts} <= {"applied", "duplicate"}
    for source in {fact.source for fact in applied}:
        numbers = [fact.sequence for fact in applied if fact.source == source]
        assert numbers == list(range(1, len(numbers) + 1)), f"{source} has no hole"
    assert line.rows() == rows


def _is_whole(facts: list[Fact]) -> bool:
    left = sum(b"ShopperExited" in fact.value for fact in facts)
    minutes = sum(b"MinutePassed" in fact.value for fact in facts)
    return left == STORES * PEOPLE and minutes == STORES


def _waits_for_kafka(line: WholeLine) -> bool:
    """Return whether the worker has nothing left to watch, and Kafka has not got it all."""
    return any(
        status.spool.waiting_records > 0 and all(camera.state == "ended" for camera in status.cameras)
        for status in line.workers_status()
    )
