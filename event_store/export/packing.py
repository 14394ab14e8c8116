"""The canonical packing: the same contents give the same bytes, and nothing in the archive is free to vary.

An uncompressed ustar file of plain files in a fixed order, mode 0644, owner and group 0, time 0, no names of
users, two empty blocks at the end and nothing behind them. docs/auditing.md names every file.
"""

from base64 import b64encode
from collections.abc import Iterable, Iterator, Sequence
from datetime import datetime
from hashlib import sha256
from itertools import islice
from tarfile import BLOCKSIZE, USTAR_FORMAT, TarInfo
from typing import BinaryIO

import msgspec

from event_store.checkpoints import SigningKey, encode_seal, sign
from event_store.export.contents import Contents, Hidden, Shown, Slice
from event_store.export.errors import UnpackableName
from event_store.merkle import TILE_WIDTH, tile_path, tiles_of
from event_store.serialization import timestamp

FORMAT = "shopfloor-export/1"
LONGEST_NAME = 100
SEGMENT = 1024
"""So many leaves have their lines in one file."""


def pack(contents: Contents, keys: Sequence[SigningKey], out: BinaryIO) -> None:
    """Write the archive, signed by those keys; needs the memory of 1,024 records, and one pass over the lines."""
    for name, content in _files(contents, keys):
        if len(name) > LONGEST_NAME:
            raise UnpackableName(name, LONGEST_NAME)
        header = TarInfo(name)
        header.size = len(content)
        out.write(header.tobuf(USTAR_FORMAT))
        out.write(content)
        out.write(bytes(-len(content) % BLOCKSIZE))
    out.write(bytes(2 * BLOCKSIZE))


def _files(contents: Contents, keys: Sequence[SigningKey]) -> Iterator[tuple[str, bytes]]:
    listed = dict(sorted(_listed(contents)))
    manifest = _json(_manifest(contents, listed)) + b"\n"
    digest = b64encode(sha256(manifest).digest()).decode()
    yield "manifest.json", manifest
    yield "manifest.note", sign(f"{FORMAT}\n{contents.origin}\n{digest}\n".encode(), keys)
    yield from listed.items()
    for each in contents.sealed:
        yield f"checkpoints/{each.seal.number + 1}.note", each.note
        yield f"checkpoints/{each.seal.number + 1}.seal", encode_seal(each.seal)
    yield from _seal_tiles(contents)
    slices = {(part.topic, part.partition): part for part in contents.slices}
    for state in contents.sealed[-1].seal.partitions:
        part = slices.get((state.topic, state.partition))
        yield from _partition_tiles(contents, f"{state.topic}/{state.partition}", part)
        if part is not None:
            yield from _segments(part)


def _listed(contents: Contents) -> Iterator[tuple[str, bytes]]:
    for key in contents.keys:
        yield f"keys/{key.id.hex()}.vkey", f"{key}\n".encode()
    for name, schema in contents.schemas.items():
        yield f"schemas/{name}", schema
    yield "erasures.jsonl", contents.erasures


def _manifest(contents: Contents, listed: dict[str, bytes]) -> dict[str, object]:
    return {
        "checkpoints": [each.seal.number + 1 for each in contents.sealed],
        "files": [{"path": path, "sha256": sha256(content).hexdigest()} for path, content in listed.items()],
        "format": FORMAT,
        "from": _time(contents.start),
        "origin": contents.origin,
        "partitions": [
            {"count": part.count, "first": part.first, "partition": part.partition, "topic": part.topic}
            for part in contents.slices
        ],
        "store": contents.store,
        "to": _time(contents.end),
    }


def _seal_tiles(contents: Contents) -> Iterator[tuple[str, bytes]]:
    sizes = [each.seal.number + 1 for each in contents.sealed]
    last_leaves = {(size - 1) // TILE_WIDTH for size in sizes}
    yield from _tiles(contents, "seals", sizes, last_leaves)


def _partition_tiles(contents: Contents, name: str, part: Slice | None) -> Iterator[tuple[str, bytes]]:
    sizes = [
        state.size
        for each in contents.sealed
        for state in each.seal.partitions
        if f"{state.topic}/{state.partition}" == name
    ]
    covered = range(part.first // TILE_WIDTH, (part.first + part.count - 1) // TILE_WIDTH + 1) if part else ()
    yield from _tiles(contents, name, sizes, covered)


def _tiles(contents: Contents, name: str, sizes: Sequence[int], covered: Iterable[int]) -> Iterator[tuple[str, bytes]]:
    """Every tile above the leaves; of the leaves' those that are covered, and the edges at each checkpoint."""
    wanted = {*covered, *(size // TILE_WIDTH for size in sizes if size % TILE_WIDTH)}
    for tile in tiles_of(sizes[-1]):
        if tile.level or tile.index in wanted:
            yield f"tile/{name}/{tile_path(tile)}", contents.read_tile(name, tile)


def _segments(part: Slice) -> Iterator[tuple[str, bytes]]:
    lines = iter(part.lines)
    leaf, end = part.first, part.first + part.count
    while leaf < end:
        segment = leaf // SEGMENT
        behind = min(end, (segment + 1) * SEGMENT)
        encoded = [_line(part, number, line) for number, line in enumerate(islice(lines, behind - leaf), leaf)]
        if len(encoded) != behind - leaf:
            raise ValueError(f"{part.topic}/{part.partition} has fewer than {part.count} lines")
        yield f"records/{part.topic}.{part.partition}.{segment}.jsonl", b"".join(encoded)
        leaf = behind


def _line(part: Slice, leaf: int, line: Shown | Hidden) -> bytes:
    match line:
        case Shown(offset=offset, timestamp_ms=time, record=record):
            position = f"{part.topic}/{part.partition}/{offset}"
            return b'{"leaf":%d,"position":"%s","timestamp":%d,"bytes":"%s"}\n' % (
                leaf,
                position.encode(),
                time,
                b64encode(record),
            )
        case Hidden(hash=value):
            return b'{"leaf":%d,"hash":"%s"}\n' % (leaf, b64encode(value))


def _time(moment: datetime | None) -> str | None:
    return None if moment is None else timestamp(moment)


def _json(value: object) -> bytes:
    return msgspec.json.encode(value, order="sorted")
