"""The facts that benchmarks are fed with, as the bytes that a worker would have written."""

from collections import Counter
from collections.abc import Iterator, Sequence
from heapq import merge
from itertools import islice

import msgspec

from event_store.envelope import Envelope
from event_store.events import CameraFact, CameraOnline, Event
from event_store.serialization import encode
from infra.bench.shops import Shop

ORGANISATION = "acme"


class Fact(msgspec.Struct, frozen=True):
    """One record before Kafka has it."""

    key: str
    value: bytes


def history(count: int, *, seed: int, stores: int = 24) -> list[Fact]:
    """Return the first `count` facts of some shops, in the order of time; the same for the same seed."""
    shops = [Shop(ORGANISATION, f"shop-{number:03d}", seed) for number in range(stores)]
    envelopes = merge(*map(_envelopes, shops), key=lambda envelope: envelope.event.time)
    return [Fact(each.key, encode(each)) for each in islice(envelopes, count)]


def keys(facts: Sequence[Fact]) -> Counter[str]:
    """Return how many facts each store has: what one counter by store must come to."""
    return Counter(fact.key for fact in facts)


def _envelopes(shop: Shop) -> Iterator[Envelope]:
    sequences: Counter[str] = Counter()
    for event in shop.facts():
        source = f"/{shop.organisation}/{shop.store}/{_place(event)}/bench"
        sequences[source] += 1
        yield Envelope(
            id=shop.id(),
            source=source,
            sequence=sequences[source],
            organisation=shop.organisation,
            store=shop.store,
            actor="worker/bench",
            event=event,
        )


def _place(event: Event) -> str:
    match event:
        case CameraFact(camera_id=camera) | CameraOnline(camera_id=camera):
            return f"camera/{camera}"
        case _:
            return event.subject.partition("/")[0].replace("store", "clock")
