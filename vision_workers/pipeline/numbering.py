"""Facts get their source, sequence number, id and traces; all of it follows from the run, so a repeat is the same."""

import hashlib
from collections import Counter

from event_store.envelope import Envelope
from event_store.events.event import Event, ShopperFact
from event_store.events.items import ItemFact
from vision_workers.runs import Run


class Numbering:
    """Numbers the facts of one store's sources, each from 1 and without holes."""

    def __init__(self, store_key: str, worker: str) -> None:
        """Number for a store, `organisation/store`, on behalf of a worker."""
        self._organisation, _, self._store = store_key.partition("/")
        self._actor = f"worker/{worker}"
        self._sequences: Counter[str] = Counter()

    def source(self, kind: str, run: Run) -> str:
        """Return the source of that kind: `camera/entrance`, `clock`, `layout`, `worker/main`."""
        return f"/{self._organisation}/{self._store}/{kind}/{run.name}"

    def start_after(self, source: str, sequence: int) -> None:
        """Go on where an earlier process left a source."""
        self._sequences[source] = sequence

    def envelope(self, kind: str, run: Run, event: Event) -> Envelope:
        """Return the next fact of a source."""
        return self.next_of(self.source(kind, run), run, event)

    def next_of(self, source: str, run: Run, event: Event) -> Envelope:
        """Return the next fact of a source that is known by its full name."""
        self._sequences[source] += 1
        sequence = self._sequences[source]
        visit = event.visit_id if isinstance(event, ShopperFact | ItemFact) else None
        event_id = run.id("event", source, sequence)
        return Envelope(
            id=event_id,
            source=source,
            sequence=sequence,
            organisation=self._organisation,
            store=self._store,
            actor=self._actor,
            event=event,
            correlationid=visit,
            traceparent=_traceparent(visit or run.id("trace", source, 0), event_id),
        )


def _traceparent(whole: str, part: str) -> str:
    """Return a W3C trace context: one trace for each visit (or source), one span for each fact."""
    trace, span = (hashlib.sha256(text.encode()).hexdigest() for text in (whole, part))
    return f"00-{trace[:32]}-{span[:16]}-01"
