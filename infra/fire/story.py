"""What is told while it burns: endless facts of some shops, the same for the same seed, with corrections among them."""

from collections.abc import Iterator
from itertools import islice

from event_store.envelope import Envelope
from event_store.events import TYPE_OF
from event_store.events.amendments import EventCorrected
from event_store.events.lines import LineCrossed
from infra.bench.history import envelopes
from infra.bench.shops import Shop

ORGANISATION = "acme"
CORRECTED_EVERY = 40
"""One crossing in so many did not happen, and is taken back a little later."""


def tell(store: str, seed: int) -> Iterator[Envelope]:
    """Yield a shop's facts for ever, each source's numbered from 1."""
    crossings, number = 0, 0
    for envelope in envelopes(Shop(ORGANISATION, store, seed)):
        yield envelope
        if not isinstance(envelope.event, LineCrossed):
            continue
        crossings += 1
        if crossings % CORRECTED_EVERY == 0:
            number += 1
            yield _taken_back(envelope, number)


def first_of_source(store: str, seed: int, counts: dict[str, int]) -> Iterator[Envelope]:
    """Yield a shop's facts until each source has come so far."""
    left = dict(counts)
    facts = tell(store, seed)
    while any(left.values()):
        (envelope,) = islice(facts, 1)
        if left.get(envelope.source, 0) > 0:
            left[envelope.source] -= 1
            yield envelope


def _taken_back(envelope: Envelope, number: int) -> Envelope:
    event = EventCorrected(
        event_id=envelope.id,
        corrected_type=TYPE_OF[type(envelope.event)],
        right=None,
        fields=None,
        reason="misjudged",
        time=envelope.event.time,
    )
    return Envelope(
        id=f"{envelope.id[:14]}5{envelope.id[15:]}",
        source=f"/{envelope.organisation}/{envelope.store}/corrections/fire",
        sequence=number,
        organisation=envelope.organisation,
        store=envelope.store,
        actor="person/fire",
        event=event,
    )
