from datetime import UTC, datetime, timedelta
from pathlib import Path

import pytest

from infra.supervision import process_log

ERROR = '{"event": "the broker is silent", "level": "error", "timestamp": "2026-01-01T09:00:00Z"}\n'
NOTE = '{"event": "watching", "level": "info", "timestamp": "2026-01-01T09:00:00Z"}\n'


def test_the_last_error_is_found_behind_later_notes(tmp_path: Path) -> None:
    log = tmp_path / "worker.log"
    log.write_text(ERROR + NOTE)

    assert process_log.last_error(log, 0, any_words=True) == "the broker is silent"


def test_errors_of_an_earlier_life_do_not_count(tmp_path: Path) -> None:
    log = tmp_path / "worker.log"
    log.write_text(ERROR + NOTE)

    assert process_log.last_error(log, len(ERROR), any_words=True) == ""


def test_an_error_from_long_ago_is_over(tmp_path: Path) -> None:
    log = tmp_path / "projector.log"
    log.write_text(ERROR + NOTE)
    said = datetime(2026, 1, 1, 9, 0, tzinfo=UTC)

    assert process_log.last_error(log, 0, any_words=False, newer_than=said) == "the broker is silent"
    assert process_log.last_error(log, 0, any_words=False, newer_than=said + timedelta(seconds=1)) == ""


def test_words_that_are_no_log_line_are_better_than_nothing(tmp_path: Path) -> None:
    log = tmp_path / "worker.log"
    log.write_text(NOTE + "╭─ Error ─╮\n│ No such command 'worker'. │\n")

    assert process_log.last_error(log, 0, any_words=True) == "No such command 'worker'."
    assert process_log.last_error(log, 0, any_words=False) == ""


def test_a_large_log_is_set_aside_and_the_writer_goes_on(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(process_log, "LARGEST_BYTES", 100)
    log = tmp_path / "worker.log"
    with log.open("ab", buffering=0) as writer:
        writer.write(b"x" * 101)
        process_log.bound(log)
        writer.write(ERROR.encode())

    assert log.read_text() == ERROR
    assert log.with_suffix(".log.1").stat().st_size == 101
