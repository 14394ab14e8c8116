"""A zone is drawn anew, and last month's figures are made again from the samples that Kafka kept."""

import asyncio
import json
from collections.abc import Iterator
from pathlib import Path

import psycopg
import pytest
from aiokafka.admin import AIOKafkaAdminClient, RecordsToDelete
from aiokafka.structs import TopicPartition

from event_store.events.restatements import MetricRestated
from event_store.partitions import partition_of
from event_store.serialization import decode
from event_store.topics import Topics
from tests.builders.commands import CommandLine
from tests.builders.filmed_shops import film_shops
from tests.builders.own_services import own_database, own_topics
from tests.builders.whole_line import WholeLine, whole_line

pytestmark = [pytest.mark.kafka, pytest.mark.postgres]

RANGE = ("--from", "2026-03-02T12:00:00Z", "--to", "2026-03-02T13:00:00Z")


@pytest.fixture(scope="module")
def topics(kafka: str) -> Topics:
    return own_topics(kafka)


@pytest.fixture(scope="module")
def line(
    kafka: str, postgres: str, migrated_template: str, topics: Topics, tmp_path_factory: pytest.TempPathFactory
) -> Iterator[WholeLine]:
    """A shop whose film was watched and recorded: three people stood in its one zone."""
    folder = tmp_path_factory.mktemp("shop")
    (layout,) = film_shops(folder, 1)
    with (
        own_database(postgres, migrated_template) as database,
        whole_line(kafka, database, topics, folder) as line,
    ):
        line.projector()
        assert line.worker([layout]).wait(60) == 0, line.logs()
        line.wait_for(lambda facts: sum(b"ZoneExited" in each.value for each in facts) == 3, "everybody stays")
        yield line


@pytest.fixture
def shopfloor(
    line: WholeLine,
    kafka: str,
    topics: Topics,
    monkeypatch: pytest.MonkeyPatch,
    capfdbinary: pytest.CaptureFixture[bytes],
) -> CommandLine:
    command = CommandLine(monkeypatch, capfdbinary)
    command.set("SHOPFLOOR_KAFKA", kafka)
    command.set("SHOPFLOOR_DATABASE", line.database)
    command.set("SHOPFLOOR_TOPIC_PREFIX", topics.prefix)
    return command


@pytest.fixture
def layout(line: WholeLine) -> str:
    """The layout by which the shop was watched."""
    return (line.folder / "shop-1.toml").read_text()


def changed(folder: Path, text: str) -> Path:
    file = folder / "new.toml"
    file.write_text(text)
    return file


def restated(line: WholeLine) -> list[MetricRestated]:
    with psycopg.connect(line.database) as connection:
        query = "SELECT value FROM record.ledger WHERE type LIKE '%MetricRestated%' AND disposition = 'applied'"
        events = [decode(value).event for (value,) in connection.execute(f'{query} ORDER BY "offset"')]
    return [event for event in events if isinstance(event, MetricRestated)]


def test_by_the_same_layout_the_figures_are_those_that_were_recorded(
    shopfloor: CommandLine, line: WholeLine, layout: str, tmp_path: Path
) -> None:
    words = ["restate", "--layout", changed(tmp_path, layout), *RANGE, "--zone", "middle", "--json", "--dry-run"]
    assert shopfloor.run(*words) == 0, shopfloor.err

    (zone,) = map(json.loads, shopfloor.out.splitlines())
    with psycopg.connect(line.database) as connection:
        values = connection.execute("SELECT value FROM record.ledger WHERE type LIKE '%ZoneExited%'").fetchall()
    dwells = sorted(json.loads(value)["data"]["dwell_ms"] for (value,) in values)
    assert zone["old"] == zone["new"]
    assert (zone["new"]["people"], zone["new"]["stays"]) == (3, 3)
    assert zone["new"]["median_ms"] == pytest.approx(dwells[1], abs=500)
    assert restated(line) == []


