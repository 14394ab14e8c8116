"""Compares what a log said at two times, or to two readers."""

from dataclasses import dataclass
from itertools import islice

from .archive import Archive
from .errors import Refused
from .export import Checked
from .manifest import Slice
from .records import read_lines
from .seals import Checkpoint, Seal


def check_consistency(old: Checkpoint, seal: Seal | None, new: Checked) -> None:
    """Refuse unless the newer archive is the older state with nothing but additions.

    Without the seal only the log of seals is compared. `Unusable` if the archive lacks the tiles to tell.
    """
    newest = new.newest.checkpoint
    if old.origin != newest.origin:
        raise Refused("checkpoint", f"of another log: {old.origin}, not {newest.origin}")
    if old.size > newest.size:
        raise Refused(
            "checkpoint", f"the older one has {old.size} seals, the newer one {newest.size}; are they swapped?"
        )
    if new.seals.root(old.size) != old.root:
        raise Refused("checkpoint", "the newer log of seals does not contain the older one: history was rewritten")
    sizes = {each.name: each.size for each in new.newest.seal.partitions}
    for each in seal.partitions if seal else ():
        if sizes.get(each.name, 0) < each.size:
            raise Refused(each.name, f"it had {each.size} records and now has {sizes.get(each.name, 0)}")
        if new.trees[each.name].root(each.size) != each.root:
            raise Refused(each.name, f"its first {each.size} records are not the same as before")


@dataclass
class Difference:
    """How many records two archives have in common, and each alone."""

    common: int = 0
    first_only: int = 0
    second_only: int = 0


def diff(first: tuple[Archive, Checked], second: tuple[Archive, Checked]) -> Difference:
    """Compare two checked archives leaf by leaf; raises `Refused` at the first place where they disagree."""
    (_, one), (_, two) = first, second
    if one.manifest.origin != two.manifest.origin:
        raise Refused("manifest.json", f"two logs: {one.manifest.origin} and {two.manifest.origin}")
    slices = [{f"{part.topic}/{part.partition}": part for part in each.manifest.slices} for each in (one, two)]
    found = Difference()
    for name in dict.fromkeys([*slices[0], *slices[1]]):
        parts = [each.get(name) for each in slices]
        found.first_only += parts[0].count if parts[0] else 0
        found.second_only += parts[1].count if parts[1] else 0
        if parts[0] and parts[1]:
            found.common += _compare(name, (first[0], parts[0]), (second[0], parts[1]))
    found.first_only -= found.common
    found.second_only -= found.common
    return found


def _compare(name: str, one: tuple[Archive, Slice], two: tuple[Archive, Slice]) -> int:
    start = max(one[1].first, two[1].first)
    common = max(0, min(part.first + part.count for _, part in (one, two)) - start)
    lines = [islice(read_lines(archive, part), start - part.first, None) for archive, part in (one, two)]
    for left, right in islice(zip(*lines, strict=False), common):
        if left.hash != right.hash:
            offset = left.offset if left.offset is not None else right.offset
            where = f"leaf {left.leaf}" if offset is None else str(offset)
            raise Refused(f"{name}/{where}", "the two archives hold different records here")
    return common
