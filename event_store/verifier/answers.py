"""What an archive that has passed says beyond that: holes, roots over its range, and how it goes with another."""

from collections.abc import Iterator
from dataclasses import dataclass

from .canonical import FIRST
from .errors import Refused
from .export import Checked, Slice
from .facts import Run, read_fact
from .notes import Checkpoint, Seal
from .tree import HASH

TELLING_MS = 5 * 60 * 1000
"""A hole that is younger than this at the last seal may not have been noticed by then."""


@dataclass(frozen=True)
class Gaps:
    """What the numbers of the sources show: nothing of it makes an archive false, and an auditor must hear of it."""

    missing: int
    """So many numbers are not there."""
    told: int
    """Of so many a GapDetected in the archive tells."""
    repeats: int
    """So many numbers came again."""
    holes: list[Run]
    """What is missing and nothing in the archive tells of."""
    doubled: list[tuple[str, str]]
    """Places of different facts under one number of their source."""
    wrong: list[Run]
    """Those holes that nothing outside of the archive could tell of either."""


def find_gaps(checked: Checked) -> Gaps:
    """Return what is missing between the facts of an archive, and what is there twice."""
    part, sequences = checked.manifest, checked.sequences
    holes, untold, again = [*sequences.holes()], [*sequences.holes(untold=True)], sequences.repeats()
    missing, left = (sum(hole.last - hole.first + 1 for hole in each) for each in (holes, untold))
    doubled = [*_doubled(checked, again)] if again else []
    whole = (part.start, part.end, part.store) == (None, None, None)
    wrong = [hole for hole in untold if whole and hole.timestamp < checked.seal.time - TELLING_MS]
    return Gaps(missing, missing - left, len(again), untold, doubled, wrong)


def _doubled(checked: Checked, again: set[tuple[bytes, int]]) -> Iterator[tuple[str, str]]:
    """Name the facts whose number another fact of their source has; a fact that was sent again is not one."""
    known: dict[tuple[bytes, int], bytes] = {}
    for part in checked.slices.values():
        for line in part.all_lines(checked.archive):
            fact = read_fact(line.record or b"")
            if fact and (key := (fact.source, fact.number)) in again and known.setdefault(key, fact.id) != fact.id:
                yield line.position, f"another fact of {fact.source.decode()} has the number {fact.number} too"


def demand_growth(new: Checked, older: Checkpoint, seal: Seal | None) -> None:
    """Refuse an archive unless it is an older state with additions only; without its seal only seals are compared."""
    newest = new.checkpoint
    if older.origin != newest.origin:
        raise Refused("checkpoint", f"of another log: {older.origin}, not {newest.origin}")
    if older.size > newest.size:
        raise Refused("checkpoint", f"it has {older.size} seals and the newest has {newest.size}; are they swapped?")
    if new.seals.root(older.size) != older.root:
        raise Refused("checkpoint", "the newest log of seals does not contain it: history was rewritten")
    for name, state in seal.states.items() if seal else ():
        size = new.seal.states[name].size if name in new.seal.states else 0
        if size < state.size:
            raise Refused(name, f"it had {state.size} records and now has {size}")
        if new.trees[name].root(state.size) != state.root:
            raise Refused(name, f"its first {state.size} records are not the same as before")


def extents(checked: Checked) -> Iterator[tuple[str, int, bytes]]:
    """Yield each partition's name, its number of records up to the end of the range, and the root over them.

    Nothing for the archive of one store: there it cannot always be seen where the range ends.
    """
    end = checked.manifest.end
    for name, part in checked.slices.items() if checked.manifest.store is None else ():
        *_, tile = part.tiles()
        *_, last = tile.lines(checked.archive)
        size = part.end - (end is not None and last.timestamp >= end)  # without the record that shows that it ends
        if size:
            yield name, size, checked.trees[name].root(size)


def diff(one: Checked, two: Checked) -> tuple[int, int, int]:
    """Return how many records two archives have in common, and each alone; refuses the first that is not the same."""
    if one.checkpoint.origin != two.checkpoint.origin:
        raise Refused(FIRST, f"two logs: {one.checkpoint.origin} and {two.checkpoint.origin}")
    common = 0
    for name in [name for name in one.slices if name in two.slices]:
        ours, theirs = one.slices[name], two.slices[name]
        both = Slice(name, max(ours.first, theirs.first), min(ours.end, theirs.end))
        common += max(0, both.end - both.first)
        for tile in both.tiles():
            _compare(ours, tile, one, two)
    first, second = (sum(part.end - part.first for part in each.slices.values()) for each in (one, two))
    return common, first - common, second - common


def _compare(part: Slice, tile: Slice, one: Checked, two: Checked) -> None:
    """The leaves have been checked against the records, so these are read again for a name only."""
    ours, theirs = (each.trees[tile.name].hashes(0, tile.first, tile.end) for each in (one, two))
    if ours != theirs:
        for line in part.all_lines(one.archive, tile.first):
            start = (line.leaf - tile.first) * HASH
            if line.hash != theirs[start : start + HASH]:
                raise Refused(line.position, "the two archives hold different records here")
