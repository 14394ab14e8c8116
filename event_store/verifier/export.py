"""Checks a whole archive, from its first byte to its last, in the order in which it is written."""

import re
from base64 import b64encode
from collections.abc import Callable, Collection, Iterator
from dataclasses import dataclass, field
from hashlib import sha256
from itertools import zip_longest
from typing import Any, NamedTuple

from .canonical import FIRST, Archive, base64, read_json
from .errors import Refused, Unusable, refusing
from .facts import Sequences, erasure_line, is_of
from .notes import ED25519, Checkpoint, Key, Seal, read_checkpoint, read_key, read_note, read_seal
from .tree import HASH, WIDTH, Tree, leaf, record_leaf

FORMAT = "shopfloor-export/2"
NOTE, ERASURES = "manifest.note", "erasures.jsonl"
CHECKPOINT, SEAL = "checkpoints/newest.note", "checkpoints/newest.seal"
LARGEST_MANIFEST = 1 << 22
_FORM = re.compile(rb'"format": ?"(shopfloor-export/[0-9]{1,9})"')
_FILE = re.compile(r"checkpoints/newest\.(note|seal)|keys/[0-9a-f]{8}\.vkey|schemas/[A-Za-z0-9_-][A-Za-z0-9._-]{0,90}")


class Line(NamedTuple):
    """One record of an archive, or the hash in its place. Time in milliseconds since 1970."""

    leaf: int
    position: str
    hash: bytes
    offset: int = -1
    timestamp: int = -1
    record: bytes | None = None


