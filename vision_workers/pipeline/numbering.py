"""Facts get their source, sequence number, id and traces; all of it follows from the run, so a repeat is the same."""

import hashlib
from collections import Counter

from event_store.envelope import Envelope
from event_store.events import Event, ShopperFact
from event_store.layout.model import Store
from vision_workers.runs import Run


class Numbering:
    """Numbers the facts of one store's sources, each from 1 and without holes."""

    def __init__(self, store: Store, worker: str) -> None:
        self._store, self._actor = store, f"worker/{worker}"
        self._sequences: Counter[str] = Counter()

    def source(self, kind: str, run: Run) -> str:
        """Return the source of that kind: `camera/entrance`, `clock`, `layout`, `worker/main`."""
        return f"/{self._store.organisation}/{self._store.id}/{kind}/{run.name}"

    def start_after(self, source: str, sequence: int) -> None:
        """Go on where an earlier process left a source."""
        self._sequences[source] = sequence

    def envelope(self, kind: str, run: Run, event: Event) -> Envelope:
        """Return the next fact of a source."""
        source = self.source(kind, run)
        self._sequences[source] += 1
        sequence = self._sequences[source]
        visit = event.visit_id if isinstance(event, ShopperFact) else None
        event_id = run.id("event", source, sequence)
        return Envelope(
            id=event_id,
            source=source,
            sequence=sequence,
            organisation=self._store.organisation,
            store=self._store.id,
            actor=self._actor,
            event=event,
            correlationid=visit,
            traceparent=_traceparent(visit or run.id("trace", source, 0), event_id),
        )


def _traceparent(whole: str, part: str) -> str:
    """Return a W3C trace context: one trace for each visit (or source), one span for each fact."""
    trace, span = (hashlib.sha256(text.encode()).hexdigest() for text in (whole, part))
    return f"00-{trace[:32]}-{span[:16]}-01"
