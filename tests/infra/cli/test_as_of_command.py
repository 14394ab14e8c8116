"""`shopfloor as-of`: an answer as a table or as JSON, and the verifier that finds its roots in an export."""

import json
import subprocess
import sys
from collections.abc import Iterator
from pathlib import Path

import pytest

from event_store.checkpoints import KeyFolder
from event_store.sealing.extract import Range
from event_store.sealing.office import Office
from tests.builders.commands import CommandLine
from tests.builders.days import recorded_time, taken
from tests.builders.histories import long_day
from tests.builders.logs import TOPIC

pytestmark = pytest.mark.postgres

LOG = long_day(shoppers=6)
HALF = recorded_time(LOG.end // 2)
TIME = HALF.isoformat()
VERIFIER = Path(__file__).parents[3] / "event_store"
QUERY = "SELECT visit_id, entry_door, exited_at IS NULL AS inside FROM visits ORDER BY 1 LIMIT 2"


@pytest.fixture(scope="module")
def day(postgres: str, migrated_template: str) -> Iterator[str]:
    """A database that has taken a store's day."""
    with taken(postgres, migrated_template, [LOG]) as database:
        yield database


@pytest.fixture(autouse=True)
def settings(day: str, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setenv("SHOPFLOOR_DATABASE", day)


def test_an_answer_is_a_table_with_what_it_rests_on(day: str, shopfloor: CommandLine, tmp_path: Path) -> None:
    archive = tmp_path / "half.tar"
    Office(day, TOPIC, KeyFolder(tmp_path / "keys")).export(Range(end=HALF), archive)
    assert shopfloor.run("as-of", TIME, "--", *QUERY.split()) == 0, shopfloor.err

    head, rule, first, _, empty, model, record = shopfloor.out.decode().splitlines()
    assert head.split() == ["visit_id", "entry_door", "inside"]
    assert set(rule) == {"-", " "}
    assert first.split()[1:] in (["main", "true"], ["main", "false"])
    assert not empty
    assert model.startswith("visits v3: ")
    assert record.startswith(f"{TOPIC}/{LOG.partition}: {LOG.end // 2} records, root ")
    verified = subprocess.run(
        [sys.executable, "-m", "verifier", "verify-export", str(archive)],
        env={"PYTHONPATH": str(VERIFIER)},
        capture_output=True,
        text=True,
        check=True,
    )
    assert record in verified.stdout.splitlines()


def test_an_answer_is_json_with_what_it_rests_on(shopfloor: CommandLine) -> None:
    position = f"{TOPIC}/{LOG.partition}/{LOG.end // 2 - 1}"
    assert shopfloor.run("as-of", position, "--json", "--limit", 1, "--", QUERY) == 0, shopfloor.err

    answer = json.loads(shopfloor.out)
    assert list(answer["rows"][0]) == ["visit_id", "entry_door", "inside"]
    assert answer["is_cut"] is True
    assert [each["name"] for each in answer["models"]] == ["visits"]
    assert [(each["partition"], each["size"]) for each in answer["record"]] == [(LOG.partition, LOG.end // 2)]
    assert shopfloor.err == "only the first 1 rows are shown; --limit shows more\n"


def test_an_answer_without_rows_and_one_that_would_move_the_cursor(shopfloor: CommandLine) -> None:
    shopfloor.run("as-of", TIME, "--", "SELECT * FROM visits WHERE false")
    assert shopfloor.out.decode().startswith("no rows\n\nvisits v3: ")

    shopfloor.run("as-of", TIME, "--", 'SELECT 1 AS "a\x1b[2J\u202e"')
    assert shopfloor.out.decode().splitlines()[0] == r"a\u001b[2J\u202e"
    shopfloor.run("as-of", TIME, "--", "SELECT E'\\x1b[2J' AS bell, NULL AS nothing, '{\"a\": [1]}'::json AS kept")
    assert shopfloor.out.decode().splitlines()[2].split() == ["\\u001b[2J", '{"a":', "[1]}"]


@pytest.mark.parametrize(
    ("words", "status", "told"),
    [
        (("2026-03-01T00:00:00Z", "--", "SELECT 1"), 2, "nothing was recorded before 2026-03-01T00:00:00+00:00"),
        (("2999-01-01T00:00:00Z", "--", "SELECT 1"), 2, "is in the future; name a time that has passed"),
        ((TIME, "--", "DELETE FROM visits"), 2, "the query is refused: syntax error"),
        ((TIME, "--", "SELECT nobody FROM visits"), 2, 'the query is refused: column "nobody" does not exist'),
        ((TIME, "--timeout", "0.05", "--", "SELECT pg_sleep(9)"), 1, "the query ran longer than 0.05 s; ask for less"),
    ],
)
def test_what_cannot_be_answered_is_told_in_one_line(
    shopfloor: CommandLine, words: tuple[str, ...], status: int, told: str
) -> None:
    assert shopfloor.run("as-of", *words) == status
    assert told in shopfloor.err
    assert len(shopfloor.err.splitlines()) == 1


def test_a_time_without_an_offset_and_a_missing_query_are_refused(shopfloor: CommandLine) -> None:
    assert shopfloor.run("as-of", "yesterday", "--", "SELECT 1") == 2
    assert "no RFC 3339 time" in shopfloor.err
    assert shopfloor.run("as-of", TIME) == 2
