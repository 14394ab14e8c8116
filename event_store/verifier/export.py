"""Checks a whole archive: packing, signatures, trees, records and the range that it claims."""

from collections.abc import Sequence
from dataclasses import dataclass, field
from itertools import pairwise, zip_longest

from .archive import FIRST, Archive
from .errors import Refused, refusing
from .facts import GAP_TYPE, Sequences, erasure_line, is_of, may_forget, read_fact
from .manifest import ERASURES, Manifest, read_manifest
from .notes import MAX_NOTE_BYTES, Key, demand_pinned, read_note
from .records import SHORTEST_LINE, Line, Slice, read_lines
from .seals import MAX_SEAL_BYTES, Checkpoint, Seal, read_seal, read_signed
from .tree import HASH, WIDTH, Tree, leaf


@dataclass(frozen=True)
class Sealed:
    """A checkpoint with its last seal."""

    checkpoint: Checkpoint
    signers: list[Key]
    seal: Seal
    seal_hash: bytes


@dataclass
class Counts:
    """What the records of an archive turned out to hold."""

    shown: int = 0
    hidden: int = 0
    size: int = 0
    unshown_ends: int = 0
    erasures: list[bytes] = field(default_factory=list)
    """The lines that the register of erasures must have."""
    sequences: Sequences = field(default_factory=Sequences)


@dataclass
class Checked:
    """An archive that has passed, for what reads it again or compares it with another."""

    archive: Archive
    manifest: Manifest
    sealed: list[Sealed]
    seals: Tree
    trees: dict[str, Tree] = field(default_factory=dict)
    counts: Counts = field(default_factory=Counts)

    @property
    def newest(self) -> Sealed:
        """The checkpoint that covers everything."""
        return self.sealed[-1]


