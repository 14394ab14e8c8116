"""Checks a whole archive: packing, signatures, trees, records and the range that it claims."""

from collections.abc import Iterator
from dataclasses import dataclass, field
from itertools import pairwise, zip_longest

from .archive import FIRST, Archive
from .erasures import check_register
from .errors import Refused, refusing
from .manifest import NOTE, Manifest, Slice, check_files, read_manifest
from .notes import MAX_NOTE_BYTES, Key, read_note
from .records import SHORTEST_LINE, Counts, check_lines, find_doubled, segments
from .seals import MAX_SEAL_BYTES, Checkpoint, Partition, Seal, read_seal, read_signed
from .sequences import Hole
from .tree import WIDTH, Tree, leaf

TELLING_MS = 5 * 60 * 1000
"""A hole that is younger than this at the last seal may not have been noticed by then."""


@dataclass(frozen=True)
class Sealed:
    """A checkpoint with its last seal."""

    checkpoint: Checkpoint
    seal: Seal
    signers: tuple[Key, ...]
    seal_hash: bytes


@dataclass
class Checked:
    """An archive that has passed, for what compares it with another."""

    manifest: Manifest
    sealed: list[Sealed]
    seals: Tree
    trees: dict[str, Tree]
    counts: Counts = field(default_factory=Counts)

    @property
    def newest(self) -> Sealed:
        """The checkpoint that covers everything."""
        return self.sealed[-1]


def verify_export(archive: Archive, pinned: Key | None) -> Checked:
    """Return what the archive proves; raises `Refused` at the first thing that is not as it must be."""
    manifest, keys, signers = read_manifest(archive)
    check_files(archive, manifest)
    sealed = [_sealed(archive, manifest, size, keys) for size in manifest.checkpoints]
    for place, who in ((NOTE, signers), (_note_path(sealed[-1].checkpoint.size), sealed[-1].signers)):
        if pinned is not None and pinned not in who:
            raise Refused(place, f"not signed by the pinned key {pinned.name}+{pinned.id.hex()}")
    _check_growth(sealed)
    slices = _slices(archive, manifest, sealed[-1].seal)
    seals = _seal_tree(archive, sealed)
    trees = {each.name: _tree(archive, each, slices.get(each.name), sealed) for each in sealed[-1].seal.partitions}
    checked = Checked(manifest, sealed, seals, trees)
    _check_names(archive, manifest, checked, slices)
    seals.check(sealed[-1].checkpoint.root)
    _check_seals(checked)
    for each in sealed[-1].seal.partitions:
        trees[each.name].check(each.root)
    _check_older(checked)
    for name, part in slices.items():
        check_lines(archive, manifest, part, trees[name], checked.counts)
    check_register(archive, checked.counts.erasures)
    return checked


def _note_path(size: int) -> str:
    return f"checkpoints/{size}.note"


def _seal_path(size: int) -> str:
    return f"checkpoints/{size}.seal"


def _sealed(archive: Archive, manifest: Manifest, size: int, keys: frozenset[Key]) -> Sealed:
    note, text = archive.read(_note_path(size), MAX_NOTE_BYTES), archive.read(_seal_path(size), MAX_SEAL_BYTES)
    with refusing(_note_path(size)):
        checkpoint, signers = read_signed(read_note(note), keys)
        if (checkpoint.origin, checkpoint.size) != (manifest.origin, size) or size == 0:
            raise ValueError("the checkpoint is of another log or size")
    with refusing(_seal_path(size)):
        seal = read_seal(text)
        if seal.number != size - 1:
            raise ValueError(f"the seal says number {seal.number} and is the last of {size}")
    return Sealed(checkpoint, seal, tuple(signers), leaf(text))


def _check_growth(sealed: list[Sealed]) -> None:
    for older, newer in pairwise(sealed):
        sizes = {each.name: each.size for each in newer.seal.partitions}
        shrunk = [each.name for each in older.seal.partitions if sizes.get(each.name, 0) < each.size]
        if shrunk or newer.seal.time < older.seal.time:
            raise Refused(_seal_path(newer.checkpoint.size), f"older than the seal before it: {shrunk or 'its time'}")


