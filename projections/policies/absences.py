"""That a live camera was watched by nobody for a while is a fact, once it is watched again."""

from collections.abc import Iterator
from datetime import datetime, timedelta
from typing import ClassVar

import msgspec
from sqlalchemy import BigInteger, Boolean, Column, DateTime, Table, Text

from event_store.envelope import RecordedEvent
from event_store.events.workers import WatchResumed, WorkerReported, WorkerStopped
from projections.folding.projection import EventClasses, Policy, Row, Rows
from projections.tables.read_model import read_model

MILLISECOND = timedelta(milliseconds=1)


class AbsenceRow(Row, frozen=True, kw_only=True):
    """When a camera's worker spoke last, by its own clock."""

    worker: str
    began_at: datetime
    said_at: datetime
    holds_ms: int
    stopped: bool = False


class Absences(Policy[AbsenceRow]):
    """One row for each live camera.

    It goes by when workers spoke, not by when that was recorded: while the broker was away they watched all the same.
    """

    table: ClassVar[Table] = read_model(
        "absences",
        1,
        Column("camera_id", Text, primary_key=True),
        Column("worker", Text, nullable=False),
        Column("began_at", DateTime(timezone=True), nullable=False),
        Column("said_at", DateTime(timezone=True), nullable=False),
        Column("holds_ms", BigInteger, nullable=False),
        Column("stopped", Boolean, nullable=False),
    )
    facts: ClassVar[EventClasses] = frozenset({WorkerReported, WorkerStopped})
    row = AbsenceRow

    def decide(self, rows: Rows[AbsenceRow], recorded: RecordedEvent) -> Iterator[WatchResumed]:
        """Report for each camera the time in which its worker was silent, or was another one."""
        match recorded.event:
            case WorkerReported(time=at, worker=worker, cameras=cameras) as report:
                for camera_id in [each.camera_id for each in cameras if each.live]:
                    before = rows.get(camera_id)
                    if before is not None and before.said_at > at:
                        continue
                    rows[camera_id] = AbsenceRow(
                        worker=worker, began_at=report.started_at, said_at=at, holds_ms=report.holds_ms
                    )
                    if before is not None and _was_away(before, report):
                        yield WatchResumed(
                            time=at,
                            camera_id=camera_id,
                            worker=worker,
                            unwatched_since=before.said_at,
                            stopped=before.stopped,
                        )
            case WorkerStopped(time=at, worker=worker, cameras=cameras):
                for camera_id in cameras:
                    row = rows.get(camera_id)
                    if row is not None and row.worker == worker and row.said_at <= at:
                        rows[camera_id] = msgspec.structs.replace(row, said_at=at, stopped=True)


def _was_away(before: AbsenceRow, report: WorkerReported) -> bool:
    """Tell whether the camera was without a worker: that stopped, died and came again, or was silent."""
    return (
        before.stopped
        or report.started_at > before.said_at
        or report.time - before.said_at > before.holds_ms * MILLISECOND
    )