def verify_export(archive: Archive, pinned: Key | None, witnesses: Sequence[Key] = ()) -> Checked:
    """Return what the archive proves; raises `Refused` at the first thing that is not as it must be."""
    manifest, keys = read_manifest(archive, pinned)
    sealed = [_sealed(archive, manifest.origin, size, keys) for size in manifest.checkpoints]
    newest = sealed[-1]
    with refusing(_note(newest.checkpoint.size)):
        demand_pinned([*([pinned] if pinned else []), *witnesses], newest.signers)
    slices = _slices(archive, manifest, newest.seal)
    sizes = [each.checkpoint.size for each in sealed]
    last_leaves = {(size - 1) // WIDTH for size in sizes}
    seals = Tree("tile/seals", newest.checkpoint.root, sizes, last_leaves, archive.read)
    checked = Checked(archive, manifest, sealed, seals)
    for each in newest.seal.partitions:
        part = slices.get(each.name)
        sizes = [one.seal.sizes().get(each.name, 0) for one in sealed]
        covered = set(range(part.first // WIDTH, (part.end - 1) // WIDTH + 1)) if part else set()
        checked.trees[each.name] = Tree(f"tile/{each.name}", each.root, sizes, covered, archive.read)
        if part:
            _check_records(checked, part)
    archive.demand_end()
    _check_seals(checked)
    _check_register(archive, checked.counts.erasures)
    return checked


def _note(size: int) -> str:
    return f"checkpoints/{size}.note"


def _seal(size: int) -> str:
    return f"checkpoints/{size}.seal"


def _sealed(archive: Archive, origin: str, size: int, keys: frozenset[Key]) -> Sealed:
    note, text = archive.read(_note(size), MAX_NOTE_BYTES), archive.read(_seal(size), MAX_SEAL_BYTES)
    with refusing(_note(size)):
        checkpoint, signers = read_signed(read_note(note), keys)
        if (checkpoint.origin, checkpoint.size) != (origin, size) or size == 0:
            raise ValueError("the checkpoint is of another log or size")
    with refusing(_seal(size)):
        seal = read_seal(text)
        if seal.number != size - 1:
            raise ValueError(f"the seal says number {seal.number} and is the last of {size}")
    return Sealed(checkpoint, signers, seal, leaf(text))


def _slices(archive: Archive, manifest: Manifest, seal: Seal) -> dict[str, Slice]:
    """Each partition of the seal has its slice; only an archive of one store may leave partitions out."""
    sizes, slices = seal.sizes(), {part.name: part for part in manifest.slices}
    if [part.name for part in manifest.slices] != [name for name in sizes if name in slices]:
        raise Refused(FIRST, "the partitions are not those of the seal, in its order")
    if manifest.store is None and slices.keys() != sizes.keys():
        raise Refused(FIRST, f"partitions of the seal are missing: {sorted(set(sizes) - set(slices))}")
    for part in manifest.slices:
        if part.count == 0 or part.end > sizes[part.name] or part.count * SHORTEST_LINE > archive.size:
            raise Refused(FIRST, f"{part.name}: {part.count} records from leaf {part.first} on, of {sizes[part.name]}")
    return slices


def _check_seals(checked: Checked) -> None:
    for each in checked.sealed:
        size = each.checkpoint.size
        demand_growth(checked, each.checkpoint, each.seal, _note(size))
        if checked.seals.hashes(0, size - 1, size) != each.seal_hash:
            raise Refused(_seal(size), "the seal is not the one in the log of seals")
    for older, newer in pairwise(checked.sealed):
        if newer.seal.time < older.seal.time:
            raise Refused(_seal(newer.checkpoint.size), "its time is before that of the seal before it")


def demand_growth(checked: Checked, older: Checkpoint, seal: Seal | None, where: str = "checkpoint") -> None:
    """Refuse an archive unless it is an older state with additions only; without its seal only seals are compared."""
    newest, sizes = checked.newest.checkpoint, checked.newest.seal.sizes()
    if older.origin != newest.origin:
        raise Refused(where, f"of another log: {older.origin}, not {newest.origin}")
    if older.size > newest.size:
        raise Refused(where, f"it has {older.size} seals and the newest has {newest.size}; are they swapped?")
    if checked.seals.root(older.size) != older.root:
        raise Refused(where, "the newest log of seals does not contain this checkpoint: history was rewritten")
    for each in seal.partitions if seal else ():
        if sizes.get(each.name, 0) < each.size:
            raise Refused(each.name, f"it had {each.size} records and now has {sizes.get(each.name, 0)}")
        if checked.trees[each.name].root(each.size) != each.root:
            raise Refused(each.name, f"its first {each.size} records are not the same as before")


def _check_records(checked: Checked, part: Slice) -> None:
    """Each record must lead to its leaf, be of the store, and the range must be whole at both ends."""
    manifest, block = checked.manifest, list[Line]()
    try:
        for line in read_lines(checked.archive, part):
            block.append(line)
            if line.record is None and manifest.store is None:
                raise Refused(part.position(line), "a hash in place of a record, in an archive of all stores")
            checked.counts.hidden += line.record is None
            if line.record is not None:
                _take(checked, part, line, line.record)
            if line.leaf in (part.first, part.end - 1):
                _check_end(checked, part, line)
            if line.leaf % WIDTH == WIDTH - 1:
                _check_leaves(checked, part, block)
                block = []
    finally:
        _check_leaves(checked, part, block)  # also when a later line was refused: the first bad position is named


def _take(checked: Checked, part: Slice, line: Line, record: bytes) -> None:
    """Take down what a record says of itself."""
    counts, store = checked.counts, checked.manifest.store
    if store is not None and not is_of(store, record):
        raise Refused(part.position(line), f"the record is not of the store {store}")
    counts.shown += 1
    counts.size += len(record)
    if fact := read_fact(record):
        from_start = part.first == 0 and store is None
        counts.sequences.take(fact, lambda: (part.position(line), line.timestamp), from_start=from_start)
        if fact.type == GAP_TYPE:
            counts.sequences.hear(record)
    if may_forget(record) and (entry := erasure_line(part.position(line), line.timestamp, record)):
        counts.erasures.append(entry)


def _check_leaves(checked: Checked, part: Slice, block: list[Line]) -> None:
    """Lines of neighbouring leaves must hash to these."""
    first = block[0].leaf if block else 0
    expected = checked.trees[part.name].hashes(0, first, first + len(block))
    if b"".join([line.hash for line in block]) != expected:
        wrong = next(line for i, line in enumerate(block) if line.hash != expected[i * HASH : (i + 1) * HASH])
        raise Refused(part.position(wrong), "the record is not the one that was sealed")


def _check_end(checked: Checked, part: Slice, line: Line) -> None:
    """The record before the range and the one behind it are shown too: so nothing was left out at the ends."""
    manifest = checked.manifest
    begins, ends = line.leaf == part.first > 0, line.leaf == part.end - 1 < checked.trees[part.name].size - 1
    if line.record is None:
        checked.counts.unshown_ends += begins + ends
    elif manifest.covers(line.timestamp) and (begins or ends):
        raise Refused(part.position(line), f"the archive {'begins' if begins else 'ends'} in the middle of its range")
    if (begins and manifest.start is None) or (ends and manifest.end is None):
        raise Refused(part.position(line), f"the archive {'begins' if begins else 'ends'} here and its range does not")


def _check_register(archive: Archive, erasures: list[bytes]) -> None:
    """Refuse a register that leaves out, changes or invents an erasure."""
    lines = archive.read(ERASURES, sum(map(len, erasures))).splitlines(keepends=True)
    for number, (line, expected) in enumerate(zip_longest(lines, erasures, fillvalue=b""), start=1):
        if line != expected:
            told = expected.decode().rstrip() or "nothing"
            raise Refused(f"{ERASURES} line {number}", f"by the records of the archive it must be {told}")
