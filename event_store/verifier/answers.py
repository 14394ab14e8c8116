"""What an archive that has passed says beyond that: holes, roots over its range, and how it differs from another."""

from collections.abc import Iterator
from dataclasses import dataclass, field

from .errors import Refused
from .export import Checked
from .facts import Run, read_fact
from .records import Slice, read_lines

TELLING_MS = 5 * 60 * 1000
"""A hole that is younger than this at the last seal may not have been noticed by then."""


@dataclass
class Gaps:
    """What the numbers of the sources show: nothing of it makes an archive false, and an auditor must hear of it."""

    explained: int = 0
    """Holes that a GapDetected in the archive tells of."""
    unexplained: list[Run] = field(default_factory=list)
    """Holes that nothing in the archive tells of, and nothing outside of it could."""
    open: list[Run] = field(default_factory=list)
    """Holes that may be told of outside of the archive, or a moment later."""
    repeats: int = 0
    """Numbers that came again."""
    doubled: list[str] = field(default_factory=list)
    """Places of different facts under one number of their source."""


def find_gaps(checked: Checked) -> Gaps:
    """Return what is missing between the facts of an archive, and what is there twice."""
    manifest, (holes, again) = checked.manifest, checked.counts.sequences.survey()
    gaps = Gaps(repeats=len(again))
    whole = (manifest.start, manifest.end, manifest.store) == (None, None, None)
    for hole in holes:
        settled = whole and hole.timestamp < checked.newest.seal.time - TELLING_MS
        gaps.explained += hole.told
        if not hole.told:
            (gaps.unexplained if settled else gaps.open).append(hole)
    if again:
        gaps.doubled = [*_doubled(checked, again)]
    return gaps


def _doubled(checked: Checked, again: set[tuple[str, int]]) -> Iterator[str]:
    """Name the facts whose number another fact of their source has; a fact that was sent again is not one."""
    known: dict[tuple[str, int], bytes] = {}
    for part in checked.manifest.slices:
        for line in read_lines(checked.archive, part):
            fact = read_fact(line.record or b"")
            if fact and (key := (fact.source, fact.number)) in again and known.setdefault(key, fact.id) != fact.id:
                yield f"{part.position(line)}: another fact of {fact.source} has the number {fact.number} too"


def extents(checked: Checked) -> Iterator[tuple[str, int, bytes]]:
    """Yield each partition's name, its number of records up to the end of the range, and the root over them.

    Nothing for the archive of one store: there it cannot always be seen where the range ends.
    """
    end = checked.manifest.end
    for part in checked.manifest.slices if checked.manifest.store is None else ():
        (last,) = read_lines(checked.archive, part, part.end - 1)
        size = part.end - (end is not None and last.timestamp >= end)  # without the record that shows that it ends
        if size:
            yield part.name, size, checked.trees[part.name].root(size)


def diff(one: Checked, two: Checked) -> tuple[int, int, int]:
    """Return how many records two archives have in common, and each alone; refuses the first that is not the same."""
    if one.manifest.origin != two.manifest.origin:
        raise Refused("manifest.json", f"two logs: {one.manifest.origin} and {two.manifest.origin}")
    others, common = {part.name: part for part in two.manifest.slices}, 0
    for part in one.manifest.slices:
        if part.name in others:
            other = others[part.name]
            first, end = max(part.first, other.first), min(part.end, other.end)
            common += max(0, end - first)
            for leaf in range(first, end):
                _compare(one, two, part, leaf)
    first, second = (sum(part.count for part in each.manifest.slices) for each in (one, two))
    return common, first - common, second - common


def _compare(one: Checked, two: Checked, part: Slice, leaf: int) -> None:
    """The leaves have been checked against the records, so they need not be read again."""
    if one.trees[part.name].hashes(0, leaf, leaf + 1) != two.trees[part.name].hashes(0, leaf, leaf + 1):
        line = next(read_lines(one.archive, part, leaf))
        raise Refused(part.position(line), "the two archives hold different records here")
