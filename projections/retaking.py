"""Taking dead letters, and what waits behind them, again: pure, in the order of the record."""

from collections.abc import Collection, Iterable, Iterator, Mapping
from typing import Literal

import msgspec

from projections.readings import Reading, Refusal

Resolution = Literal["retried", "skipped", "duplicate"]
"""What a dead or parked record came to later: it counts, it was given up, or its fact counted already."""


class Outcome(msgspec.Struct, frozen=True, kw_only=True):
    """What becomes of a record that waited; without a resolution it waits on, itself dead or behind another."""

    reading: Reading
    resolution: Resolution | None = None
    refusal: Refusal | None = None
    """Why it cannot be applied, where that was tried."""
    behind: int | None = None


def retake(
    waiting: Iterable[Reading],
    *,
    skipped: Collection[int],
    failed: Mapping[int, Refusal],
    known: set[str],
) -> Iterator[Outcome]:
    """Yield what becomes of one subject's waiting records, the oldest first, when all of them are taken again.

    `skipped` and `failed` name offsets, `known` the ids of facts that count; those that count now are added to it.
    """
    dead: int | None = None
    for reading in waiting:
        offset = reading.record.offset
        refusal = failed.get(offset) or reading.refusal
        if offset in skipped:
            yield Outcome(reading=reading, resolution="skipped")
        elif dead is not None:
            yield Outcome(reading=reading, refusal=reading.refusal, behind=dead)
        elif refusal is not None or reading.recorded is None:
            dead = offset
            yield Outcome(reading=reading, refusal=refusal)
        elif reading.recorded.envelope.id in known:
            yield Outcome(reading=reading, resolution="duplicate")
        else:
            known.add(reading.recorded.envelope.id)
            yield Outcome(reading=reading, resolution="retried")