@dataclass(frozen=True)
class Slice:
    """Leaves of a partition, `topic/number`, or of the log of seals: from `first` up to before `end`."""

    name: str
    first: int
    end: int

    def tiles(self) -> Iterator["Slice"]:
        """Yield its parts, each below one tile; the records of a part are one file."""
        for start in range(self.first // WIDTH * WIDTH, self.end, WIDTH):
            yield Slice(self.name, max(self.first, start), min(self.end, start + WIDTH))

    def lines(self, archive: Archive) -> Iterator[Line]:
        """Go through the lines of one part; refuses one that is missing or spelled in another way."""
        path = f"records/{self.name.replace('/', '.')}.{self.first // WIDTH}.jsonl"
        *lines, rest = archive.read(path).split(b"\n")
        for place in range(self.first, self.end):
            try:
                line = self._read(lines[place - self.first], place)
            except (ValueError, IndexError, OverflowError) as problem:
                raise Refused(f"{self.name}/leaf {place}", f"the line is not as it must be, in {path}") from problem
            yield line
        if rest or len(lines) > self.end - self.first:
            raise Refused(path, "more lines than the manifest says")

    def all_lines(self, archive: Archive, start: int = 0) -> Iterator[Line]:
        """Go through the lines of every part, those before leaf `start` left out."""
        for tile in self.tiles():
            if tile.end > start:
                yield from (line for line in tile.lines(archive) if line.leaf >= start)

    def _read(self, line: bytes, place: int) -> Line:
        """Take a line apart; what it says, written in the one way, must be the line again."""
        head, shown, text = line.partition(b'"bytes":"')
        if not shown:
            if line != b'{"hash":"%b"}' % line[9:-2]:
                raise ValueError("another spelling")
            return Line(place, f"{self.name}/leaf {place}", base64(line[9:-2], HASH))
        position, _, time = head.rpartition(b'","timestamp":')
        offset, timestamp = int(position.rpartition(b"/")[2]), int(time[:-1])
        named = f"{self.name}/{offset}"
        if head != b'{"position":"%b","timestamp":%d,' % (named.encode(), timestamp) or text[-2:] != b'"}':
            raise ValueError("another spelling")
        record = base64(text[:-2])
        return Line(place, named, record_leaf(offset, timestamp, record), offset, timestamp, record)


@dataclass(frozen=True)
class Manifest:
    """What an archive says it holds. Times are milliseconds since 1970, None where the range is open."""

    files: dict[str, str]
    first_seal: int
    partitions: dict[str, list[int]]
    end: int | None = None
    start: int | None = None
    store: str | None = None

    @classmethod
    def read(cls, raw: bytes) -> "Manifest":
        """Read its one spelling; raises ValueError, TypeError, LookupError or AttributeError."""

        def leaves(value: dict[str, list[int]]) -> dict[str, list[int]]:
            return {name: [int(first), int(end)] for name, (first, end) in value.items()}

        kinds: dict[str, Callable[[Any], Any]] = {"files": dict, "partitions": leaves, "store": str}
        kinds |= dict.fromkeys(("first_seal", "start", "end"), int)
        return cls(**read_json(raw, FORMAT, kinds))

    def covers(self, timestamp: int) -> bool:
        """Tell whether a recorded time lies in the range."""
        return (self.start or 0) <= timestamp and (self.end is None or timestamp < self.end)


@dataclass
class Checked:
    """An archive that has passed, and what its records turned out to hold."""

    archive: Archive
    manifest: Manifest
    checkpoint: Checkpoint
    seal: Seal
    seals: Tree
    slices: dict[str, Slice]
    trees: dict[str, Tree] = field(default_factory=dict)
    shown: int = 0
    hidden: int = 0
    size: int = 0
    unshown_ends: int = 0
    erasures: list[bytes] = field(default_factory=list)
    """The lines that the register of erasures must have."""
    sequences: Sequences = field(default_factory=Sequences)


def verify_export(archive: Archive, demanded: Collection[Key] = ()) -> Checked:
    """Return what the archive proves; raises `Refused` at the first thing that is not as it must be.

    Each key that is demanded, of the log or of a witness, must have signed.
    """
    manifest, checkpoint, entry = _read_head(archive, demanded)
    seals = Tree("tile/seals", checkpoint.size, checkpoint.root, archive.read)
    with refusing(SEAL):
        seal, newest = read_seal(entry), b""
        for tile in Slice("seals", manifest.first_seal, checkpoint.size).tiles():
            newest = seals.hashes(0, tile.first, tile.end)[-HASH:]
        if seal.number != checkpoint.size - 1 or newest != leaf(entry):
            raise ValueError("the seal is not the last one in the log of seals")
    checked = Checked(archive, manifest, checkpoint, seal, seals, _slices(manifest, seal))
    for name, state in seal.states.items():
        checked.trees[name] = Tree(f"tile/{name}", state.size, state.root, archive.read)
        if name in checked.slices:
            _check_records(checked, checked.slices[name])
    lines = archive.read(ERASURES, sum(map(len, checked.erasures))).splitlines(keepends=True)
    for number, (line, expected) in enumerate(zip_longest(lines, checked.erasures, fillvalue=b""), start=1):
        if line != expected:
            told = expected.decode().rstrip() or "nothing"
            raise Refused(f"{ERASURES} line {number}", f"by the records of the archive it must be {told}")
    archive.end()
    return checked


def _read_head(archive: Archive, demanded: Collection[Key]) -> tuple[Manifest, Checkpoint, bytes]:
    """Return what the log has signed: the manifest, with the files that it lists, the checkpoint and its last seal."""
    raw, note = archive.read(FIRST, LARGEST_MANIFEST), archive.read(NOTE)
    origin, _, signed = note.partition(b"\n")
    if not signed.startswith(b"shopfloor export %b\n\n" % b64encode(sha256(raw).digest())):
        raise Refused(NOTE, "the manifest is not the one that was signed")
    form = _FORM.search(raw)
    if form and form[1].decode() != FORMAT:
        raise Unusable(f"an archive of the format {form[1].decode()}; this program reads {FORMAT}, get the one for it")
    with refusing(FIRST):
        manifest, files, keys = Manifest.read(raw), dict[str, bytes](), list[Key]()
    for path, listed in manifest.files.items():
        with refusing(path):
            files[path] = archive.read(path)
            if not _FILE.fullmatch(path) or sha256(files[path]).hexdigest() != listed:
                raise ValueError("the file is not the one that the manifest names")
            if path.startswith("keys/"):
                keys.append(read_key(files[path].decode()))
                if path != f"keys/{keys[-1].id.hex()}.vkey":
                    raise ValueError("the file is not named for the key in it")
    with refusing(NOTE):
        read_note(note, keys, [key for key in demanded if key.kind == ED25519])
    with refusing(CHECKPOINT):
        checkpoint = read_checkpoint(files[CHECKPOINT], keys, demanded)
        if checkpoint.origin.encode() != origin:
            raise ValueError("the checkpoint is of another log than the manifest")
        return manifest, checkpoint, files[SEAL]


def _slices(manifest: Manifest, seal: Seal) -> dict[str, Slice]:
    """Each partition of the seal has its slice, whole where the range is open; one store's may leave partitions out."""
    slices = {}
    for name, (size, _) in seal.states.items():
        first, end = manifest.partitions.get(name, (0, 0))
        cut = (first > 0 and manifest.start is None) or (end < size and manifest.end is None)
        if name in manifest.partitions and 0 <= first < end <= size and not cut:
            slices[name] = Slice(name, first, end)
        elif name in manifest.partitions or manifest.store is None:
            raise Refused(FIRST, f"leaves {first} to {end} of the {size} of {name} are not what the range must hold")
    if manifest.partitions.keys() - slices.keys():
        raise Refused(FIRST, "it names a partition that the seal does not have")
    return slices


def _check_records(checked: Checked, part: Slice) -> None:
    """Each record must be the one that was sealed, in its place, and of the store that the archive is of."""
    tree, before, from_start = checked.trees[part.name], -1, part.first == 0 and checked.manifest.store is None
    for tile in part.tiles():
        hashes = tree.hashes(0, tile.first, tile.end)
        for line in tile.lines(checked.archive):
            start = (line.leaf - tile.first) * HASH
            if line.hash != hashes[start : start + HASH]:
                raise Refused(line.position, "the record is not the one that was sealed")
            if line.record is None:
                if checked.manifest.store is None:
                    raise Refused(line.position, "a hash in place of a record, in an archive of all stores")
                checked.hidden += 1
            else:
                if line.offset <= before:
                    raise Refused(line.position, "the offsets do not rise")
                before = line.offset
                _take(checked, line, line.record, from_start=from_start)
            if line.leaf == part.first > 0:
                _demand_outside(checked, line, "begins")
            if line.leaf == part.end - 1 < tree.size - 1:
                _demand_outside(checked, line, "ends")


def _take(checked: Checked, line: Line, record: bytes, *, from_start: bool) -> None:
    """Take down what a record says of itself."""
    store = checked.manifest.store
    if store is not None and not is_of(store, record):
        raise Refused(line.position, f"the record is not of the store {store}")
    checked.shown += 1
    checked.size += len(record)
    checked.sequences.take(record, line.position, line.timestamp, from_start=from_start)
    if entry := erasure_line(line.position, line.timestamp, record):
        checked.erasures.append(entry)


def _demand_outside(checked: Checked, line: Line, what: str) -> None:
    """The record before the range and the one behind it are shown too: so nothing was left out at the ends."""
    if line.record is not None and checked.manifest.covers(line.timestamp):
        raise Refused(line.position, f"the archive {what} in the middle of its range")
    checked.unshown_ends += line.record is None
