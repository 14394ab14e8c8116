"""Coverage: how much of the time each camera watched."""

from datetime import timedelta
from typing import ClassVar

from sqlalchemy import BigInteger, Column, DateTime, Table, Text

from event_store.envelope import RecordedEvent
from event_store.events.clock import MinutePassed
from projections.folding.projection import EventClasses, Projection, Row, Rows
from projections.read_models.periods import Grain
from projections.tables.read_model import read_model

COVERAGE = read_model(
    "coverage",
    1,
    Column("camera_id", Text, primary_key=True),
    Column("start", DateTime(timezone=True), primary_key=True),
    Column("frames", BigInteger, nullable=False),
    Column("covered_ms", BigInteger, nullable=False),
)

MILLISECOND = timedelta(milliseconds=1)


class CoverageRow(Row, frozen=True, kw_only=True):
    """What a camera delivered in a quarter-hour."""

    frames: int = 0
    covered_ms: int = 0


class Coverage(Projection[CoverageRow]):
    """One row for each camera and quarter-hour, in UTC, from which it delivered frames."""

    table: ClassVar[Table] = COVERAGE
    facts: ClassVar[EventClasses] = frozenset({MinutePassed})
    row = CoverageRow

    def fold(self, rows: Rows[CoverageRow], recorded: RecordedEvent) -> None:
        """Add up what the minutes of the quarter-hour brought."""
        match recorded.event:
            case MinutePassed(time=ended, cameras=cameras):
                start = Grain.QUARTER.start(ended - MILLISECOND)
                for minute in cameras:
                    row = rows.get((minute.camera_id, start)) or CoverageRow()
                    rows[minute.camera_id, start] = CoverageRow(
                        frames=row.frames + minute.frames, covered_ms=row.covered_ms + minute.covered_ms
                    )
