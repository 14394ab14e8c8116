"""A real film through the whole line: what GraphQL answers is what happened, and what `shopfloor try` says."""

import json
from collections.abc import Iterator
from datetime import datetime
from pathlib import Path
from typing import Any

import pytest

from event_store.topics import Topics
from tests.builders.serving import running_api
from tests.builders.trials import LAYOUTS, try_clip
from tests.builders.whole_line import WholeLine, renamed, whole_line
from vision_workers.models import Models
from vision_workers.models.pull import pull

pytestmark = [pytest.mark.real_data, pytest.mark.slow, pytest.mark.kafka, pytest.mark.postgres]

MODEL = "person-vehicle-bike-detection-2001"
FILM = "one-by-one-person-detection.mp4"
EPOCH = "1970-01-01T00:00:00Z"
VISITS = """{ store(id: "default/corridor") { visits { nodes {
    enteredAt entryDoor { key } exitedAt exitDoor { key } reason
} } } }"""


@pytest.fixture
def line(shared_data: Path, kafka: str, database: str, topics: Topics, tmp_path: Path) -> Iterator[WholeLine]:
    pull(Models(tmp_path / "models"), MODEL, shared_data / "models")
    with whole_line(kafka, database, topics, tmp_path) as running:
        yield running


@pytest.fixture
def layout(shared_data: Path, tmp_path: Path) -> Path:
    text = (LAYOUTS / "one_by_one.toml").read_text()
    path = tmp_path / "corridor.toml"
    path.write_text(text.replace(f'"{FILM}"', f'"{shared_data / "video" / FILM}"\nmodel = "{MODEL}"'))
    return path


async def test_six_came_and_went_says_graphql_as_the_film_and_try_do(
    line: WholeLine, layout: Path, shared_data: Path
) -> None:
    line.projector()
    assert line.worker([layout], start=EPOCH).wait(120) == 0, line.logs()
    tried = try_clip(shared_data / "video" / FILM, str(layout), MODEL, line.folder)
    line.wait_for(lambda facts: len(facts) == len(tried.events) + 1, "everything arrives")

    with running_api(line.database, line.folder) as server:
        async with server.client() as client:
            answer = await client.ask(VISITS, server.token)

    _assert_six(answer["store"]["visits"]["nodes"], json.loads((shared_data / "ground_truth.json").read_text()))
    recorded = [fact.value for fact in line.facts() if b"LayoutPublished" not in fact.value]
    assert renamed(_in_order(recorded)) == renamed(_in_order([json.dumps(each).encode() for each in tried.events]))


def _assert_six(visits: list[dict[str, Any]], truth: dict[str, Any]) -> None:
    people = truth[FILM]["people"]
    assert [
        (each["entryDoor"]["key"], each["exitDoor"] and each["exitDoor"]["key"], each["reason"]) for each in visits
    ] == [("bottom", "right", "LEFT")] * 6
    for name, told in (("enteredAt", "enter_s"), ("exitedAt", "leave_s")):
        seconds = [datetime.fromisoformat(each[name]).timestamp() for each in visits]
        assert seconds == [pytest.approx(person[told], abs=1.0) for person in people]


def _in_order(records: list[bytes]) -> list[bytes]:
    """Return records by source and number, without the trace, whose ids follow from the run as all others do."""
    events = sorted((json.loads(record) for record in records), key=lambda event: (_kind(event), event["sequence"]))
    return [
        json.dumps({name: each for name, each in event.items() if name != "traceparent"}).encode() for event in events
    ]


def _kind(event: dict[str, Any]) -> str:
    return str(event["source"]).rpartition("/")[0]
