"""The canonical packing: the same contents give the same bytes, and nothing in the archive is free to vary.

An uncompressed ustar file of plain files in a fixed order, mode 0644, owner and group 0, time 0, no names of
users, two empty blocks at the end and nothing behind them. docs/auditing.md names every file.
"""

from base64 import b64encode
from collections.abc import Iterable, Iterator, Sequence
from datetime import UTC, datetime, timedelta
from hashlib import sha256
from itertools import islice
from tarfile import BLOCKSIZE, USTAR_FORMAT, TarInfo
from typing import BinaryIO

import msgspec

from event_store.checkpoints import SigningKey, encode_seal, sign
from event_store.export.contents import Contents, Hidden, Shown, Slice
from event_store.export.erasures import register_line
from event_store.export.errors import UnpackableName
from event_store.merkle import TILE_WIDTH, TileId, tile_path, tiles_of

FORMAT = "shopfloor-export/2"
LONGEST_NAME = 100
_EPOCH = datetime(1970, 1, 1, tzinfo=UTC)


def pack(contents: Contents, keys: Sequence[SigningKey], out: BinaryIO) -> None:
    """Write the archive, signed by those keys; needs the memory of 256 records, and one pass over the lines."""
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
    manifest = _json(_manifest(contents, listed))
    digest = b64encode(sha256(manifest).digest()).decode()
    yield "manifest.json", manifest
    yield "manifest.note", sign(f"{contents.origin}\nshopfloor export {digest}\n".encode(), keys)
    yield from listed.items()
    seal, register = contents.sealed.seal, list[bytes]()
    covered = range(contents.first_seal // TILE_WIDTH, seal.number // TILE_WIDTH + 1)
    for tiles in _tiles(contents, "seals", seal.number + 1, covered):
        yield from tiles
    slices = {(part.topic, part.partition): part for part in contents.slices}
    for state in seal.partitions:
        part, name = slices.get((state.topic, state.partition)), f"{state.topic}/{state.partition}"
        covered = range(part.first // TILE_WIDTH, (part.first + part.count - 1) // TILE_WIDTH + 1) if part else range(0)
        parts = _records(part, register) if part else iter(())
        edge, *below = _tiles(contents, name, state.size, covered)
        yield from edge
        for tiles in below:
            yield from tiles
            yield next(parts)
    yield "erasures.jsonl", b"".join(register)


def _listed(contents: Contents) -> Iterator[tuple[str, bytes]]:
    yield "checkpoints/newest.note", contents.sealed.note
    yield "checkpoints/newest.seal", encode_seal(contents.sealed.seal)
    for key in contents.keys:
        yield f"keys/{key.id.hex()}.vkey", str(key).encode()
    for name, schema in contents.schemas.items():
        yield f"schemas/{name}", schema


def _manifest(contents: Contents, listed: dict[str, bytes]) -> dict[str, object]:
    open_ended = {"start": _milliseconds(contents.start), "end": _milliseconds(contents.end), "store": contents.store}
    return {
        "files": {path: sha256(content).hexdigest() for path, content in listed.items()},
        "first_seal": contents.first_seal,
        "format": FORMAT,
        "partitions": {
            f"{part.topic}/{part.partition}": [part.first, part.first + part.count] for part in contents.slices
        },
    } | {name: value for name, value in open_ended.items() if value is not None}


def _tiles(contents: Contents, name: str, size: int, covered: Iterable[int]) -> Iterator[list[tuple[str, bytes]]]:
    """Yield the partial tiles, which the root needs; then for each covered tile of leaves those above it, and it."""
    edge = [tile for tile in tiles_of(size) if tile.width < TILE_WIDTH]
    given = {(tile.level, tile.index) for tile in edge}
    yield [_tile(contents, name, tile) for tile in edge]
    for leaves in covered:
        fresh, level, index = list[TileId](), 0, leaves
        while (level, index) not in given:
            given.add((level, index))
            fresh.append(TileId(level, index))
            level, index = level + 1, index // TILE_WIDTH
        yield [_tile(contents, name, tile) for tile in reversed(fresh)]


def _tile(contents: Contents, name: str, tile: TileId) -> tuple[str, bytes]:
    return f"tile/{name}/{tile_path(tile)}", contents.read_tile(name, tile)


def _records(part: Slice, register: list[bytes]) -> Iterator[tuple[str, bytes]]:
    """Yield a file of lines for each tile of leaves; adds what forgets somebody to the register."""
    lines, name = iter(part.lines), f"{part.topic}.{part.partition}"
    leaf, end = part.first, part.first + part.count
    while leaf < end:
        tile = leaf // TILE_WIDTH
        behind = min(end, (tile + 1) * TILE_WIDTH)
        encoded = [_line(part, line, register) for line in islice(lines, behind - leaf)]
        if len(encoded) != behind - leaf:
            raise ValueError(f"{part.topic}/{part.partition} has fewer than {part.count} lines")
        yield f"records/{name}.{tile}.jsonl", b"".join(encoded)
        leaf = behind


def _line(part: Slice, line: Shown | Hidden, register: list[bytes]) -> bytes:
    match line:
        case Shown(offset=offset, timestamp_ms=time, record=record):
            position = f"{part.topic}/{part.partition}/{offset}"
            register += filter(None, [register_line(position, time, record)])
            return b'{"position":"%s","timestamp":%d,"bytes":"%s"}\n' % (position.encode(), time, b64encode(record))
        case Hidden(hash=value):
            return b'{"hash":"%s"}\n' % b64encode(value)


def _milliseconds(moment: datetime | None) -> int | None:
    """Round up: recorded times are whole milliseconds, and a range holds its start and not its end."""
    return None if moment is None else -((_EPOCH - moment) // timedelta(milliseconds=1))


def _json(value: object) -> bytes:
    return msgspec.json.encode(value, order="sorted")
