"""What a trial came to, for people."""

from collections import Counter
from collections.abc import Iterator, Sequence
from statistics import median

from event_store.events.cameras import FACTS as CAMERA_FACTS
from event_store.events.clock import FACTS as CLOCK_FACTS
from event_store.events.event import Event
from event_store.events.lines import LineCrossed
from event_store.events.visits import ShopperEntered, ShopperExited
from event_store.events.zones import ZoneEntered, ZoneExited

TOLD = (ShopperEntered, ShopperExited, LineCrossed, ZoneEntered, ZoneExited)
OPERATION = (*CAMERA_FACTS, *CLOCK_FACTS)
"""Facts that say how the watching went, and not what happened."""


def summary_lines(events: Sequence[Event]) -> Iterator[str]:
    """Yield a line for the people, for each line and zone, and one for whatever else was seen."""
    yield _people(events)
    yield from _lines([event for event in events if isinstance(event, LineCrossed)])
    yield from _zones([event for event in events if isinstance(event, ZoneExited)])
    others = Counter(type(event).__name__ for event in events if not isinstance(event, (*TOLD, *OPERATION)))
    if others:
        yield "besides: " + ", ".join(f"{count} {name}" for name, count in sorted(others.items()))


def _people(events: Sequence[Event]) -> str:
    came = sum(isinstance(event, ShopperEntered) for event in events)
    gone = Counter(str(event.reason) for event in events if isinstance(event, ShopperExited))
    if not came and not gone:
        return "people: nobody entered or left by a door"
    told = [f"people: {came} entered", f"{gone.pop('left', 0)} left"]
    return ", ".join([*told, *(f"{count} ended as {reason}" for reason, count in sorted(gone.items()))])


def _lines(crossings: Sequence[LineCrossed]) -> Iterator[str]:
    counts = Counter((crossing.line_id, crossing.direction) for crossing in crossings)
    for line in sorted({line for line, _ in counts}):
        yield f"line {line}: {counts[line, 'in']} in, {counts[line, 'out']} out"


def _zones(stays: Sequence[ZoneExited]) -> Iterator[str]:
    for name in sorted({stay.zone_name for stay in stays}):
        dwell_s = [stay.dwell_ms / 1_000 for stay in stays if stay.zone_name == name]
        yield f"zone {name}: {len(dwell_s)} stay{'s' * (len(dwell_s) > 1)}, median {median(dwell_s):.1f} s"
