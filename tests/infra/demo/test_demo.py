"""The demo on a small film: from the pixels to the answers over HTTP."""

import json
import re
from collections.abc import Iterator
from datetime import datetime, timedelta
from io import StringIO
from pathlib import Path
from zoneinfo import ZoneInfo

import psutil
import pytest
from rich.console import Console

from infra.demo.errors import DemoFailed, DemoIncomplete
from infra.demo.play import play, start_of_play
from infra.demo.questions import Client
from infra.demo.report import Report
from infra.demo.story import read_story
from infra.settings import Settings
from infra.supervision.shop import Wish
from tests.builders.filmed_shops import FILM_S, FPS, film_shop
from tests.builders.networks import blob_finder, save_model
from tests.builders.own_services import services_folder

TRUTH = {
    "entered": 3,
    "left": 9,
    "zones": {"middle": {"visitors": 3, "median_dwell_s": 1.9}},
    "minutes": [{"minute": 0, "entered": 3}],
}
"""Three people came and left; that nine left is wrong on purpose."""

BUYERS = [
    {"entered": [], "left": [], "zones": [{"zone_id": "middle", "from_s": 0.2, "to_s": 1.0 + second, "left": True}]}
    for second in range(3)
]


@pytest.fixture
def folder() -> Iterator[Path]:
    with services_folder() as folder:
        yield folder


def test_the_answers_are_put_beside_the_truth_and_the_wrong_one_is_named(folder: Path) -> None:
    layout = film_shop(folder, "shop-1", save_model(blob_finder(), folder / "blobs"))
    layout.rename(folder / "layout.toml")
    text = (folder / "layout.toml").read_text()
    (folder / "layout.toml").write_text(text.replace('id = "middle"', 'id = "middle"\nkind = "checkout"'))
    truth = {"seconds": FILM_S, "fps": FPS, "totals": TRUTH, "shoppers": BUYERS}
    (folder / "truth.json").write_text(json.dumps(truth))
    leftover = folder / "demo" / "spool" / "worker.sqlite"
    leftover.parent.mkdir(parents=True)
    leftover.write_bytes(b"of an earlier demo that was cut short")
    paper = StringIO()

    with pytest.raises(DemoFailed, match=r"tolerance: left(, report: left)?$"):
        play(Settings(data=folder), read_story(folder), Report(Console(file=paper, width=120)), once=True, wish=Wish())

    said = paper.getvalue()
    assert "6 of 7 answers are right" in said
    assert re.search(r"sales, one sent twice +3 +3 +± 0 +right", said)
    assert re.search(r"conversion +1\.00 +1\.00", said)
    assert re.search(r"Webhook: 3 of 3 sales came signed to http://127\.0\.0\.1:\d+/, each verified by the", said)
    assert re.search(r"A report, written by shopfloor-reports-en [0-9a-f]{16} and checked word by word:\n\n\S", said)
    assert re.search(r"report: entered +3 +3 +± 1 +right", said)
    assert re.search(r"\[1\] find_\w+\(store=", said)
    assert re.search(r"Sealed: [1-9]\d* facts under checkpoint [1-9]\d* of shopfloor\.local/", said)
    assert "curl" not in said, "nothing is left to ask once it has ended"
    assert said.endswith("make demo\n")
    assert [each for each in psutil.process_iter(["cmdline"]) if str(folder) in str(each.info["cmdline"])] == []


def test_a_demo_that_stays_up_says_where_to_look_and_what_to_ask(tmp_path: Path) -> None:
    paper = StringIO()
    client = Client("http://127.0.0.1:8000", tmp_path / "token")

    Report(Console(file=paper)).invite(client, read_story(), once=False, page="http://127.0.0.1:8000/#code")

    said = paper.getvalue()
    assert f"API http://127.0.0.1:8000/graphql, token in {tmp_path / 'token'}" in said
    assert said.count("curl -s http://127.0.0.1:8000/graphql") == said.count(read_story().store) == 3
    assert said.endswith("Page http://127.0.0.1:8000/#code\n")


def test_a_demo_without_its_files_says_how_to_get_them(tmp_path: Path) -> None:
    with pytest.raises(DemoIncomplete, match="git checkout"):
        read_story(tmp_path)


@pytest.mark.parametrize("hour", ["21:57", "22:58", "22:59", "23:00", "23:02", "23:05", "23:08", "12:00"])
def test_a_demo_is_played_within_one_day_of_its_store(hour: str) -> None:
    story, now = read_story(), datetime.fromisoformat(f"2026-11-30T{hour}:17Z")

    start = start_of_play(story, now)

    oslo = ZoneInfo(story.layout.store.time_zone)
    days = {
        (start + timedelta(seconds=each)).astimezone(oslo).date() for each in range(0, int(story.seconds) + 120, 10)
    }
    assert len(days) == 1
    assert start.second == start.microsecond == 0
    assert start + timedelta(seconds=story.seconds) < now
    assert now - start < timedelta(minutes=11)
