"""Facts that were lost with a spool are told as the holes that they leave in their sources."""

from collections.abc import Iterator, Sequence
from datetime import UTC, datetime
from itertools import groupby
from operator import attrgetter
from uuid import NAMESPACE_URL, uuid5

from event_store.envelope import Envelope
from event_store.events.gaps import GapDetected
from vision_workers.pipeline import Step
from vision_workers.runs import Run
from vision_workers.spool.unsent import Unsent


def told_as_gaps(lost: Sequence[Unsent], worker: str, run: Run) -> Iterator[Step]:
    """Yield a step for each store, also for one that nobody watches any more. Told twice, a hole has the same id."""
    now = datetime.now(UTC)
    moment = now.replace(microsecond=now.microsecond // 1000 * 1000)
    for key, of_store in groupby(sorted(lost, key=attrgetter("key", "source")), attrgetter("key")):
        source = f"/{key}/spool/{run.name}"
        holes = [_gap(each, moment, source, number, worker) for number, each in enumerate(of_store, 1)]
        yield Step(source=source, key=key, time=None, facts=tuple(holes))


def _gap(lost: Unsent, moment: datetime, source: str, number: int, worker: str) -> Envelope:
    organisation, _, store = lost.key.partition("/")
    return Envelope(
        id=str(uuid5(NAMESPACE_URL, f"{lost.source}/{lost.first}/{lost.last}")),
        source=source,
        sequence=number,
        organisation=organisation,
        store=store,
        actor=f"worker/{worker}",
        event=GapDetected(time=moment, source_id=lost.source, first_missing=lost.first, last_missing=lost.last),
    )
