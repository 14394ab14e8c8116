"""Replays that are killed, begun twice, or left by who reads them: nothing is lost and nothing is doubled."""

import json
import os
import signal
from pathlib import Path

import pytest

from tests.builders.commands import CommandLine
from tests.builders.logs import Record
from tests.builders.replay_commands import assert_replayed, command, noted, position, printed, time_of, wait_for
from tests.builders.replayed import count_in_topic

pytestmark = [pytest.mark.kafka, pytest.mark.postgres]


def test_a_replay_that_is_killed_goes_on_and_each_record_is_there_once(
    shopfloor: CommandLine, recorded: list[Record], kafka: str, target: str, tmp_path: Path
) -> None:
    words = ("--to-topic", target, "--create-topic", "--everything")
    process = command(tmp_path, *words, "--speed", "3x")
    wait_for(lambda: count_in_topic(kafka, target) >= 20, "records arrive")
    os.kill(process.pid, signal.SIGKILL)
    process.communicate()
    assert count_in_topic(kafka, target) < len(recorded)

    assert shopfloor.run("replay", *words) == 0, shopfloor.err

    assert "going on behind" in shopfloor.err
    assert f"done: {len(recorded)} records" in shopfloor.err
    assert_replayed(kafka, target, recorded)


def test_a_replay_whose_note_is_older_than_the_topic_doubles_nothing(
    shopfloor: CommandLine, recorded: list[Record], kafka: str, target: str, tmp_path: Path
) -> None:
    words = ("replay", "--to-topic", target, "--create-topic", "--everything")
    assert shopfloor.run(*words, "--to", time_of(recorded[0])) == 0
    assert shopfloor.run(*words) == 0
    (state,) = [
        path for path in (tmp_path / "data" / "replays").glob("*.json") if json.loads(path.read_bytes())["played"]
    ]
    left = json.loads(state.read_bytes())
    begun = left | {"done": False, "played": 0, "scanned": dict.fromkeys(left["scanned"], 0)}
    begun["legs"] = {number: {"start": 0, "end": leg["end"]} for number, leg in left["legs"].items()}
    state.write_text(json.dumps(begun))

    assert shopfloor.run(*words) == 0

    assert f"done: {len(recorded)} records" in shopfloor.err
    assert_replayed(kafka, target, recorded)


def test_a_printed_replay_that_is_killed_loses_nothing(
    shopfloor: CommandLine, recorded: list[Record], tmp_path: Path
) -> None:
    out = tmp_path / "out.jsonl"
    with out.open("wb") as file:
        process = command(tmp_path, "--everything", "--speed", "3x", out=file)
        wait_for(lambda: any(noted(path) for path in (tmp_path / "data" / "replays").glob("*.json")), "lines are noted")
        os.kill(process.pid, signal.SIGKILL)
        process.communicate()
    before = out.read_bytes()
    after = printed(shopfloor, "--everything")

    whole = [json.loads(line) for line in before[: before.rfind(b"\n") + 1].splitlines()] + after
    assert "going on behind" in shopfloor.err
    assert {each["position"] for each in whole} == {position(each) for each in recorded}
    assert 0 < len(after) < len(recorded)


def test_who_reads_no_further_ends_the_replay_without_a_word(recorded: list[Record], tmp_path: Path) -> None:
    with command(tmp_path, "--everything", "--speed", "20x") as process:
        assert process.stdout is not None
        assert process.stderr is not None
        process.stdout.readline()
        process.stdout.close()
        err = process.stderr.read()

    assert process.returncode == 0
    assert recorded
    assert "Error" not in err
    assert not list((tmp_path / "data" / "replays").glob("*.json"))


def test_the_same_replay_runs_once_at_a_time_and_spoilt_state_is_told(
    shopfloor: CommandLine, recorded: list[Record], tmp_path: Path
) -> None:
    process = command(tmp_path, "--everything", "--speed", "0.5x")
    assert process.stdout is not None
    process.stdout.readline()

    assert shopfloor.run("replay", "--everything") == 1
    assert "the same replay is running" in shopfloor.err
    process.kill()
    process.communicate()
    (state,) = (tmp_path / "data" / "replays").glob("*.json")
    state.write_text("{")
    assert shopfloor.run("replay", "--everything") == 2
    assert "--again starts anew" in shopfloor.err
    assert len(printed(shopfloor, "--everything", "--again")) == len(recorded)