def test_a_changed_zone_is_shown_beside_what_it_was_and_written_once(
    shopfloor: CommandLine, line: WholeLine, layout: str, tmp_path: Path
) -> None:
    file = changed(tmp_path, layout.replace("min_dwell_s = 1.0", "min_dwell_s = 30.0"))

    for _ in range(2):
        assert shopfloor.run("restate", "--layout", file, *RANGE) == 0, shopfloor.err
    line.wait_for(lambda facts: sum(b"MetricRestated" in each.value for each in facts) == 2, "both are recorded")

    headings, row = shopfloor.out.decode().splitlines()
    assert headings.split() == ["zone", "people", "stays", "median", "p90"]
    assert row.split()[:7] == ["middle", "3", "→", "0", "3", "→", "0"]
    (fact,) = restated(line)
    assert fact.old is not None
    assert fact.new is not None
    assert (fact.zone_id, fact.old.stays, fact.new.stays, fact.new.median_ms) == ("middle", 3, 0, None)
    assert len(fact.old_layouts) == 1
    assert fact.new_layout not in fact.old_layouts
    assert fact.samples.count <= fact.samples.end - fact.samples.start


def test_a_zone_drawn_elsewhere_has_other_figures(shopfloor: CommandLine, layout: str, tmp_path: Path) -> None:
    elsewhere = layout.replace("[[0.3, 0.45], [0.6, 0.45], [0.6, 0.75], [0.3, 0.75]]", "[[0, 0], [0.1, 0], [0.1, 0.1]]")

    assert shopfloor.run("restate", "--layout", changed(tmp_path, elsewhere), *RANGE, "--json", "--dry-run") == 0

    (zone,) = map(json.loads, shopfloor.out.splitlines())
    assert (zone["old"]["stays"], zone["new"]["stays"]) == (3, 0)


@pytest.mark.parametrize(
    ("change", "words", "refusal"),
    [
        (("", ""), [*RANGE], (2, "the layout changes no zone of the range")),
        (("", ""), [*RANGE, "--zone", "attic"], (2, "neither layout has a zone 'attic'; choose from middle")),
        (
            ('"entrance"', '"backdoor"'),
            [*RANGE],
            (2, "the layout has no camera 'entrance' and has a camera 'backdoor'"),
        ),
        (('"shop-1"', '"shop-9"'), [*RANGE], (1, "there are no samples of acme/shop-9")),
        (("", ""), ["--from", "2026-03-05T12:00:00Z", "--to", "2026-03-06T12:00:00Z"], (1, "there are no samples of")),
        (("", ""), ["--from", "2026-03-05T12:00:00Z", "--to", "2026-03-05T12:00:00Z"], (2, "it is not before --to")),
    ],
    ids=["nothing changed", "unknown zone", "other cameras", "other store", "no samples", "no range"],
)
def test_what_cannot_be_restated_says_why(
    shopfloor: CommandLine,
    layout: str,
    tmp_path: Path,
    change: tuple[str, str],
    words: list[str],
    refusal: tuple[int, str],
) -> None:
    status, expected = refusal
    said = shopfloor.run("restate", "--layout", changed(tmp_path, layout.replace(*change)), *words)

    assert said == status
    assert expected in " ".join(shopfloor.err.split())
    assert "Traceback" not in shopfloor.err


def test_samples_that_are_no_longer_kept_are_told_with_the_oldest_that_are(
    shopfloor: CommandLine, kafka: str, topics: Topics, layout: str, tmp_path: Path
) -> None:
    asyncio.run(_forget(kafka, TopicPartition(topics.samples, partition_of("acme/shop-1")), before=10))

    assert shopfloor.run("restate", "--layout", changed(tmp_path, layout), *RANGE, "--zone", "middle") == 1
    assert "samples of 2026-03-02T12:00:00.000Z are gone: they are kept from" in shopfloor.err
    assert "SHOPFLOOR_SAMPLES_DAYS" in shopfloor.err


async def _forget(kafka: str, place: TopicPartition, before: int) -> None:
    admin = AIOKafkaAdminClient(bootstrap_servers=kafka)
    await admin.start()
    try:
        await admin.delete_records({place: RecordsToDelete(before_offset=before)})
    finally:
        await admin.close()
