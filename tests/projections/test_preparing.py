import asyncio
from collections.abc import Sequence
from pathlib import Path
from typing import Any, ClassVar

import pytest
import structlog

from event_store.archive.errors import ArchivedPartAltered, HistoryMoved
from event_store.errors import DatabaseUnreachable
from projections.feeding import patience
from projections.feeding.patience import Patience
from projections.feeding.preparing import prepare_read_models
from projections.folding.projection import Projection
from tests.builders.archived import archived, until
from tests.builders.tallies import SMALL, Takings, Tallies, ask


class NewTallies(Tallies):
    """The next version, which is filled from the whole history."""

    version: ClassVar[int] = 2


NEW: Sequence[Projection[Any]] = (NewTallies(), *SMALL[1:])


@pytest.mark.postgres
async def test_a_projector_that_starts_while_the_archive_is_away_waits_with_the_reason_and_builds_when_it_is_back(
    database: str, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(patience, "RETRY_S", 0.02)
    takings, folder, away = Takings(database), tmp_path / "archive", tmp_path / "away"
    await archived(takings, folder)
    await takings.close()
    folder.rename(away)
    with structlog.testing.capture_logs() as lines:
        starting = asyncio.create_task(Patience(0.0).until_done(lambda: prepare_read_models(database, NEW)))
        await until(lambda: sum("are missing" in str(line) for line in lines) > 2)
        still_waits = not starting.done()
        away.rename(folder)
        await starting

    assert still_waits
    assert {line["event"] for line in lines if line["log_level"] == "warning"} == {"waiting for the archive"}
    assert dict(ask(database, "SELECT line_id, count FROM tallies_v2.tallies")) == {"gate": 2}


async def test_what_is_archived_and_altered_is_no_reason_to_wait() -> None:
    async def altered() -> None:
        raise ArchivedPartAltered("file", "topic/0", 0, 1)

    with pytest.raises(ArchivedPartAltered):
        await Patience(60.0).until_done(altered)


async def test_time_that_the_archive_was_away_is_not_taken_from_the_patience_with_postgresql(
    monkeypatch: pytest.MonkeyPatch,
) -> None:
    monkeypatch.setattr(patience, "RETRY_S", 0.0)
    now = 0.0
    monkeypatch.setattr(patience, "monotonic", lambda: now)
    answers: list[Exception | None] = [HistoryMoved(), DatabaseUnreachable("gone"), None]

    async def work() -> str:
        nonlocal now
        now += 20.0
        if (problem := answers.pop(0)) is not None:
            raise problem
        return "done"

    assert await Patience(30.0).until_done(work) == "done"
