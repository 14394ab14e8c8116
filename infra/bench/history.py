"""The facts that benchmarks are fed with, as the bytes that a worker would have written."""

from collections import Counter
from collections.abc import Iterable, Iterator
from heapq import merge
from itertools import islice
from pathlib import Path

import msgspec

from event_store.envelope import Envelope
from event_store.events.cameras import CameraOnline
from event_store.events.event import CameraFact, Event
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
    told = merge(*map(envelopes, shops), key=lambda envelope: envelope.event.time)
    return [Fact(each.key, encode(each)) for each in islice(told, count)]


def write_facts(file: Path, facts: Iterable[Fact]) -> None:
    """Write one line for each fact: its key, a tab, its bytes, which hold no line break."""
    with file.open("wb") as lines:
        lines.writelines(b"%s\t%s\n" % (fact.key.encode(), fact.value) for fact in facts)


def read_facts(file: Path, count: int) -> list[Fact]:
    """Read the first so many facts of a file."""
    with file.open("rb") as lines:
        pairs = (line.rstrip(b"\n").split(b"\t", 1) for line in islice(lines, count))
        return [Fact(key.decode(), value) for key, value in pairs]


def envelopes(shop: Shop) -> Iterator[Envelope]:
    """Yield a shop's facts for ever, each source's numbered from 1."""
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
