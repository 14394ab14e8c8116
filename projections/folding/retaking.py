"""Taking dead letters, and what waits behind them, again: pure, in the order of the record."""

from collections.abc import Iterable, Iterator, Mapping, Sequence
from itertools import pairwise
from math import inf
from typing import Literal

import msgspec

from event_store.envelope import Position
from projections.folding.readings import FactId, Reading, Refusal, Store, Subject

Resolution = Literal["retried", "skipped", "duplicate"]
"""What a dead or parked record came to later: it counts, it was given up, or its fact counted already."""


class Outcome(msgspec.Struct, frozen=True, kw_only=True):
    """What becomes of a record that waited; without a resolution it waits on, itself dead or behind another."""

    reading: Reading
    resolution: Resolution | None = None
    refusal: Refusal | None = None
    """Why it cannot be applied, where that was tried."""
    behind: int | None = None
    by: int
    """Offset of the amendment because of which it was tried."""


class Decided(msgspec.Struct, frozen=True, kw_only=True):
    """What an amendment says about a record: to be taken again, or given up."""

    at: Position
    store: Store
    """Whose amendment it is."""
    by: int
    """Its offset."""
    gives_up: bool

    def chain(self, subject: str | None) -> Subject | int:
        """Return by what one finds the records that wait with the one it names."""
        return self.at.offset if subject is None else (*self.store, subject)


def turns(decided: Iterable[Decided], subjects: Mapping[int, str | None]) -> Iterator[list[Decided]]:
    """Yield decisions that can be carried out together, in order; `subjects` are those of the records by offset.

    A record is given up in a later turn than the one in which its subject is taken again: only then one knows
    whether it counted in between.
    """
    turn: list[Decided] = []
    named: set[Subject | int] = set()
    for each in decided:
        chain = each.chain(subjects.get(each.at.offset))
        if each.gives_up and chain in named:
            yield turn
            turn, named = [], set()
        turn.append(each)
        named.add(chain)
    if turn:
        yield turn


class Chain(msgspec.Struct, frozen=True):
    """One subject's waiting records, the oldest first, and the amendment because of which they are taken again."""

    waiting: Sequence[Reading]
    by: int
    skipped: int | None = None
    """Offset of the one that the amendment gives up."""


def first_failures(chains: Iterable[Chain], failures: Mapping[int, str]) -> dict[int, Refusal]:
    """Return those that failed whatever becomes of the others.

    What comes later in the record than a fact that now waits behind one of them may have failed because of that fact.
    """
    following: dict[int, int] = {}
    for chain in chains:
        offsets = [reading.record.offset for reading in chain.waiting]
        following |= dict(pairwise(offsets))
    certain: dict[int, Refusal] = {}
    bound: float = inf
    for offset, error in sorted(failures.items()):
        if offset > bound:
            break
        certain[offset] = Refusal("fold_failed", error)
        bound = min(bound, following.get(offset, inf))
    return certain


def retake(chain: Chain, *, failed: Mapping[int, Refusal], known: set[FactId]) -> Iterator[Outcome]:
    """Yield what becomes of a chain's records.

    `failed` names offsets, `known` the facts that count; those that count now are added to it.
    """
    dead: int | None = None
    for reading in chain.waiting:
        offset = reading.record.offset
        refusal = failed.get(offset) or reading.refusal
        if offset == chain.skipped:
            yield Outcome(reading=reading, by=chain.by, resolution="skipped")
        elif dead is not None:
            yield Outcome(reading=reading, by=chain.by, refusal=reading.refusal, behind=dead)
        elif refusal is not None or reading.recorded is None:
            dead = offset
            yield Outcome(reading=reading, by=chain.by, refusal=refusal)
        elif (fact_id := reading.fact_id) in known:
            yield Outcome(reading=reading, by=chain.by, resolution="duplicate")
        else:
            if fact_id is not None:
                known.add(fact_id)
            yield Outcome(reading=reading, by=chain.by, resolution="retried")