def _slices(archive: Archive, manifest: Manifest, seal: Seal) -> dict[str, Slice]:
    """Each partition of the seal has its slice; only an archive of one store may leave partitions out."""
    slices = {f"{part.topic}/{part.partition}": part for part in manifest.slices}
    sizes = {each.name: each.size for each in seal.partitions}
    if list(slices) != [name for name in sizes if name in slices] or len(slices) != len(manifest.slices):
        raise Refused(FIRST, "the partitions are not those of the seal, in its order")
    if manifest.store is None and len(slices) != len(sizes):
        raise Refused(FIRST, f"partitions of the seal are missing: {sorted(set(sizes) - set(slices))}")
    for name, part in slices.items():
        if part.count == 0 or part.first + part.count > sizes[name] or part.count * SHORTEST_LINE > archive.size:
            raise Refused(FIRST, f"{name}: {part.count} records from leaf {part.first} on, of {sizes[name]}")
    return slices


def _edges(sizes: list[int]) -> set[int]:
    """Return the leaf tiles that the roots at these sizes need."""
    return {size // WIDTH for size in sizes if size % WIDTH}


def _seal_tree(archive: Archive, sealed: list[Sealed]) -> Tree:
    sizes = [each.checkpoint.size for each in sealed]
    return Tree("tile/seals", sizes[-1], _edges(sizes) | {(size - 1) // WIDTH for size in sizes}, archive.read)


def _tree(archive: Archive, partition: Partition, part: Slice | None, sealed: list[Sealed]) -> Tree:
    sizes = [each.size for one in sealed for each in one.seal.partitions if each.name == partition.name]
    tiles = _edges(sizes)
    if part is not None:
        tiles |= set(range(part.first // WIDTH, (part.first + part.count - 1) // WIDTH + 1))
    return Tree(f"tile/{partition.name}", partition.size, tiles, archive.read)


def _check_names(archive: Archive, manifest: Manifest, checked: Checked, slices: dict[str, Slice]) -> None:
    for found, expected in zip_longest(archive.members, _names(manifest, checked, slices)):
        if found != expected:
            raise Refused(found or FIRST, f"the archive should have {expected or 'no such file'} here")


def _names(manifest: Manifest, checked: Checked, slices: dict[str, Slice]) -> Iterator[str]:
    yield from (FIRST, NOTE)
    yield from (path for path, _ in manifest.files)
    for size in manifest.checkpoints:
        yield from (_note_path(size), _seal_path(size))
    yield from (checked.seals.path(*tile) for tile in checked.seals.tiles())
    for name, tree in checked.trees.items():
        yield from (tree.path(*tile) for tile in tree.tiles())
        if name in slices:
            yield from (path for path, _, _ in segments(slices[name]))


def _check_seals(checked: Checked) -> None:
    for each in checked.sealed:
        size = each.checkpoint.size
        if checked.seals.root(size) != each.checkpoint.root:
            raise Refused(_note_path(size), "the newest log of seals does not contain this checkpoint")
        if checked.seals.hashes(0, size - 1, size) != each.seal_hash:
            raise Refused(_seal_path(size), "the seal is not the one in the log of seals")


def _check_older(checked: Checked) -> None:
    for older in checked.sealed[:-1]:
        for each in older.seal.partitions:
            if checked.trees[each.name].root(each.size) != each.root:
                raise Refused(_seal_path(older.checkpoint.size), f"{each.name} was changed after this seal")


@dataclass
class Gaps:
    """What the numbers of the sources show: nothing of it makes an archive false, and an auditor must hear of it."""

    explained: int = 0
    """Holes that a GapDetected in the archive tells of."""
    unexplained: list[Hole] = field(default_factory=list)
    """Holes that nothing in the archive tells of, and nothing outside of it could."""
    open: list[Hole] = field(default_factory=list)
    """Holes that may be told of outside of the archive, or a moment later."""
    doubled: list[str] = field(default_factory=list)
    """Places of different facts under one number of their source."""


def find_gaps(archive: Archive, checked: Checked) -> Gaps:
    """Return what is missing between the facts of a checked archive, and what is there twice."""
    manifest, sequences, gaps = checked.manifest, checked.counts.sequences, Gaps()
    whole = (manifest.start, manifest.end, manifest.store) == (None, None, None)
    for hole, told in sequences.holes():
        settled = whole and hole.timestamp < checked.newest.seal.time - TELLING_MS
        gaps.explained += told
        if not told:
            (gaps.unexplained if settled else gaps.open).append(hole)
    if sequences.repeats:
        gaps.doubled = [each for part in manifest.slices for each in find_doubled(archive, part, sequences)]
    return gaps
